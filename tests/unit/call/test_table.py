"""The table is what handle does: no call leaves it, and what it says can happen does."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightbell.call.compile import compile_flow
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    Heard,
    HistoryFound,
    HoursFound,
    HungUp,
    Interrupted,
    KeyPressed,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    RecordsFailing,
    SpeechStarted,
    VoiceFailed,
)
from nightbell.call.flags import find_flag
from nightbell.call.step import Ask
from nightbell.call.table import table_of
from nightbell.call.table.stimuli import saying
from nightbell.errors import SessionError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow, Universal
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.table import Do, Table
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import small_flow
from nightbell.testing.following import Followed, NotInTable
from nightbell.testing.generated import random_flow

ROOT = Path(__file__).resolve().parents[3]


@lru_cache(maxsize=512)
def table(flow: Flow) -> Table:
    return table_of(compile_flow(flow))


SAYINGS = ("my lip went white", "I can't see", "oh well you know", "no", "0770 090 0123", "it isn't white", "yes")
EVENTS = st.one_of(
    st.tuples(st.just("play"), st.sampled_from(["end", "end", "end", "speech", "key"])),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("faint"), st.integers(0, 5)),
    st.tuples(st.just("say"), st.sampled_from(["yes", "no", "not sure", "repeat"])),
    st.tuples(st.just("mutter"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("flag"), st.integers(0, 20)),
    st.tuples(st.just("noise"), st.sampled_from([0, 300, 1500])),
    st.tuples(st.just("press"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("keys"), st.sampled_from(["*9", "999#", "07700900123#", "12#", "911"])),
    st.tuples(st.just("timer"), st.integers(0, 3)),
    st.tuples(st.just("world"), st.sampled_from(["good", "bad", "ok"])),
    st.tuples(st.just("ears"), st.sampled_from(["died", "missing"])),
    st.tuples(st.just("starts"), st.just("")),
    st.tuples(st.just("records"), st.sampled_from(["nothing", "contacts", "filler"])),
    st.tuples(st.just("message"), st.sampled_from(["", "please ring me", "my lip went white", "I can't see"])),
)
ENDS = st.sampled_from(["hang up", "records", "voice", "crash", "none"])


def perform(call: Followed, kind: str, what: Any) -> None:  # noqa: C901, PLR0912
    memory = call.session.memory
    match kind:
        case "play":
            by = "" if what == "end" or memory.playing_must_hear else what
            if memory.playing is not None:
                call.tell(Played, effect=memory.playing, completed=not by, played_ms=5, stopped_by=by)
        case "records":  # looked up again when a withheld number was keyed
            many = {"contacts_96h": 2, "filler_contacts_96h": 1} if what == "contacts" else {}
            if memory.caller is None and memory.callback_number:
                call.tell(HistoryFound, timed_out=False, filler_14d="yes" if what == "filler" else "no", **many)
        case "answer" | "faint":
            phrases = phrases_at(call)
            if phrases:
                call.say(phrases[what % len(phrases)], confidence=1.0 if kind == "answer" else 0.4)
        case "say":
            call.say(what)
        case "mutter":
            call.mutter(what, snr_db=10.0)
        case "flag":
            flags = call.plan.universals
            if flags:
                for do in saying(flags, flags[what % len(flags)]):
                    call.mutter(do.value) if do.what == "words" else call.press(do.value)
        case "noise":
            call.tell(
                Heard,
                listen=memory.listening or 0,
                cause="rejected",
                start_ms=call.audio_ms,
                end_ms=call.audio_ms + what,
                snr_db=9.0,
            )
        case "press":
            call.press(what)
        case "keys":
            for key in what:
                if not call.session.closed:
                    call.press(key)
        case "timer":
            timers = [timer for timer in memory.timers if timer != "call"]
            if timers:
                call.wait(timers[-1 - what % len(timers)])
        case "ears":
            call.tell(EarsFailed, reason=what)
        case "starts":
            call.tell(SpeechStarted, start_ms=call.audio_ms)
        case "message":
            asked = memory.asked_world or 0
            call.tell(MessageRecorded, effect=asked, speech_ms=len(what) * 50, ended_by="silence", text=what)
        case _:
            answer(call, what)


def phrases_at(call: Followed) -> list[str]:
    name = call.session.memory.step
    step = call.plan.steps.get(call.plan.ahead.get(name, name))
    if not isinstance(step, Ask):
        return []
    return [phrase for possible in step.answers for phrase in possible.phrases]


def answer(call: Followed, how: str) -> None:
    asked = call.session.memory.asked_world or 0
    good = how != "bad"
    call.tell(HoursFound, timed_out=not good, hours="holiday" if how == "ok" else "open")
    call.tell(PromiseMade, timed_out=not good, who="a clinician", from_number="+442", by_utc=1, by_spoken="ten")
    call.tell(Notified, ok=good, effect=asked)
    status = {"good": "acknowledged", "bad": "exhausted", "ok": "ringing"}[how]
    call.tell(EscalationChanged, status=status, effect=0)


def end(call: Followed, how: str) -> None:
    if call.session.closed or how == "none":
        return
    match how:
        case "hang up":
            call.tell(HungUp, by="caller")
        case "crash":
            call.tell(Interrupted)
        case "voice":
            call.tell(VoiceFailed, effect=call.session.memory.playing or -1)
        case _:
            call.tell(RecordsFailing)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(EVENTS, max_size=40), ENDS, st.sampled_from([None, "+447700900123"]), st.sampled_from([0, 0, 1, 3])
)
def test_no_call_through_the_small_flow_leaves_its_table(
    events: list[tuple[str, Any]], how: str, caller: str | None, contacts: int
) -> None:
    flow = small_flow()
    call = Followed(flow, table(flow), caller=caller, contacts_96h=contacts)
    for kind, what in events:
        perform(call, kind, what)
        if call.session.closed:
            break
    end(call, how)
    assert call.at


@lru_cache(maxsize=2)
def rosewood() -> Flow:
    return load_flow(ROOT / "flows" / "rosewood")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=60), ENDS)
def test_no_call_through_rosewood_leaves_its_table(events: list[tuple[str, Any]], how: str) -> None:
    flow = rosewood()
    call = Followed(flow, table(flow))
    for kind, what in events:
        perform(call, kind, what)
        if call.session.closed:
            break
    end(call, how)
    assert call.at


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 5_000), st.lists(EVENTS, max_size=40), ENDS, st.sampled_from([None, "+447700900123"]))
def test_no_call_through_a_generated_flow_leaves_its_table(
    seed: int, events: list[tuple[str, Any]], how: str, caller: str | None
) -> None:
    flow = random_flow(seed)
    call = Followed(flow, table(flow), caller=caller)
    try:
        for kind, what in events:
            perform(call, kind, what)
            if call.session.closed:
                break
        end(call, how)
    except SessionError:  # a ring without a word: the proof refuses such a flow
        assert "f" in prove(table(flow)).violated
    assert call.at


def test_a_table_with_a_move_missing_is_seen() -> None:
    """The test can fail: without one move, or with another change, a call leaves the table."""
    flow = small_flow()
    rows = table(flow).rows
    without = tuple(move for move in rows["screen.sight"].moves if move.outcome != "answer:no")
    changed = tuple(replace(move, changes=()) for move in rows["screen.sight"].moves)
    for moves in (without, changed):
        broken = replace(table(flow), rows={**rows, "screen.sight": replace(rows["screen.sight"], moves=moves)})
        call = Followed(flow, broken)
        call.until("reason")
        call.press("1")
        call.until("screen.sight")
        with pytest.raises(NotInTable):
            call.tell(KeyPressed, key="1" if moves is changed else "2", after_ms=5000)


def test_words_for_a_universal_are_found_though_an_equal_flow_was_asked_before() -> None:
    name = "found though an equal flow was asked before"
    one, other = (
        Universal(name=name, priority=1, hear=("quite blue",), floor=Disposition.D1, next="same") for _ in "ab"
    )
    assert find_flag((one,), (), "quite blue") is one

    assert saying((other,), other) == (Do("words", "quite blue"),)
