"""Rules that hold for every file of the project: walls, length, docstrings, locks, addresses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MOST_LINES: Final = 300
KNOWN_HOSTS: Final = {
    "127.0.0.1",
    "alphacephei.com",
    "api.twilio.com",
    "creativecommons.org",
    "datatracker.ietf.org",
    "example.com",
    "example.org",
    "line.example.org",
    "json-schema.org",
    "keepachangelog.com",
    "localhost",
    "semver.org",
    "www.apache.org",
    "www.example.com",
    "www.rfc-editor.org",
    "www.w3.org",
}
"""Hosts that a file may name. Not to be added: any place that packages are installed from; a machine's own set-up
says where that is, and a lock that names one stops working behind a mirror."""
BINARY: Final = {".wav", ".flac", ".png", ".onnx", ".gz", ".zip"}


def tracked() -> list[Path]:
    """Every file that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    """Name and content of every text file."""
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix not in BINARY
    ]


def modules() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def test_the_walls_between_the_rooms_hold() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "0 broken" in linted.stdout


def test_no_module_is_too_long() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
        and path.is_relative_to(ROOT / "src")
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in modules()
        if not path.is_relative_to(ROOT / "tests") and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_no_file_names_a_host_that_is_not_known() -> None:
    strangers = {
        f"{name}: {host}"
        for name, text in texts()
        for host in re.findall(r"\b(?:https?|wss?|git|ssh)://(?:[^\s/@\"']*@)?([A-Za-z0-9.-]+)", text)
        if host not in KNOWN_HOSTS
    }
    assert strangers == set()


@pytest.mark.parametrize("words", [("TO", "DO"), ("FIX", "ME"), ("NotImplemented", "Error"), ("shell", "=True")])
def test_nothing_is_left_unfinished_or_unsafe(words: tuple[str, str]) -> None:
    word = "".join(words)
    assert [name for name, text in texts() if re.search(rf"\b{word}\b", text)] == []


@pytest.mark.parametrize("folder", [("wo", "rk"), ("tm", "p/lab"), ("ro", "ot"), ("home/", "dev")])
def test_no_file_names_a_folder_of_one_machine(folder: tuple[str, str]) -> None:
    path = re.compile(rf"(?<![\w.~$}}-])/{''.join(folder)}/")
    assert [name for name, text in texts() if path.search(text)] == []


@pytest.mark.parametrize("name", ["runtime", "dev", "build"])
def test_a_lock_holds_exact_versions_with_sums_and_nothing_else(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 5
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+-]+( ;[^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line[
            :80
        ]


def pins(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^[a-z0-9-]+==\S+", text, flags=re.MULTILINE))


def test_the_locks_agree() -> None:
    assert pins("runtime") <= pins("dev")
    assert pins("build") <= pins("dev")
    assert not any(pin.startswith("torch") for pin in pins("dev"))


def test_what_the_package_needs_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {pin.partition("==")[0] for pin in pins("runtime")}
    needed = {re.split(r"[\[<>=!~; ]", need)[0].lower().replace(".", "-") for need in project["dependencies"]}
    assert needed - locked == set()
