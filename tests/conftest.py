"""What a machine may lack, by marker: such a test is skipped and says why; under `.ci/run` it fails instead.

`audio` needs the models of `nightbell setup`; `axe`, `espeak`, `opus` and `mermaid` a peer (scripts/peers),
`peers` the programs that it names (`@pytest.mark.peers("sipp")`), `people` recordings that lie beside the project
and may not be copied into it; those are skipped everywhere when they are not there.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog

from nightbell.errors import ProviderError
from nightbell.line.opus import require_opus
from nightbell.settings import load_settings
from nightbell.setup.vosk_model import require_vosk

PEOPLE: Final = Path(__file__).parents[2] / "shared" / "audio"
BESIDE: Final = Path(__file__).parents[1] / "var" / "peers"
CLOCKED: Final = (
    "peers/serve",
    "escalation",
    "faults",
    "unit/docs/test_connect.py",
    "unit/docs/test_connect_http.py",
    "unit/line/streams",
)
ALONE: Final = (
    "faults/test_nights.py",
    "faults/test_recognisers.py",
    "peers/serve/test_sipp_served.py",
    "rehearsals/test_over_http.py",
    "rehearsals/test_sip_tier.py",
)
IDLE: Final = (
    "peers/phones",
    "peers/sip",
    "faults/test_asked_killed.py",
    "faults/test_disk.py",
    "faults/test_given_up.py",
    "faults/test_unwritable.py",
)
"""In this order: beside softphones nothing computes."""
PATIENT: Final = (
    "faults/test_bad_input.py",
    "faults/test_interrupted.py",
    "faults/test_kill.py",
    "faults/test_killed_call.py",
)
"""Files among those of the clock which it does not judge."""
FIRST: Final = (
    "rehearsals/test_spoken_scripts.py",
    "unit/flow/test_mutations.py",
    "faults/test_killed_call.py",
    "unit/docs/test_first_flow.py",
    "rehearsals/test_remembered.py",
    "unit/docs/test_regression_test.py",
    "unit/reception/test_on_paper.py",
    "peers/serve/test_serve.py",
    "peers/serve/test_escalation.py",
    "unit/docs/test_connect.py",
    "peers/serve",
)
"""What takes longest, the longest first, before all that is slow: begun last, it leaves the other core idle."""
PARTS: Final = ("rest", "clocked", "idle", "alone")
"""What scripts/test runs one after the other."""
REQUIRED: Final = os.environ.get("NIGHTBELL_PEERS") == "required"


# A run holds some million objects that stay: at its usual threshold Python's collector is a seventh of what the
# tests of flows take. What leaks is still found, if later.
gc.set_threshold(50_000, 20, 20)


@functools.cache
def lacking(marker: str) -> str:
    """Return what this machine lacks for tests with that marker; empty when nothing."""
    if marker == "audio":
        try:
            require_vosk(load_settings().models_dir)
        except ProviderError as fault:
            return f"{fault.message} {fault.hint}"
    if marker == "espeak" and shutil.which("espeak-ng") is None:
        return "espeak-ng is missing: scripts/peers"
    if marker == "opus":
        try:
            require_opus()
        except ProviderError as fault:
            return f"{fault.message}: scripts/peers"
    if marker == "axe" and not (BESIDE / "axe" / "complete").is_file():
        return "axe is missing: scripts/peers"
    if marker == "mermaid" and not ((BESIDE / "mermaid" / "complete").is_file() and shutil.which("node")):
        return "Mermaid, or node to run it, is missing: scripts/peers"
    if marker == "people" and not PEOPLE.is_dir():
        return "the recordings of people are not beside the project"
    return ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", choices=PARTS, help="read the files of one part alone; reading all takes a while")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of other parts unread: their imports are most of what a short part would take."""
    part = config.getoption("part")
    elsewhere = part is not None and collection_path.suffix == ".py" and part_of(collection_path) != part
    return True if elsewhere else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the clock judges, and begin with what takes longest.

    Raises:
        pytest.UsageError: two tests have one name; where tests run beside each other, only one of them would run.
    """
    doubled = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"tests of one name: {', '.join(doubled[:5])}")
    for item in items:
        if (part := part_of(item.path)) != "rest":
            item.add_marker(part)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_place(item.path), item.path not in slow))


@functools.cache
def part_of(path: Path) -> str:
    """Return with what a file is run; `markers` in pyproject.toml says why."""
    if _place(path, ALONE) < len(ALONE):
        return "alone"
    if _place(path, IDLE) < len(IDLE):
        return "idle"
    waits = _place(path, CLOCKED) < len(CLOCKED) and _place(path, PATIENT) == len(PATIENT)
    return "clocked" if waits else "rest"


@functools.cache
def _place(path: Path, places: tuple[str, ...] = (*IDLE, *FIRST)) -> int:
    """Return which of some places a file lies in; their number where it lies in none."""
    here = Path(__file__).parent
    return next((at for at, each in enumerate(places) if path.is_relative_to(here / each)), len(places))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("audio", "axe", "espeak", "mermaid", "opus", "people"):
        if item.get_closest_marker(marker) and (why := lacking(marker)):
            if REQUIRED and marker != "people":
                pytest.fail(f"{why} (NIGHTBELL_PEERS=required)", pytrace=False)
            pytest.skip(why)
    for mark in item.iter_markers("peers"):
        if missing := [program for program in mark.args if not peer(program)]:
            why = f"{', '.join(missing)} missing: scripts/peers"
            if REQUIRED:
                pytest.fail(f"{why} (NIGHTBELL_PEERS=required)", pytrace=False)
            pytest.skip(why)


def peer(program: str) -> str:
    """Return where a Debian peer lies, also one that only root's path has; empty when nowhere."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


@pytest.fixture(scope="session")
def vosk_folder() -> Path:
    """The Vosk model that `nightbell setup` brought; for tests marked `audio`."""
    return require_vosk(load_settings().models_dir)


@pytest.fixture(autouse=True)
def _quiet_logs() -> Iterator[None]:
    """Take back where a command sent its logs: that stream is the test's, and closed when the test is over."""
    yield
    structlog.reset_defaults()
