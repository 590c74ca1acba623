"""Making: the journal and the sound of a call, as a call script and a recording, redacted on the way out.

The caller's number and keyed numbers become numbers that are kept free for stories; a message that was left is
replaced by words of the caller audio, as long as it was. What was said to the flow's questions stays: it is what
is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nightbell.audio.frame import FRAME_MS, SAMPLES_PER_MS
from nightbell.call.effects import Escalate, RecordMessage, Transfer
from nightbell.call.events import (
    EscalationChanged,
    HistoryFound,
    HoursFound,
    HungUp,
    KeyPressed,
    MessageRecorded,
    Notified,
    PromiseMade,
    TransferEnded,
)
from nightbell.flow.proof.laying_out import as_yaml
from nightbell.rehearsal.callers.telephone import number_of
from nightbell.rehearsal.fingerprint import fingerprint
from nightbell.rehearsal.repro.keyed import pressed
from nightbell.rehearsal.repro.tones import heard_keys, overwritten
from nightbell.rehearsal.repro.whole import check_journal, whole_sound
from nightbell.terms.instant import Instant
from nightbell.terms.keys import AGAIN
from nightbell.terms.phone import PhoneNumber

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.compile import Plan
    from nightbell.call.events import Event
    from nightbell.records.port import CallRecord, Entry
    from nightbell.rehearsal.repro.keyed import Press

__all__ = ["Made", "make"]

_ANSWERS: Final = ("acknowledged", "exhausted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A call as a script."""

    script: dict[str, Any]
    sound: Samples
    effects: str
    """Fingerprint of what the call did."""
    redacted: tuple[str, ...]
    """What was taken out, in words."""

    @property
    def text(self) -> str:
        """The script's file."""
        return as_yaml(self.script)


def make(
    name: str,
    record: CallRecord,
    journal: Sequence[Entry],
    sound: Samples,
    *,
    country: str,
    stock: Samples | None,
    plan: Plan | None = None,
) -> Made:
    """Make a script of a call.

    Args:
        name: of the script and its recording.
        record: the call.
        journal: its entries.
        sound: what the line heard of the caller, from the call's first millisecond on.
        country: of the clinic, for a number that is nobody's.
        stock: words to put in the place of a message; None leaves silence there.
        plan: of the flow, so that what stands in for a keyed number leads the same way; None is not known.

    Raises:
        RecordsFailed: the call is not over, or its journal does not begin with its beginning.
        SessionError: its journal has gaps.
        AudioError: what was heard in it is not in the sound, or a keyed number cannot be taken out of it.
    """
    disposition = check_journal(record, journal)
    until_ms = max((entry.event.audio_ms for entry in journal if _did(entry.event)), default=0)
    whole = whole_sound(journal, sound, until_ms)
    keyed = pressed(journal, heard_keys(whole), PhoneNumber(number_of(country)).national_digits, plan)
    work = _Making(journal, whole.copy(), {press.seq: press for press in keyed}, stock)
    if any(press.taken for press in keyed):
        work.redacted.append("a number that was keyed")
    work.look()
    work.sound = overwritten(work.sound, whole, keyed)
    effects = fingerprint(effect for entry in journal for effect in entry.effects)
    script: dict[str, Any] = {
        "script": name,
        "about": f"A call that was taken on {record.started.datetime():%Y-%m-%d}, {disposition.value}.",
        "tier": "audio",
        "now": str(Instant(journal[0].event.at_utc)),
    }
    if record.caller is not None:
        script["caller"] = {"number": number_of(country)}
        work.redacted.insert(0, "the caller's number")
    if work.fakes:
        script["fakes"] = work.fakes
    script["replay"] = {"sound": name, "keys": work.keys} | (
        {"hang_up": _seconds(work.down)} if work.down is not None else {}
    )
    script["expect"] = {
        "disposition": disposition.value,
        "ended": record.reason or "end",
        "effects": effects,
    }
    return Made(script=script, sound=work.sound, effects=effects, redacted=tuple(dict.fromkeys(work.redacted)))


def _did(event: Event) -> bool:
    """Tell whether it is something that the script will have done at its time."""
    return isinstance(event, KeyPressed) or (isinstance(event, HungUp) and event.by == "caller")


@dataclass
class _Making:
    journal: Sequence[Entry]
    sound: Samples
    keyed: Mapping[int, Press]
    stock: Samples | None
    keys: list[dict[str, str]] = field(default_factory=list)
    fakes: dict[str, Any] = field(default_factory=dict)
    down: int | None = None
    redacted: list[str] = field(default_factory=list)
    asked: dict[int, int] = field(default_factory=dict)
    """Pages and transfers, and when they were asked for."""
    message: int = 0

    def look(self) -> None:
        """Go through the journal once."""
        for entry in self.journal:
            self._happened(entry.event)
            for effect in entry.effects:
                match effect:
                    case Escalate() | Transfer():
                        self.asked[effect.n] = entry.event.audio_ms
                    case RecordMessage():
                        self.message = entry.event.audio_ms
                    case _:
                        pass

    def _happened(self, event: Event) -> None:
        match event:
            case KeyPressed(source="event"):
                self._press(event, self.keyed[event.seq].instead)
            case MessageRecorded():
                self._message(self.message, event.audio_ms)
                if event.ended_by == "key":
                    self._press(event, AGAIN)  # the journal tells it as the end of the message alone
            case HungUp(by="caller"):
                self.down = max(event.audio_ms - FRAME_MS, 0)
            case EscalationChanged(status="failed"):
                self.fakes["escalation"] = {"failed": True}
            case EscalationChanged() if event.status in _ANSWERS and event.effect in self.asked:
                after = event.audio_ms - self.asked[event.effect]
                self.fakes.setdefault("escalation", {f"{event.status}_after": _seconds(after)})
            case TransferEnded() if event.effect in self.asked:
                outcome = "failed" if event.outcome == "hangup" else event.outcome
                after = event.audio_ms - self.asked[event.effect]
                self.fakes["transfer"] = {"outcome": outcome, "after": _seconds(after)}
            case _:
                self.fakes |= dict(_world(event))

    def _press(self, event: Event, key: str) -> None:
        self.keys.append({"at": _seconds(max(event.audio_ms - FRAME_MS, 0)), "key": key})

    def _message(self, start_ms: int, end_ms: int) -> None:
        start, end = start_ms * SAMPLES_PER_MS, min(end_ms * SAMPLES_PER_MS, len(self.sound))
        if end <= start or not self.sound[start:end].any():
            return
        self.redacted.append("a message that was left")
        self.sound[start:end] = _over(self.sound[start:end], self.stock)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}s" if ms % 1000 == 0 else f"{ms / 1000:.3f}s"


def _over(words: Samples, stock: Samples | None) -> Samples:
    """Return other words in the place of some, where those were; silence where there are none to put."""
    put = np.zeros_like(words)
    if stock is None or not len(stock):
        return put
    loud = np.flatnonzero(np.abs(words) > np.abs(words).max() // 10)
    first, last = int(loud[0]), int(loud[-1]) + 1
    put[first:last] = np.resize(stock, last - first)
    return put


def _world(event: object) -> Iterator[tuple[str, Any]]:
    match event:
        case HistoryFound(timed_out=False):
            past: dict[str, Any] = {
                name: getattr(event, name)
                for name in ("contacts_96h", "filler_contacts_96h", "silent_96h")
                if getattr(event, name)
            }
            past |= {
                name: getattr(event, name)
                for name in ("treated_14d", "filler_14d")
                if getattr(event, name) != "unknown"
            }
            if past:
                yield "history", past
        case HoursFound():
            yield "hours", "failed" if event.timed_out else event.hours
        case PromiseMade(timed_out=True):
            yield "promise", "failed"
        case Notified(ok=False):
            yield "notify", "failed"
        case _:
            return
