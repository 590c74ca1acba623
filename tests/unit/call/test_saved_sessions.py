"""Sessions that an older Nightbell saved are read, and go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.events import VERSION as EVENTS
from nightbell.call.events import HistoryFound, HungUp, KeyPressed, TimerFired
from nightbell.call.journal import event_from_json
from nightbell.call.memory import VERSION, Memory, restore, snapshot
from nightbell.call.session import Session
from nightbell.errors import SessionError, UnsupportedVersion
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow

SAVED = json.loads((Path(__file__).parent / "sessions_v1.json").read_text(encoding="utf-8"))


def load(name: str) -> Session:
    return Session.load(compile_flow(small_flow()), json.dumps(SAVED[name]))


@pytest.mark.parametrize("name", SAVED)
def test_a_session_of_version_1_is_read_and_written_as_this_one(name: str) -> None:
    assert SAVED[name]["v"] == 1
    session = load(name)

    assert json.loads(session.save())["v"] == VERSION
    kept = json.loads(session.save())
    assert {field: kept[field] for field in SAVED[name] if field != "v"} == {
        field: value for field, value in SAVED[name].items() if field != "v"
    }


@pytest.mark.parametrize(
    ("name", "event", "step"),
    [
        ("reason", {"kind": KeyPressed, "key": "1"}, "screen.sight"),
        ("second_question", {"kind": KeyPressed, "key": "1"}, "hold"),
        ("hold", {"kind": TimerFired, "timer": "limit"}, "number.offer"),
        ("nine_offered", {"kind": KeyPressed, "key": "1"}, "screen.sight"),
        ("number_half_keyed", {"kind": TimerFired, "timer": "interdigit"}, "number.entry"),
        ("opening", {"kind": HungUp, "by": "caller"}, "~closed"),
    ],
)
def test_a_session_of_version_1_goes_on(name: str, event: dict[str, object], step: str) -> None:
    session = load(name)
    memory = session.memory
    kind = event.pop("kind")
    at = {"clinic": memory.clinic, "call": memory.call, "seq": memory.seq + 1, "at_utc": 1, "audio_ms": 9000}
    session.handle(kind(**at, **event))  # type: ignore[operator]  # a class of events

    assert session.memory.step == step


def test_a_session_of_a_later_version_is_refused() -> None:
    saved = SAVED["reason"] | {"v": VERSION + 1}
    with pytest.raises(UnsupportedVersion, match="newer"):
        Session.load(compile_flow(small_flow()), json.dumps(saved))


def test_an_event_of_version_1_is_lifted() -> None:
    line = '{"clinic":"c","call":"x","seq":3,"at_utc":1,"audio_ms":2,"v":1,"key":"4","kind":"key_pressed"}'
    event = event_from_json(line)

    assert isinstance(event, KeyPressed)
    assert (event.v, event.key) == (EVENTS, "4")


def test_a_snapshot_holds_whatever_happens_after_it() -> None:
    """What the memory gathers is replaced, never changed in place: no field escapes."""
    call = HandCall(small_flow())
    for keys in ("", "1", "2", "1", "0", "9"):
        before, kept = call.session.memory, call.session.save()
        values = snapshot(before)
        call.press(*keys)
        session = call.session
        while session.memory.playing is not None and not session.closed:
            call.prompt_ends()
            session = call.session
        restore(before, values)
        assert Session(call.plan, before).save() == kept


def test_an_event_that_fails_leaves_the_session_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    call = HandCall(small_flow())
    call.until("reason")
    session, before = call.session, call.session.save()

    def breaks(*_: object, **__: object) -> None:
        raise SessionError("told to fail")

    monkeypatch.setattr("nightbell.call.turn.Turn.arrive", breaks)
    event = KeyPressed(clinic="rosewood", call="c1", seq=len(call.events), at_utc=1, audio_ms=9000, key="1")
    with pytest.raises(SessionError, match="told to fail"):
        session.handle(event)
    assert session.save() == before
    monkeypatch.undo()
    session.handle(event)
    assert session.memory.step == "screen.sight"
    assert Memory().step == ""


def test_contacts_of_which_no_product_was_kept_count_as_contacts_about_filler() -> None:
    line = (
        '{"clinic":"c","call":"x","seq":1,"at_utc":1,"audio_ms":2,"v":2,"timed_out":false,"contacts_96h":2,'
        '"silent_96h":1,"treated_14d":"no","kind":"history_found"}'
    )
    event = event_from_json(line)
    assert isinstance(event, HistoryFound)
    assert (event.v, event.filler_contacts_96h, event.filler_14d) == (EVENTS, 2, "unknown")

    for version, filler in ((1, 2), (2, 2), (VERSION, 0)):
        saved = SAVED["reason"] | {"v": version, "contacts_96h": 2}
        memory = Session.load(compile_flow(small_flow()), json.dumps(saved)).memory
        assert (memory.filler_contacts_96h, memory.filler_14d, memory.slow) == (filler, "unknown", False)
