"""Each file with tests is read in one part of `scripts/test`, and every place that a part is told by is there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

TESTS: Final = Path(__file__).parents[1]


@pytest.fixture
def parts(request: pytest.FixtureRequest) -> Any:
    """The conftest of all tests."""
    found = request.config.pluginmanager.get_plugin(str(TESTS / "conftest.py"))
    assert found is not None
    return found


def read_in(parts: Any, part: str | None) -> set[Path]:
    config: Any = SimpleNamespace(getoption=lambda name: {"part": part}[name])
    return {path for path in TESTS.rglob("test_*.py") if parts.pytest_ignore_collect(path, config) is None}


def test_every_file_is_read_in_one_part_and_without_parts_all_are(parts: Any) -> None:
    by_part = [read_in(parts, part) for part in parts.PARTS]
    assert all(by_part)
    every = read_in(parts, None)
    assert set().union(*by_part) == every
    assert sum(map(len, by_part)) == len(every)


def test_what_measures_time_and_kills_is_not_run_beside_the_rest(parts: Any) -> None:
    assert parts.part_of(TESTS / "faults" / "test_recognisers.py") == "alone"
    assert parts.part_of(TESTS / "peers" / "serve" / "test_sipp_served.py") == "alone"
    assert parts.part_of(TESTS / "peers" / "sip" / "test_sipp.py") == "idle"
    assert parts.part_of(TESTS / "peers" / "serve" / "test_serve.py") == "clocked"
    assert parts.part_of(TESTS / "faults" / "test_unwritable.py") == "idle"
    assert parts.part_of(TESTS / "faults" / "test_killed_call.py") == "rest"
    assert parts.part_of(TESTS / "unit" / "flow" / "test_reader.py") == "rest"


def test_every_place_that_is_named_is_there(parts: Any) -> None:
    named = (*parts.FIRST, *parts.CLOCKED, *parts.IDLE, *parts.ALONE, *parts.PATIENT)
    assert [place for place in named if not (TESTS / place).exists()] == []


def test_two_tests_of_one_name_are_refused_because_one_would_not_be_run(parts: Any) -> None:
    def item(name: str) -> Any:
        path = TESTS / "unit" / "test_settings.py"
        return SimpleNamespace(nodeid=name, path=path, get_closest_marker=lambda _: None)

    parts.pytest_collection_modifyitems([item("one"), item("two")])
    with pytest.raises(pytest.UsageError, match="one name: one"):
        parts.pytest_collection_modifyitems([item("one"), item("two"), item("one")])
