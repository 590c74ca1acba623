"""Comparing: two versions of the clinic harbour with some callers, changed in one place, and what is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from typer.testing import CliRunner

from nightbell.cli.app import build

__all__ = ["change", "compared", "two_versions", "write"]

_FLOWS = Path(__file__).parents[2] / "flows"


def two_versions(folder: Path, **scripts: str) -> tuple[Path, Path]:
    """Return the clinic twice, with the same callers."""
    for version in ("old", "new"):
        shutil.copytree(_FLOWS, folder / version)
        for name, text in scripts.items():
            write(folder / version / "harbour", name, text)
    return folder / "old" / "harbour", folder / "new" / "harbour"


def write(clinic: Path, name: str, text: str) -> None:
    """Write a caller's script."""
    (clinic / "calls").mkdir(exist_ok=True)
    (clinic / "calls" / f"{name}.yaml").write_text(text, encoding="utf-8")


def change(clinic: Path, was: str, now: str, *, file: str = "flow.yaml") -> None:
    """Change the flow, or another file of the clinic, in one place."""
    path = clinic / file
    text = path.read_text(encoding="utf-8")
    assert text.count(was) == 1, was
    path.write_text(text.replace(was, now), encoding="utf-8")


def compared(old: Path, new: Path, *words: str) -> tuple[int, dict[str, str], dict[str, list[str]]]:
    """Return the exit code, the calls' kinds and what is said of each."""
    result = CliRunner().invoke(build("compare"), ["compare", str(old), str(new), *words, "--json"])
    assert result.output.endswith("}\n"), result.output
    told = json.loads(result.output.splitlines()[-1])
    said = {
        call["script"]: [f"{one['weighs']:+} {one['by']}: {one['told']}" for one in call["shifts"]]
        for call in told["calls"]
    }
    return result.exit_code, {call["script"]: call["kind"] for call in told["calls"]}, said
