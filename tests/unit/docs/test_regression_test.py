"""Every command of docs/regression-test.md, run as it stands there, on copies of flows and caller audio."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nightbell.settings import load_settings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "regression-test.md").read_text(encoding="utf-8")
BOX = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FAILS = ("nightbell compare", "nightbell rehearse next/")
"""Commands that end with 1: what they find is what the page is about."""


def boxes() -> list[tuple[list[str], str]]:
    """Return the commands of each box, and what comes out of the last of them."""
    found = []
    for box in BOX.findall(PAGE):
        lines = box.splitlines()
        commands = [line[2:] for line in lines if line.startswith("$ ")]
        found.append((commands, "\n".join(line for line in lines if not line.startswith("$ "))))
    return found


@pytest.mark.audio
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    (tmp_path / "audio").symlink_to(ROOT / "audio")
    here = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTBELL_")}
    place = Path(sys.executable).parent
    data = str(load_settings().data_dir)
    for commands, shown in boxes():
        out = ""
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=200,
                check=False,
                env={**here, "PATH": f"{place}:{here['PATH']}", "NIGHTBELL_DATA": data, "COLUMNS": "200"},
            )
            out = done.stdout
            assert done.returncode == (1 if command.startswith(FAILS) else 0), (command, done.stdout)
        told = doctest.OutputChecker().check_output(f"{shown.strip()}\n", f"{out.strip()}\n", LOOSE)
        assert told, f"$ {commands[-1]}\n{out}\n--- but the page says:\n{shown}"
    assert "<audio" in (tmp_path / "again" / "report.html").read_text(encoding="utf-8")


def test_the_page_goes_through_every_step() -> None:
    verbs = [command.split()[1] for commands, _ in boxes() for command in commands if "nightbell" in command]
    assert verbs == ["rehearse", "repro", "compare", "rehearse"]
