"""Afterwards: a call judged by its record once it is over, as one is that somebody followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.call.effects import Play
from nightbell.rehearsal.expectations import Evidence
from nightbell.rehearsal.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.flow.model import Flow
    from nightbell.records.port import CallRecord, Entry
    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.script import Script

__all__ = ["evidence_of", "marked"]


def evidence_of(
    script: Script, flow: Flow, record: CallRecord, journal: Sequence[Entry], *, turns: Sequence[Turn]
) -> Evidence:
    """Return what a call left behind.

    Args:
        script: what was played.
        flow: the version that the call was on.
        record: the call.
        journal: its entries.
        turns: what the caller did, in the caller's own time: close enough to the line's for what is judged here,
            which is the order of things and not how long they took.
    """
    witness = Witness(flow)
    for entry in journal:
        witness.happened(entry.event, entry.effects, entry.event.audio_ms)
        for effect in entry.effects:
            if isinstance(effect, Play):
                witness.speaking(effect.prompt, entry.event.audio_ms)
    witness.finish()
    return Evidence(
        script=script,
        witness=witness,
        turns=turns,
        unused=(),
        responses=(),
        disposition=record.disposition,
    )


def marked(records: Sequence[CallRecord], mark: str) -> CallRecord | None:
    """Return the call whose id ends with a mark, the newest; None where there is none yet, or it is still open."""
    return next((one for one in records if one.call.endswith(mark) and one.closed is not None), None)
