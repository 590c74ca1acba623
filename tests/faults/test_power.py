"""The power goes at every moment of a scene: what the disk kept of it opens, and nothing that was done is lost."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.faults.memory import in_memory

from nightbell.records import audit, sqlite
from nightbell.records.writer import Writer
from nightbell.testing.power.disk import Disk, State
from nightbell.testing.power.judge import judge_audit, judge_records, judge_spill, lay_out
from nightbell.testing.power.recovering import judge_recovery
from nightbell.testing.power.scene import Scene, play

pytestmark = [pytest.mark.peers("strace"), pytest.mark.slow, pytest.mark.timeout(300)]

TORN = 30
RECOVERED = 3
LEAST = 250
"""States that the scene's records leave, at least: fewer, and it shows less than it did."""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with in_memory("power-") as folder:
        yield play(folder / "scene")


@pytest.fixture
def folder() -> Iterator[Path]:
    with in_memory("power-") as made:
        yield made


def breaches(
    states: Iterable[State], folder: Path, judged: Callable[[State, Path], list[str]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield what is wrong with each state, by how it came to be; good ones too."""
    for number, state in enumerate(states):
        here = folder / str(number)
        lay_out(state, here)
        yield state.told, judged(state, here)
        shutil.rmtree(here)


def of_records(scene: Scene) -> Callable[[State, Path], list[str]]:
    seen: set[tuple[str, int]] = set()
    return lambda state, here: judge_records(scene, state, here, seen)


def bad(found: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    return {told: wrong for told, wrong in found if wrong}


def test_the_scene_holds_what_it_is_to_show(scene: Scene) -> None:
    kinds = [what["kind"] for _, what in scene.told]
    assert kinds.count("kept") > 20
    assert kinds.count("ring") >= 2
    assert kinds.count("outside") > 8
    assert "message" in kinds
    assert any(what["won"] for _, what in scene.told if what["kind"] == "key")
    last_event = max(moment for moment, what in scene.told if what["kind"] == "kept")
    moved = [op for op in scene.ops if op.path == "records.sqlite3" and op.kind == "write"]
    assert any(op.began < last_event for op in moved), "the log was never moved into the database under way"
    assert any(op.kind == "unlink" and op.path == "records.sqlite3-wal" for op in scene.ops)


def test_at_every_prefix_the_records_open_and_know_what_was_confirmed_and_what_went_out(
    scene: Scene, folder: Path
) -> None:
    disk = Disk(scene.base, scene.ops, group="records.sqlite3")
    found = list(breaches(disk.prefixes(), folder, of_records(scene)))
    assert bad(found) == {}
    assert len(found) >= LEAST


def test_torn_and_missing_writes_harm_no_records(scene: Scene, folder: Path) -> None:
    disk = Disk(scene.base, scene.ops, group="records.sqlite3")
    found = list(breaches(disk.torn(1, TORN), folder, of_records(scene)))
    assert bad(found) == {}
    assert len(found) == TORN


@pytest.mark.parametrize(
    ("group", "judged"), [("audit.jsonl", judge_audit), ("spill/spill.jsonl", judge_spill)], ids=["audit", "spill"]
)
def test_lines_that_were_confirmed_stay_and_a_torn_one_takes_none_with_it(
    scene: Scene, folder: Path, group: str, judged: Callable[[Scene, State, Path], list[str]]
) -> None:
    disk = Disk(scene.base, scene.ops, group=group)
    states = itertools.chain(disk.prefixes(), disk.torn(1, TORN))
    found = list(breaches(states, folder, lambda state, here: judged(scene, state, here)))
    assert bad(found) == {}
    assert len(found) > TORN


def test_after_the_loss_everybody_gets_a_person(scene: Scene, folder: Path) -> None:
    disk = Disk(scene.base, scene.ops, group="")
    found = {
        state.told: judge_recovery(scene, state, folder / str(number))
        for number, state in enumerate(disk.torn(3, RECOVERED))
    }
    assert bad(found.items()) == {}
    assert len(found) == RECOVERED


def _put(where: Any, name: str, what: object) -> None:
    assert hasattr(where, name)
    setattr(where, name, what)


def _synchronous(how: str) -> Callable[[], None]:
    def plant() -> None:
        prepare = sqlite._prepare

        def careless(engine: Any, *, mode: str, **more: Any) -> None:
            prepare(engine, mode=mode, **more)
            if mode != "ro":
                event.listen(engine, "connect", lambda dbapi, _: dbapi.execute(f"PRAGMA synchronous={how}"))

        _put(sqlite, "_prepare", careless)

    return plant


def _confirms_first() -> None:
    append, kept = Writer.append, set[Any]()

    async def hasty(self: Writer, one: Any, *, limit_ms: int) -> None:
        task = asyncio.ensure_future(append(self, one, limit_ms=limit_ms))
        kept.add(task)

    _put(Writer, "append", hasty)


def _name_not_flushed() -> None:
    _put(audit, "flush_names", lambda _: None)


PLANTED: dict[str, tuple[Callable[[], None], str, str]] = {
    "synchronous_off": (_synchronous("OFF"), "records.sqlite3", ""),
    "synchronous_normal": (_synchronous("NORMAL"), "records.sqlite3", "confirmed events are lost"),
    "told_before_the_commit": (_confirms_first, "records.sqlite3", "the records do not know it"),
    "name_not_flushed": (_name_not_flushed, "audit.jsonl", "confirmed lines of the audit chain are lost"),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str, folder: Path) -> None:
    plant, group, words = PLANTED[bug]
    scene = play(folder / "scene", plant, duty=False)
    disk = Disk(scene.base, scene.ops, group=group)
    judged = of_records(scene) if group.startswith("records") else lambda *what: judge_audit(scene, *what)
    found = breaches(itertools.chain(disk.torn(1, 200), disk.prefixes()), folder / "states", judged)
    assert any(words in one for _, wrong in found for one in wrong)
