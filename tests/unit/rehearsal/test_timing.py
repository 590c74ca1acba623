from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nightbell.call.effects import Listen, Play
from nightbell.call.events import Event, Heard, KeyPressed, Played, TimerFired
from nightbell.rehearsal.caller import Turn
from nightbell.rehearsal.timing import percentiles, responses
from nightbell.rehearsal.witness import Witness

if TYPE_CHECKING:
    from nightbell.flow.model import Flow

WORDS = Turn(place="screen.sight", kind="say", what="x", start_ms=1000, last_sound_ms=1500, end_ms=1600)
KEY = Turn(place="screen.sight", kind="press", what="1", start_ms=1500, last_sound_ms=1500, end_ms=1500)


def event(kind: type[Event], at: int, **fields: Any) -> Event:
    return kind(clinic="toy", call="c", seq=0, at_utc=0, audio_ms=at, **fields)


def understood(at: int, **fields: Any) -> Event:
    return event(Heard, at, listen=1, start_ms=1000, end_ms=1500, **({"cause": "phrase", "text": "x"} | fields))


def witness(flow: Flow, *causes: Event, listen: str = "closed", spoken_at: int = 2000) -> Witness:
    """See the causes happen, the last of them bringing a prompt that sounds at ``spoken_at``."""
    seen = Witness(flow)
    opened = Listen(call="c", n=1, mode=listen, state="screen", question="sight")  # type: ignore[arg-type]
    seen.happened(event(TimerFired, 0, timer="t"), [opened], 0)
    for cause in causes[:-1]:
        seen.happened(cause, [], cause.audio_ms)
    play = Play(call="c", n=2, prompt="next", segments=(), bargein="speech", state="screen")
    seen.happened(causes[-1], [play], causes[-1].audio_ms)
    seen.speaking("beep", spoken_at - 20)
    seen.speaking("next", spoken_at)
    return seen


@pytest.mark.parametrize(
    ("cause", "listen", "kind"),
    [
        (understood(1980, phrase="yes"), "closed", "yes"),
        (understood(1980, phrase="no"), "closed", "no"),
        (understood(1980, phrase="book"), "closed", "menu"),
        (understood(1980, cause="rejected"), "closed", "rejected"),
        (understood(1980, cause="open", open_text="my lip", text=""), "open", "open"),
    ],
)
def test_turn_is_sorted_by_what_the_ears_took_it_for(flow: Flow, cause: Event, listen: str, kind: str) -> None:
    (response,) = responses([WORDS], witness(flow, cause, listen=listen), flow)
    assert (response.kind, response.ms) == (kind, 500)


def test_key_is_timed_from_the_key(flow: Flow) -> None:
    (response,) = responses([KEY], witness(flow, event(KeyPressed, 1520, key="1"), spoken_at=1540), flow)
    assert (response.kind, response.ms) == ("key", 40)


def test_turn_nobody_heard_has_no_time(flow: Flow) -> None:
    (response,) = responses([WORDS], witness(flow, event(TimerFired, 1980, timer="noinput")), flow)
    assert (response.kind, response.ms) == ("unheard", None)


@pytest.mark.parametrize(
    "late",
    [event(TimerFired, 1980, timer="interdigit"), event(Played, 1980, effect=0, completed=True, played_ms=1)],
)
def test_prompt_that_something_else_brought_is_no_answer(flow: Flow, late: Event) -> None:
    (response,) = responses([WORDS], witness(flow, understood(1900, phrase="yes"), late), flow)
    assert (response.kind, response.ms) == ("waited", None)


def test_prompt_after_the_next_turn_belongs_to_that_one(flow: Flow) -> None:
    seen = witness(flow, understood(1800, phrase="yes"), event(KeyPressed, 1980, key="1"))
    later = Turn(place="screen.sight", kind="press", what="1", start_ms=1960, last_sound_ms=1960, end_ms=1960)
    first, second = responses([WORDS, later], seen, flow)
    assert first.ms is None
    assert (second.kind, second.ms) == ("key", 40)


def test_percentiles_are_times_that_were_measured() -> None:
    assert percentiles([]) == {"p50": None, "p95": None}
    assert percentiles([300]) == {"p50": 300, "p95": 300}
    assert percentiles(list(range(100, 2100, 100))) == {"p50": 1000, "p95": 1900}
