"""Whole: whether the records hold all of a call - every entry, its time, and the sound of what was heard in it.

A script of half a call would pass for the whole one. It looks for gaps, not for altered entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.edges import length_ms
from nightbell.audio.frame import SAMPLES_PER_MS
from nightbell.call.events import CallStarted, Heard, MessageRecorded
from nightbell.errors import AudioError, RecordsFailed, SessionError
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.call.events import Event
    from nightbell.records.port import CallRecord, Entry
    from nightbell.terms.disposition import Disposition

__all__ = ["check_journal", "whole_sound"]

_LATE_MS: Final = 1000
"""So long before the end of what was heard a recording may end: a last second that was not kept."""


def check_journal(record: CallRecord, journal: Sequence[Entry]) -> Disposition:
    """Hold a journal against its call; return how the call ended.

    Raises:
        RecordsFailed: the call is not over, or its journal does not begin with its beginning.
        SessionError: entries are missing from it, or its times are none.
    """
    if record.disposition is None or not journal or not isinstance(journal[0].event, CallStarted):
        raise RecordsFailed("the call is not over, or its journal is not whole", provider="records")
    there = {entry.event.seq for entry in journal}
    if missing := [seq for seq in range(record.last_seq + 1) if seq not in there]:
        entries = f"entr{'y' if len(missing) == 1 else 'ies'} {', '.join(_runs(missing))}"
        raise SessionError(
            f"the journal of this call lacks {entries} of 0 to {record.last_seq}",
            hint="a script of the rest would be another call; take the records from a backup",
        )
    try:
        record.started.datetime()
        str(Instant(journal[0].event.at_utc))
    except (TypeError, ValueError, OverflowError) as error:
        raise SessionError(
            "the record of this call holds no time at which it began", hint="take the records from a backup"
        ) from error
    return record.disposition


def whole_sound(journal: Iterable[Entry], sound: Samples, until_ms: int) -> Samples:
    """Return a call's sound, silent from its end to the last that the caller did.

    Args:
        journal: the call's entries.
        sound: what the line heard of the caller, from the call's first millisecond on.
        until_ms: the caller's last key, or the hang-up.

    Raises:
        AudioError: what was heard in the call is not in it.
    """
    heard_ms = max((_heard_ms(entry.event) for entry in journal), default=0)
    if length_ms(sound) + _LATE_MS < heard_ms:
        ends, heard = (f"{ms / 1000:.1f} s" for ms in (length_ms(sound), heard_ms))
        raise AudioError(
            f"the recording ends at {ends}, and the caller was heard until {heard}",
            hint="a script of the rest would be another call; take the whole recording",
        )
    if heard_ms and not sound.any():
        raise AudioError("the caller was heard, and the recording is silent", hint="it is not that of this call")
    return np.pad(sound, (0, max(until_ms * SAMPLES_PER_MS - len(sound), 0)))


def _heard_ms(event: Event) -> int:
    match event:
        case Heard() if event.phrase or event.text or event.open_text:
            return event.end_ms or event.audio_ms
        case MessageRecorded() if event.speech_ms:
            return event.audio_ms
        case _:
            return 0


def _runs(numbers: Sequence[int]) -> Iterable[str]:
    first = numbers[0]
    for number, following in pairwise([*numbers, -1]):
        if following != number + 1:
            yield f"{first} to {number}" if number > first else f"{number}"
            first = following
