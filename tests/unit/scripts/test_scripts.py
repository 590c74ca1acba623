"""The shell scripts, on machines that lack something: programs are replaced by stand-ins on the PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]


class Machine:
    """A folder of stand-in programs in front of the real PATH, and a copy of the scripts."""

    def __init__(self, root: Path) -> None:
        self.repo, self.bin = root / "repo", root / "bin"
        self.bin.mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", self.repo / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "requirements", self.repo / "requirements")
        shutil.copy(ROOT / "pyproject.toml", self.repo)
        self.said = root / "said"

    def program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.said}\n{body}\n')
        path.chmod(0o755)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.repo), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def asked(self) -> list[str]:
        return self.said.read_text().splitlines() if self.said.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def setup(machine: Machine) -> subprocess.CompletedProcess[str]:
    return machine.run(
        "bash", "-c", f"set -euo pipefail; source {machine.repo}/scripts/lib/house.sh; house_setup dev"
    )


def test_a_python_that_is_too_old_is_told_the_line(machine: Machine) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        machine.program(name, "exit 1")
    done = setup(machine)
    assert done.returncode == 3
    assert "Python 3.11 or newer is missing: apt-get install python3 python3-venv" in done.stderr


def test_a_python_without_venv_is_told_the_line(machine: Machine) -> None:
    machine.program("python3", 'case "$*" in *version_info*) exit 0;; *) exit 1;; esac')
    done = setup(machine)
    assert done.returncode == 3
    assert "Python's venv is missing: apt-get install python3-venv" in done.stderr


def test_packages_that_cannot_be_had_are_quoted_and_nothing_passes_for_installed(machine: Machine) -> None:
    python = machine.repo / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\ncase "$*" in *pip*install*) echo "no route to the index" >&2; exit 1;; esac\n')
    python.chmod(0o755)
    (machine.repo / ".venv" / "nightbell-runtime.sum").write_text("of an earlier set-up")
    machine.program("python3", "exit 0")
    done = setup(machine)
    assert done.returncode == 3
    assert "no route to the index" in done.stderr
    assert list((machine.repo / ".venv").glob("nightbell-*.sum")) == []


def test_a_second_set_up_installs_nothing(machine: Machine) -> None:
    venv = machine.repo / ".venv" / "bin"
    venv.mkdir(parents=True)
    for name in ("python", "nightbell"):
        (venv / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {machine.said}\n')
        (venv / name).chmod(0o755)
    machine.program("python3", "exit 0")
    assert setup(machine).returncode == 0
    assert sum("pip install" in line for line in machine.asked) == 2
    machine.said.unlink()
    assert setup(machine).returncode == 0
    assert [line for line in machine.asked if "pip" in line] == []
    assert "nightbell setup" in machine.asked
    with (machine.repo / "requirements" / "dev.txt").open("a") as lock:
        lock.write("# changed\n")
    assert setup(machine).returncode == 0
    assert sum("pip install" in line for line in machine.asked) == 2


def test_peers_that_are_there_are_left_alone(machine: Machine) -> None:
    machine.program("dpkg-query", "printf installed")
    machine.program("apt-get", "exit 1")
    machine.program("npm", "exit 0")
    machine.run("bash", f"{machine.repo}/scripts/peers")
    asked = [line.split()[1] for line in machine.asked if line.startswith("npm")]
    assert asked == ["install", "install"]  # what draws Mermaid, and what looks for faults in a page
    machine.said.unlink()
    done = machine.run("bash", f"{machine.repo}/scripts/peers")
    assert done.returncode == 0
    assert [line for line in machine.asked if line.startswith("npm")] == []
    assert [line for line in machine.asked if line.startswith("apt-get")] == []


def test_missing_peers_are_installed_and_lists_fetched_only_when_needed(machine: Machine) -> None:
    machine.program("dpkg-query", "exit 1")
    machine.program("npm", "exit 0")
    machine.program("sudo", 'exec "$@"')
    machine.program("apt-get", f'test "$1" = update || grep -q "apt-get update" {machine.said}')
    done = machine.run("bash", f"{machine.repo}/scripts/peers")
    assert done.returncode == 0
    calls = [line.split()[1] for line in machine.asked if line.startswith("apt-get")]
    assert calls == ["install", "update", "install"]
    machine.program("apt-get", "exit 0")
    machine.said.unlink()
    machine.run("bash", f"{machine.repo}/scripts/peers")
    assert [line.split()[1] for line in machine.asked if line.startswith("apt-get")] == ["install"]


@pytest.mark.parametrize(
    "fails", ["mypy", "ruff", "lint-imports", "--part rest", "--part clocked", "--part idle", "--part alone", ""]
)
def test_all_that_is_to_be_good_is_looked_at_and_what_is_not_is_named(machine: Machine, fails: str) -> None:
    venv = machine.repo / ".venv" / "bin"
    venv.mkdir(parents=True)
    for name in ("python", "nightbell", "mypy", "ruff", "lint-imports"):
        body = f'echo "{name} $*" >> {machine.said}; echo "{name} was here"'
        refuses = f'case "{name} $*" in *"{fails or "nothing"}"*) exit 1;; esac'
        (venv / name).write_text(f"#!/bin/sh\n{body}\n{refuses}\n")
        (venv / name).chmod(0o755)
    machine.program("python3", "exit 0")
    done = machine.run("bash", f"{machine.repo}/scripts/test")
    looked = ["mypy ", "ruff check .", "ruff format --check .", "lint-imports "]
    assert sorted(line for line in machine.asked if line in looked) == sorted(looked)
    parts = [line.partition("--part ")[2].split()[0] for line in machine.asked if "--part" in line]
    assert parts == ["rest", "clocked", "idle", "alone"]
    assert "lint-imports was here" in done.stdout
    assert done.returncode == (1 if fails else 0)
    named = "".join(line for line in done.stderr.splitlines() if line.startswith("== FAILED"))
    known = {"mypy": "types", "ruff": "style", "lint-imports": "walls", "--part rest": "tests (pytest)"}
    known |= {
        "--part clocked": "tests by the clock",
        "--part idle": "tests that wait",
        "--part alone": "tests alone",
    }
    assert [step for step in known.values() if step in named] == ([known[fails]] if fails else [])


def demo(machine: Machine, *words: str) -> list[str]:
    """Run the demo on a machine that is set up; return what it gave `nightbell rehearse`."""
    venv = machine.repo / ".venv" / "bin"
    venv.mkdir(parents=True, exist_ok=True)
    for name in ("python", "nightbell"):
        (venv / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {machine.said}\n')
        (venv / name).chmod(0o755)
    calls = machine.repo / "flows" / "rosewood" / "calls"
    calls.mkdir(parents=True, exist_ok=True)
    (calls / "white-lip.yaml").write_text("")
    machine.program("python3", "exit 0")
    done = machine.run("bash", f"{machine.repo}/scripts/demo", *words)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in machine.asked if line.startswith("nightbell rehearse")]
    return line.split()[3:]


def test_the_demo_phones_itself_over_sip(machine: Machine) -> None:
    words = demo(machine, "--json")
    assert words[-3:] == ["--tier", "sip", "--json"]
    assert len(words) == 9
    assert all((ROOT / "flows" / "rosewood" / "calls" / f"{name}.yaml").is_file() for name in words[:-3])


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["white-lip"], ["--tier", "sip", "white-lip"]),
        (["--tier", "audio"], ["--tier", "audio"]),
        (["white-lip", "--tier=text", "--json"], ["white-lip", "--tier=text", "--json"]),
    ],
)
def test_the_demo_takes_other_callers_and_tiers(machine: Machine, typed: list[str], given: list[str]) -> None:
    assert demo(machine, *typed) == given
