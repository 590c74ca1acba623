"""Every command of docs/first-flow.md, run as it stands there, in the order it stands there.

In a ``console`` box a line after ``$`` is run, and what stands after ``>`` is typed; the rest must be what comes
out, ``...`` being any text. In a ``diff`` box the first line names a file, and a line after ``-`` becomes the next
line, after ``+``.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "first-flow.md"
BOX = re.compile(r"^```(console|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPTED = re.compile(r"^( +(?:\([^)]*\) )?> )(.*)$")
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Command:
    typed: str
    answers: str
    """What is typed while it runs."""
    shown: str
    """What the page says comes out."""


@dataclass(frozen=True)
class Edit:
    file: str
    changes: tuple[tuple[str, str], ...]


def steps(page: str) -> list[Command | Edit]:
    return [_command(box) if kind == "console" else _edit(box) for kind, box in BOX.findall(page)]


def _command(box: str) -> Command:
    first, *lines = box.splitlines()
    assert first.startswith("$ "), f"a box begins with its command: {first}"
    answers, shown = [], []
    for line in lines:
        prompted = PROMPTED.match(line)
        if line.startswith("> "):
            answers.append(line[2:])
        elif prompted:
            answers.append(prompted[2])
            shown.append(prompted[1])
        else:
            shown.append(line)
    return Command(first[2:], "".join(f"{answer}\n" for answer in answers), "\n".join(shown))


def _edit(box: str) -> Edit:
    file, *lines = box.splitlines()
    assert len(lines) % 2 == 0
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    assert all(old[0] == "-" and new[0] == "+" for old, new in pairs), box
    return Edit(file, tuple((old[1:], new[1:]) for old, new in pairs))


def says(wanted: str, out: str) -> bool:
    """Tell whether output is what the page says."""
    return doctest.OutputChecker().check_output(wanted.strip() + "\n", out.strip() + "\n", LOOSE)


def run(command: Command, folder: Path) -> tuple[int, str]:
    here = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTBELL_")}
    place = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command.typed],
        cwd=folder,
        input=command.answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
        env={**here, "PATH": f"{place}:{here['PATH']}", "NIGHTBELL_DATA": str(folder / "var"), "NO_COLOR": "1"},
    )
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    broken = False
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if isinstance(step, Edit):
            file = tmp_path / step.file
            text = file.read_text(encoding="utf-8")
            for old, new in step.changes:
                assert text.count(f"{old}\n") == 1, f"{old!r} must stand once in {step.file}"
                text = text.replace(f"{old}\n", f"{new}\n")
            file.write_text(text, encoding="utf-8")
            broken = "reson" in text
        else:
            code, out = run(step, tmp_path)
            assert says(step.shown, out), f"$ {step.typed}\n{out}\n--- but the page says:\n{step.shown}"
            assert code == (1 if broken and " check " in step.typed else 0), (step.typed, out)
    assert (tmp_path / "harbour.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "flows" / "harbour" / "signoff.yaml").is_file()


def test_the_page_goes_through_every_step() -> None:
    commands = [step.typed for step in steps(PAGE.read_text(encoding="utf-8")) if isinstance(step, Command)]
    verbs = [command.split()[1] for command in commands]
    assert verbs == ["new", "talk", "check", "check", "explain", "check", "diagram", "rehearse", "sign"]
    assert "nightbell record" in PAGE.read_text(encoding="utf-8")


def test_the_call_is_over_within_the_fourth_minute() -> None:
    page = PAGE.read_text(encoding="utf-8")
    minute = [
        int(found)
        for found in re.findall(r"^## Minute (\d+)", page[: page.index("$ nightbell talk")], re.MULTILINE)
    ]
    assert max(minute) < 4


def test_a_page_that_says_something_else_fails() -> None:
    assert says("one ... three\n...", "one two three\nfour\n")
    assert not says("one three", "one two three\n")
    assert not says("one\ntwo", "one\n")
