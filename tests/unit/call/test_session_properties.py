"""Properties of every call: no dead air, one disposition, a floor that never drops, exact replay."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Close, Effect, Escalate, Play
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    HistoryFound,
    HoursFound,
    HungUp,
    Interrupted,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    RecordsFailing,
    SpeechStarted,
    TimerFired,
    TransferEnded,
)
from nightbell.call.journal import effect_from_json, effect_to_json, event_from_json, event_to_json
from nightbell.call.session import Session
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, small_flow
from nightbell.testing.whole import whole_flow

PHRASES = (
    "yes",
    "no",
    "not sure",
    "worried",
    "appointments",
    "it hurts",
    "repeat",
    "my lip",
    "my eye booking",
    "no appointments",
    "anything else",
)
SAYINGS = (
    "my lip went white",
    "I can't see",
    "oh well you know",
    "no",
    "0770 090 0123",
    "it isn't white",
    "one two three four",
    "nine nine nine",
)
FLOWS = {
    "small": small_flow(),
    # Where nine leads to a hold is what the proof refuses, and no property of an accepted flow.
    "whole": changed(whole_flow(), "again_by_key", routes=(("universal:eyes", "same"),)),
}
NAMES = st.sampled_from(sorted(FLOWS))

MOVES = st.one_of(
    st.tuples(st.just("play"), st.sampled_from(["end", "speech", "key"])),
    st.tuples(st.just("say"), st.sampled_from(PHRASES)),
    st.tuples(st.just("faintly"), st.sampled_from(PHRASES)),
    st.tuples(st.just("mutter"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("noise"), st.just("")),
    st.tuples(st.just("press"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("timer"), st.just("")),
    st.tuples(st.just("world"), st.sampled_from(["good", "bad"])),
    st.tuples(st.just("ears"), st.just("")),
    st.tuples(st.just("starts"), st.just("")),
)
LONGEST_CALL = 60
"""Prompts that a call may say to a caller from whom nothing comes but noise or garbage."""


def move(call: HandCall, kind: str, what: str) -> None:
    memory = call.session.memory
    match kind:
        case "play":
            by = "" if what == "end" or memory.playing_must_hear else what
            call.tell(Played, effect=memory.playing or -1, completed=not by, played_ms=5, stopped_by=by)
        case "say" | "faintly":
            call.say(what, confidence=1.0 if kind == "say" else 0.6)
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
        case "starts":
            call.tell(SpeechStarted, start_ms=call.audio_ms)
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
    dialled = call.session.memory.transfer
    if dialled is not None:
        call.tell(TransferEnded, effect=dialled, outcome="answered" if good else "no_answer")


@settings(max_examples=300, deadline=None)
@given(NAMES, st.lists(MOVES, max_size=60))
def test_whatever_comes_a_call_is_safe(flow: str, moves: list[tuple[str, str]]) -> None:
    call = HandCall(FLOWS[flow])
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
@given(NAMES, st.lists(MOVES, max_size=40))
def test_the_journal_replays_to_the_same_bytes(flow: str, moves: list[tuple[str, str]]) -> None:
    call = HandCall(FLOWS[flow])
    for kind, what in moves:
        move(call, kind, what)

    again = Session(compile_flow(FLOWS[flow]))
    for event, effects in zip(call.events, call.effects, strict=True):
        line = event_to_json(event)
        assert event_to_json(event_from_json(line)) == line
        replayed = [effect_to_json(effect) for effect in again.handle(event_from_json(line))]
        assert [effect_to_json(effect) for effect in effects] == replayed
        assert [effect_to_json(effect_from_json(effect)) for effect in replayed] == replayed
    assert again.save() == call.session.save()


def words(effects: list[Effect]) -> list[str]:
    """Return the prompts, whatever language they are said in."""
    return [effect.prompt.removesuffix(".cy") for effect in effects if isinstance(effect, Play)]


def played_up_to(flow: str, moves: list[tuple[str, str]]) -> HandCall:
    call = HandCall(FLOWS[flow])
    for kind, what in moves:
        move(call, kind, what)
    return call


@settings(max_examples=200, deadline=None)
@given(NAMES, st.lists(MOVES, max_size=30), st.sampled_from(["9", "*9"]))
def test_nine_at_any_instant_brings_the_emergency_words(
    flow: str, moves: list[tuple[str, str]], keys: str
) -> None:
    """Rule 1: at any instant; while a number is keyed a lone 9 is known by the inter-digit time."""
    call = played_up_to(flow, moves)
    before = call.session.memory.step
    playing = call.session.memory.playing is not None
    if call.session.closed:
        return
    call.session.memory.entry = ""
    effects = call.press(*keys)
    if "interdigit" in call.session.memory.timers:
        effects = call.wait("interdigit")

    being_said = playing and before in {"~nine", "emergency"}
    assert "emergency" in words(effects) or being_said or call.session.memory.failing
    assert call.session.floor is Disposition.D0 or call.session.memory.nine


@settings(max_examples=200, deadline=None)
@given(NAMES, st.lists(MOVES, max_size=30), st.sampled_from(["my lip went white", "I can't see"]))
def test_the_page_is_in_the_answer_to_a_red_flag(flow: str, moves: list[tuple[str, str]], flag: str) -> None:
    """Rule 9: one event, one answer, the page before any word, whatever came before."""
    call = played_up_to(flow, moves)
    if call.session.closed:
        return
    paged = call.session.memory.escalated
    effects = call.mutter(flag)

    floor = Disposition.D0 if "see" in flag else Disposition.D1
    assert call.session.floor is not None
    assert call.session.floor.at_least(floor)
    if paged is None or not paged.at_least(floor):
        kinds = [effect.kind for effect in effects if effect.kind in {"escalate", "play", "hang_up"}]
        assert kinds[0] == "escalate"


@settings(max_examples=150, deadline=None)
@given(NAMES, st.lists(MOVES, max_size=30), st.sampled_from([RecordsFailing, Interrupted]))
def test_a_failure_at_any_instant_pages_and_ends(flow: str, moves: list[tuple[str, str]], failure: type) -> None:
    """Rules 6 and 10: at every step."""
    call = played_up_to(flow, moves)
    closed = call.session.closed
    call.tell(failure)
    if not closed and failure is RecordsFailing:
        call.press("1", "0", "5")
        call.say("no")
        assert [effect.safe for effect in call.done if isinstance(effect, Play)][-1]
        call.prompt_ends()

    assert call.session.closed
    assert closed or any(isinstance(effect, Escalate) for effect in call.done)
    assert len([effect for effect in call.done if isinstance(effect, Close)]) == 1


@settings(max_examples=80, deadline=None)
@given(
    NAMES,
    st.lists(MOVES, max_size=20),
    st.lists(st.sampled_from(["nothing", "noise", "clicks", "mumble", "star"]), min_size=1, max_size=6),
)
def test_every_call_ends_when_only_garbage_comes(
    flow: str, moves: list[tuple[str, str]], garbage: list[str]
) -> None:
    """No endless loop: the world answers nothing; the caller brings silence, noise, mumbling or stray keys."""
    call = played_up_to(flow, moves)
    before = len(words(call.done))
    for turn in range(20 * LONGEST_CALL):
        memory = call.session.memory
        if call.session.closed:
            break
        if memory.playing is not None:
            call.prompt_ends()
            continue
        bring(call, garbage[turn % len(garbage)])
        waiting = [timer for timer in call.session.memory.timers if timer not in {"call", "noinput", "star"}]
        if call.session.memory.playing is None and not call.session.closed:
            call.tell(TimerFired, timer=waiting[0] if waiting else "noinput")

    assert call.session.closed, f"still at {call.session.memory.step}"
    assert len(words(call.done)) - before <= LONGEST_CALL


def bring(call: HandCall, what: str) -> None:
    match what:
        case "noise":
            call.mutter("", text="")
        case "clicks":
            call.tell(SpeechStarted, start_ms=call.audio_ms)
        case "mumble":
            call.mutter("oh well you know")
        case "star":
            call.press("*")
        case _:
            pass
