"""Properties of every call: no dead air, one disposition, a floor that never drops, exact replay."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HoursFound,
    HungUp,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    SpeechStarted,
)
from nightbell.call.journal import effect_from_json, effect_to_json, event_from_json, event_to_json
from nightbell.call.session import Session
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow

PHRASES = ("yes", "no", "not sure", "worried", "appointments", "it hurts", "repeat")
SAYINGS = ("my lip went white", "I can't see", "oh well you know", "no", "0770 090 0123", "it isn't white")

MOVES = st.one_of(
    st.tuples(st.just("play"), st.sampled_from(["end", "speech", "key"])),
    st.tuples(st.just("say"), st.sampled_from(PHRASES)),
    st.tuples(st.just("mutter"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("noise"), st.just("")),
    st.tuples(st.just("press"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("timer"), st.just("")),
    st.tuples(st.just("world"), st.sampled_from(["good", "bad"])),
    st.tuples(st.just("ears"), st.just("")),
)


def move(call: HandCall, kind: str, what: str) -> None:
    memory = call.session.memory
    match kind:
        case "play":
            by = "" if what == "end" or memory.playing_must_hear else what
            call.tell(Played, effect=memory.playing or -1, completed=not by, played_ms=5, stopped_by=by)
        case "say":
            call.say(what)
        case "mutter":
            call.tell(SpeechStarted, start_ms=call.audio_ms)
            call.mutter(what)
        case "noise":
            call.mutter("", text="")
        case "press":
            call.press(what)
        case "timer":
            for timer in memory.timers[-1:]:
                call.wait(timer)
        case "ears":
            call.tell(EarsFailed, reason="died")
        case _:
            answer(call, good=what == "good")


def answer(call: HandCall, *, good: bool) -> None:
    asked = call.session.memory.asked_world or 0
    call.tell(HistoryFound, timed_out=not good, contacts_96h=0)
    call.tell(HoursFound, timed_out=not good, hours="open")
    call.tell(PromiseMade, timed_out=not good, who="a clinician", from_number="+442", by_utc=1, by_spoken="ten")
    call.tell(Notified, ok=good, effect=asked)
    call.tell(MessageRecorded, effect=asked, speech_ms=good * 500, ended_by="silence")
    call.tell(EscalationChanged, status="recorded" if good else "exhausted", effect=0)


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, max_size=60))
def test_whatever_comes_a_call_is_safe(moves: list[tuple[str, str]]) -> None:
    call = HandCall(small_flow())
    rank = -1
    for kind, what in moves:
        move(call, kind, what)
        memory = call.session.memory
        floor = memory.floor.rank if memory.floor else -1
        assert floor >= rank, "a floor dropped"
        rank = floor
        if memory.floor is not None and memory.floor.pages:
            assert memory.escalated is not None
            assert memory.escalated.rank >= floor, "a floor without a page"
        assert "watchdog" not in memory.timers, f"dead air at {memory.step}"
    call.tell(HungUp, by="caller")

    closes = [effect for effect in call.done if isinstance(effect, Close)]
    assert len(closes) == 1
    assert closes[0].disposition.rank >= rank


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=40))
def test_the_journal_replays_to_the_same_bytes(moves: list[tuple[str, str]]) -> None:
    call = HandCall(small_flow())
    for kind, what in moves:
        move(call, kind, what)

    again = Session(compile_flow(small_flow()))
    for event, effects in zip(call.events, call.effects, strict=True):
        line = event_to_json(event)
        assert event_to_json(event_from_json(line)) == line
        replayed = [effect_to_json(effect) for effect in again.handle(event_from_json(line))]
        assert [effect_to_json(effect) for effect in effects] == replayed
        assert [effect_to_json(effect_from_json(effect)) for effect in replayed] == replayed
    assert again.save() == call.session.save()
