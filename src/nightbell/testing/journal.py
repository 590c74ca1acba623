"""A made-up journal: one call's events with their effects, with every kind of row in it.

It fits no flow and no session: it is for testing what keeps events, not what understands them.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from nightbell.call.effects import Answer, Effect, Escalate, Notify, Play, RingBack
from nightbell.call.events import CallStarted, EscalationChanged, Event, KeyPressed, PromiseMade
from nightbell.terms.disposition import Disposition

__all__ = ["T0", "Journal", "key_pressed", "made_up_journal"]

T0: Final = 1_790_000_000_000
"""When the call began, UTC milliseconds."""
Journal: TypeAlias = tuple[tuple[Event, tuple[Effect, ...]], ...]


def made_up_journal(call: str) -> Journal:
    """Return the journal of a call that escalates, promises, notifies and rings back, and is still open.

    Number 2 escalates; the effects are numbered without a gap.
    """
    started = CallStarted(
        clinic="rosewood",
        call=call,
        seq=0,
        at_utc=T0,
        audio_ms=0,
        flow="f1",
        line="scripted",
        caller="+441632960001",
        called="100",
    )
    ringing = EscalationChanged(
        clinic="rosewood", call=call, seq=3, at_utc=T0 + 3, audio_ms=60, status="ringing", effect=3
    )
    promised = PromiseMade(
        clinic="rosewood",
        call=call,
        seq=5,
        at_utc=T0 + 5,
        audio_ms=100,
        timed_out=False,
        who="a clinician",
        from_number="100",
        by_utc=T0 + 600_000,
        by_spoken="ten tonight",
    )
    page = Escalate(call=call, n=3, disposition=Disposition.D1, state="screen", question="pain", row="3")
    note = Notify(call=call, n=5, channel="desk", template="message", number=None)
    ring_back = RingBack(call=call, n=8, times=3, within_ms=600_000, then="page", number=None)
    return (
        (started, (Answer(call=call, n=0), _play(call, 1))),
        (key_pressed(call, 1), (_play(call, 2),)),
        (key_pressed(call, 2), (page, _play(call, 4))),
        (ringing, ()),
        (key_pressed(call, 4, "2"), (note, _play(call, 6))),
        (promised, (_play(call, 7),)),
        (key_pressed(call, 6, "2"), (ring_back,)),
        *((key_pressed(call, seq, "3"), (_play(call, seq + 2),)) for seq in range(7, 12)),
    )


def key_pressed(call: str, seq: int, key: str = "1") -> KeyPressed:
    """Return a pressed key as event ``seq`` of a call."""
    return KeyPressed(clinic="rosewood", call=call, seq=seq, at_utc=T0 + seq, audio_ms=seq * 20, key=key)


def _play(call: str, n: int) -> Play:
    return Play(call=call, n=n, prompt=f"p{n}", segments=(), bargein="speech", state="screen", question="pain")
