"""What the papers say about the project is so: commands, verbs, links, rooms."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from nightbell.cli.app import VERBS

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS: Final = (
    "scripts/demo",
    "scripts/test",
    "scripts/bench",
    "scripts/soak",
    "scripts/peers",
    "scripts/lock",
    ".ci/run",
)
PAPERS: Final = sorted(
    path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)


def test_the_readme_names_the_two_commands() -> None:
    for command in ("scripts/demo", "scripts/test"):
        assert re.search(rf"^{command}\b", README, flags=re.MULTILINE), command


def test_the_readme_names_every_verb() -> None:
    assert [verb.name for verb in VERBS if f"`nightbell {verb.name}" not in README] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_started_and_read_by_bash(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize("name", PAPERS)
def test_links_in_the_papers_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / name).parent.joinpath(link).exists(), link


def test_the_rooms_on_paper_are_the_rooms_in_the_house() -> None:
    package = ROOT / "src" / "nightbell"
    there = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    written = set(re.findall(r"^\| `(\w+)/`", (ROOT / "docs" / "rooms.md").read_text("utf-8"), flags=re.MULTILINE))
    assert there == written


def test_decisions_are_numbered_and_have_their_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(set(numbers)) == len(numbers)
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("## What we met", "## What we decided", "## What follows"):
            assert part in text, f"{path.name} lacks {part}"
