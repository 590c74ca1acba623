"""A clinic's own emergency number, keyed or said as a whole entry, is the emergency: 111 in New Zealand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.effects import Escalate
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import small_flow


def at_number(country: str, emergency: str) -> HandCall:
    flow = small_flow()
    clinic = replace(flow.clinic, country=country, emergency=emergency)
    call = HandCall(replace(flow, clinic=clinic, hash=emergency.zfill(64)), caller=None)
    call.until("reason")
    call.session.memory.step = "number.entry"
    call.until("number.entry")
    return call


def is_nine(call: HandCall) -> bool:
    return call.session.memory.step == "~nine"


@pytest.mark.parametrize(
    ("country", "emergency", "entry", "meant"),
    [
        ("GB", "999", "999", True),
        ("GB", "999", "111", False),
        ("NZ", "111", "111", True),
        ("NZ", "111", "999", True),
        ("NZ", "111", "1111", False),
        ("AU", "000", "000", True),
        ("AU", "000", "111", False),
        ("US", "911", "911", True),
        ("US", "911", "111", False),
    ],
)
@pytest.mark.parametrize("how", ["hash", "pause", "speech"])
def test_the_whole_entry(country: str, emergency: str, entry: str, how: str, meant: bool) -> None:  # noqa: FBT001
    call = at_number(country, emergency)
    if how == "speech":
        said = " ".join({"0": "zero", "1": "one", "9": "nine"}[digit] for digit in entry)
        call.mutter(said, cause="open")
    else:
        call.press(*entry, *("#" if how == "hash" else ""))
        if how == "pause":
            call.wait("interdigit")
    assert is_nine(call) is meant
    assert not any(isinstance(effect, Escalate) for effect in call.done)  # the offer to take it back comes first


def test_ones_at_a_menu_are_a_choice_everywhere() -> None:
    call = at_number("NZ", "111")
    call.session.memory.step = "reason"
    call.press("1")
    assert call.session.memory.step == "screen.sight"
