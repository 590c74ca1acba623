"""docs/connect.md: its commands are run against a line that is served as the page says, its settings are read.

In a ``console`` box a line after ``$`` is run and the rest is what must come out, ``...`` being any text. The one
``serve`` box is started first and runs beside. Ports are changed to free ones; nothing else is.
"""

from __future__ import annotations

import configparser
import doctest
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nightbell.settings import load_settings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
BOX = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def boxes(kind: str) -> list[str]:
    return [text for found, text in BOX.findall(PAGE) if found == kind]


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def ports() -> dict[str, str]:
    return {"5060": str(free_port()), "8060": str(free_port())}


@pytest.fixture
def place(tmp_path: Path, ports: dict[str, str]) -> dict[str, str]:
    """The environment of a user who has this checkout, rendered prompts and models, and no calls yet."""
    data, ours = tmp_path / "var", load_settings()
    data.mkdir()
    (data / "prompts").symlink_to(ours.prompts_dir)
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    (tmp_path / "audio").symlink_to(ROOT / "audio")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    here = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTBELL_")}
    beside = Path(sys.executable).parent
    command = beside / "nightbell"
    assert command.is_file()
    return here | {
        "PATH": f"{beside}:{here['PATH']}",
        "NIGHTBELL_DATA": str(data),
        "NIGHTBELL_MODELS_DIR": str(ours.models_dir),
        "NIGHTBELL_SPILL_DIR": str(tmp_path / "spill"),
        "NIGHTBELL_SIP__LISTEN": f'["udp:127.0.0.1:{ports["5060"]}", "tcp:127.0.0.1:{ports["5060"]}"]',
        "NIGHTBELL_SERVE__HEALTH": f"127.0.0.1:{ports['8060']}",
        "NO_COLOR": "1",
    }


@contextmanager
def served(command: str, folder: Path, environment: dict[str, str], health: str) -> Iterator[None]:
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=folder, env=environment, stdout=out, stderr=out
        )
        try:
            deadline = time.monotonic() + 100
            while not answers(health):
                assert process.poll() is None, "the line ended"
                assert time.monotonic() < deadline, "the line does not take calls"
                time.sleep(0.2)
            yield
        finally:
            for _ in range(2):
                process.send_signal(signal.SIGTERM)
            process.wait(60)


def answers(health: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{health}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.audio
@pytest.mark.peers("sipp", "sipsak", "curl")
@pytest.mark.timeout(300)
def test_every_command_does_what_the_page_says(
    tmp_path: Path, place: dict[str, str], ports: dict[str, str]
) -> None:
    def here(text: str) -> str:
        return re.sub(r"\b(5060|8060)\b", lambda match: ports[match[1]], text)

    (serving,) = boxes("serve")
    with served(serving.strip(), tmp_path, place, ports["8060"]):
        for box in boxes("console"):
            typed, _, shown = box.partition("\n")
            assert typed.startswith("$ "), typed
            done = subprocess.run(
                ["bash", "-c", here(typed[2:])],
                cwd=tmp_path,
                env=place,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=200,
                check=False,
            )
            assert says(here(shown), done.stdout), f"{typed}\n{done.stdout}\n--- but the page says:\n{shown}"


def says(wanted: str, out: str) -> bool:
    return doctest.OutputChecker().check_output(wanted.strip() + "\n", out.strip() + "\n", LOOSE)


@pytest.mark.parametrize("box", boxes("toml"))
def test_the_settings_on_the_page_are_settings(box: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NIGHTBELL_"):
            monkeypatch.delenv(name)
    (tmp_path / "nightbell.toml").write_text(box)
    monkeypatch.setenv("NIGHTBELL_CONFIG", str(tmp_path / "nightbell.toml"))
    settings = load_settings()
    assert settings.sip.trunks or settings.sip.advertise or settings.sip.users


def test_the_snippets_for_asterisk_are_whole_and_fit_each_other() -> None:
    pjsip, extensions = boxes("ini")
    sections = re.findall(r"^\[(\w+)\]\n((?:.+\n?)+)", pjsip, flags=re.MULTILINE)
    assert [name for name, _ in sections] == ["nightbell"] * 3
    kinds = {}
    for name, body in sections:
        parser = configparser.ConfigParser()
        parser.read_string(f"[{name}]\n{body}")
        kinds[parser[name]["type"]] = parser[name]
    assert set(kinds) == {"endpoint", "aor", "identify"}
    assert kinds["endpoint"]["aors"] == kinds["identify"]["endpoint"] == "nightbell"
    assert set(kinds["endpoint"]["allow"].split(",")) == {"ulaw", "alaw"}
    assert kinds["endpoint"]["dtmf_mode"] == "rfc4733"
    assert f"[{kinds['endpoint']['context']}]" in extensions
    assert "@nightbell" in extensions
    address = kinds["identify"]["match"]
    assert address in kinds["aor"]["contact"]
    assert any(f"udp:{address}:5060" in box for box in boxes("toml"))


def test_the_unit_stops_no_sooner_than_a_drain_takes() -> None:
    unit = (ROOT / "deploy" / "nightbell.service").read_text(encoding="utf-8")
    serving = load_settings().serve.__class__()
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, flags=re.MULTILINE)
    assert stop is not None
    assert int(stop[1]) > serving.drain_s + serving.stop_s
    assert "nightbell serve" in unit
    assert "KillMode=mixed" in unit


def test_every_figure_that_the_page_names_is_told() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "nightbell").rglob("*.py"))
    for name in re.findall(r"`nightbell_(\w+?)(?:_total)?(?:\{[^}]*\})?`", PAGE):
        assert f'"nightbell_{name}"' in source or f'"{name}"' in source, name
