"""What a transcript says of a call's effects."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nightbell.call.effects import RingBack
from nightbell.call.events import HungUp
from nightbell.rehearsal.transcript import Transcript


@pytest.mark.parametrize(("times", "words"), [(1, "to be rung back, once"), (3, "to be rung back, up to 3 times")])
def test_how_often_a_caller_is_rung_back(times: int, words: str) -> None:
    console = Console(file=io.StringIO(), record=True, width=100)
    effect = RingBack(call="one", n=1, times=times, within_ms=60_000, then="page", number=None)
    ended = HungUp(clinic="harbour", call="one", seq=1, at_utc=0, audio_ms=0, by="caller")
    Transcript(console).happened(ended, (effect,), 0)
    assert words in console.export_text()
