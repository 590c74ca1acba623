"""What following calls through their tables has found in the session, so that it stays found."""

from __future__ import annotations

from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow


def test_a_correction_under_the_nine_lets_the_words_stand_and_the_nine_is_meant() -> None:
    call = HandCall(small_flow())
    call.until("reason")
    call.say("worried")
    call.until("screen.sight")
    call.say("no")
    call.press("9")
    call.say("yes", start_ms=call.audio_ms)  # "no ... wait, yes", and the 9 in between

    assert call.session.memory.nine == ""
    assert call.session.floor is Disposition.D0
    assert call.session.memory.step == "~nine"
    for _ in range(3):
        call.prompt_ends()
        call.press("1")
    assert call.session.floor is Disposition.D0
