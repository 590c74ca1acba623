"""Casting: which call scripts can be played from the phone page, whose handset stands for everybody on call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nightbell.rehearsal.tiers import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.rehearsal.script import Script

__all__ = ["cast_by_page"]


def cast_by_page(
    played: Sequence[Script], left_out: Sequence[LeftOut]
) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Return which of the scripts that a line can play the page can, and all that it cannot."""
    refused = {script.name: why for script in played if (why := _refusal(script))}
    return (
        tuple(script for script in played if script.name not in refused),
        (*left_out, *(LeftOut(script, refused[script.name]) for script in played if script.name in refused)),
    )


def _refusal(script: Script) -> str:
    fakes = script.fakes
    if fakes.exhausted_after_ms is not None:
        return "when nobody is left to ask is the ladder's to say, which the page's handset climbs in its own time"
    if fakes.transfer in {"busy", "failed"}:
        return f"the page's handset is taken or not: it is never {fakes.transfer}"
    return ""
