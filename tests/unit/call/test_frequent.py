"""Who calls often is told to people and screened like everybody: the call itself does not know it (R7)."""

from __future__ import annotations

import pytest

from nightbell.call.effects import Effect, Escalate
from nightbell.call.events import HistoryFound
from nightbell.call.memory import Memory
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow


def with_pain(*, frequent: bool) -> list[Effect]:
    """Play a caller whose skin hurts: menu, sight no, pain yes."""
    call = HandCall(small_flow())
    call.tell(HistoryFound, timed_out=False, frequent=frequent)
    call.until("reason")
    call.press("1")
    call.until("screen.sight")
    call.press("2")
    call.until("screen.pain")
    call.say("it hurts")
    return call.done


def test_a_frequent_caller_with_a_red_flag_is_d1_like_everybody() -> None:
    often = with_pain(frequent=True)
    assert [effect.disposition for effect in often if isinstance(effect, Escalate)] == [Disposition.D1]
    assert often == with_pain(frequent=False)


@pytest.mark.parametrize("name", ["frequent", "frequency", "caller_is_frequent"])
def test_a_call_remembers_nothing_of_it(name: str) -> None:
    assert not hasattr(Memory(), name)
