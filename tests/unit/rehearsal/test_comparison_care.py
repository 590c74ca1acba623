"""Who comes to help later, waits longer or is not told what must be heard is worse off; and what harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.rehearsal.comparing import change, compared, two_versions
from tests.unit.rehearsal.test_comparison import BOOKING

from nightbell.rehearsal.comparison.care import better_off, compare_care
from nightbell.rehearsal.comparison.traits import Traits
from nightbell.terms.disposition import Disposition

PALE = """\
script: pale
about: White skin; a person takes the page.
tier: text
fakes: {escalation: {acknowledged_after: 30s}}
answers:
  reason: {press: "1"}
  sight.vision: {press: "2"}
  sight.colour: {press: "1", red_flag: true}
expect: {disposition: D1, red_flag: true}
"""
NOBODY = """\
script: nobody
about: White skin, and nobody takes the page.
tier: text
limit: 10m
answers:
  reason: {press: "1"}
  sight.vision: {press: "2"}
  sight.colour: {press: "1", red_flag: true}
default: {press: "1"}
expect: {at_least: D4, red_flag: true}
"""
NINE = """\
script: nine
about: Presses nine and means it.
tier: text
answers:
  opening: {press: "9", barge_in_ms: 1500, red_flag: true}
  hold: {hang_up: true}
expect: {at_least: DU, red_flag: true}
"""
HOLD = "Stay on the line. Keep someone with you. Press nine if it gets worse."
EMERGENCY = "Hang up and dial {{ emergency_spoken }} now."


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    return two_versions(tmp_path, pale=PALE, nobody=NOBODY, nine=NINE, booking=BOOKING)


@pytest.mark.parametrize(
    ("was", "now", "script", "told"),
    [
        (EMERGENCY, "Take a rest now.", "nine", "prompt: emergency says to dial the emergency number no more"),
        (
            EMERGENCY,
            "There is no need to hang up and dial {{ emergency_spoken }} now.",
            "nine",
            "prompt: emergency is the emergency words, and says now: no",
        ),
        ("limit: 90s", "limit: 110s", "nobody", "timing: who waits is told what comes next 20.0 s later"),
        ("limit: 90s", "limit: 900s", "nobody", "action: who waits is told nothing more: the call ends on hold"),
        ("yes: D1,", "yes: D2,", "pale", "action: a person is asked for as urgently as D1 no more"),
        (
            "acknowledged: put_through",
            "acknowledged: number",
            "pale",
            "prompt: once a person has taken the call (number, put_through before), it does not say",
        ),
        (HOLD, "Goodbye.", "pale", "prompt: hold holds, and does not say any more: stay, line, keep, someone"),
        ("      must_hear: true\n", "", "pale", "prompt: opening must be heard, and can be cut off now"),
        ("trouble breathing, chest pain or", "trouble breathing or", "pale", "prompt: opening must be heard, and"),
        (
            "Thank you. If it gets worse, go to {{ emergency_department }}.",
            "Thank you.",
            "booking",
            "prompt: the last words do not name any more: emergency department",
        ),
    ],
)
def test_less_safe(versions: tuple[Path, Path], was: str, now: str, script: str, told: str) -> None:
    old, new = versions
    change(new, was, now)
    code, kinds, said = compared(old, new, script)
    assert (code, kinds[script]) == (1, "less_safe"), said
    assert [line for line in said[script] if line.startswith(f"-1 {told}")], said[script]


@pytest.mark.parametrize(
    ("was", "now", "kinds"),
    [
        ("Are you worried about a treatment?", "Does a treatment worry you?", "different different same"),
        (HOLD, HOLD.replace("on the line", "on the line with us"), "different different different"),
        (EMERGENCY, EMERGENCY.replace("Hang up", "Please hang up"), "same same different"),
        ("yes: D1,", "yes: D0,", "safer safer same"),
        ("limit: 90s", "limit: 60s", "same different same"),
        ("say: You are being put through.", "say: You are being put through to us now.", "different same same"),
        ("{{ promise_who }} will ring you from", "Then {{ promise_who }} rings you from", "same different same"),
    ],
)
def test_harmless(versions: tuple[Path, Path], was: str, now: str, kinds: str) -> None:
    old, new = versions
    change(new, was, now)
    code, found, said = compared(old, new)
    assert (code, f"{found['pale']} {found['nobody']} {found['nine']}") == (0, kinds), said


def test_a_hold_that_is_never_over_makes_no_call_safer_by_its_ring_backs(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, "limit: 90s", "limit: 900s")
    _, _, said = compared(old, new, "nobody")
    assert [line for line in said["nobody"] if line.startswith("+0 action: 0 ring-backs before, 3 now")]
    assert not [line for line in said["nobody"] if line.startswith("+1")]


def test_words_that_somebody_has_read_pass_but_not_without_the_number(versions: tuple[Path, Path]) -> None:
    old, new = versions
    change(new, HOLD, "Wait with somebody beside you. Press nine when it is worse.")
    assert compared(old, new, "pale")[0] == 1
    assert compared(old, new, "pale", "--reworded", "hold")[:2] == (0, {"pale": "different"})
    change(new, EMERGENCY, "Take a rest now.")
    assert compared(old, new, "nine", "--reworded", "hold", "--reworded", "emergency")[0] == 1


def traits(
    disposition: Disposition,
    *pages: tuple[Disposition, int],
    promised_ms: int | None = None,
    asked_ms: int = 0,
    notices: tuple[str, ...] = (),
) -> Traits:
    return Traits(
        disposition=disposition,
        states=(),
        results=(),
        prompts=(),
        actions=(),
        pages=pages,
        emergency_ms=None,
        emergency_done=False,
        told=(),
        hold_ms=0,
        led_off_ms=None,
        taken=False,
        put_through=False,
        closed="end",
        ring_backs=0,
        length_ms=0,
        promised_ms=promised_ms,
        asked_ms=asked_ms,
        notices=notices,
    )


@pytest.mark.parametrize(
    ("was", "now", "weighs"),
    [
        ("DM", "D1", -1),
        ("D1", "DM", 0),
        ("D2", "DU", -1),
        ("DU", "D2", 0),
        ("D5", "DU", 0),
        ("D3", "DU", 0),
        ("DM", "D0", 1),
        ("D0", "DM", -1),
        ("DU", "D1", 1),
        ("D1", "D2", -1),
        ("D4", "D3", 1),
    ],
)
def test_a_change_of_kind_is_no_change_of_rank(was: str, now: str, weighs: int) -> None:
    old, new = traits(Disposition(was)), traits(Disposition(now))
    assert [shift.weighs for shift in compare_care(old, new, 1000)] == [weighs]
    assert better_off(old, new) == (weighs == 1)


@pytest.mark.parametrize(
    ("old", "new", "weights"),
    [
        ([("D1", 10)], [("D2", 5), ("D1", 80)], [1, -1]),
        ([("D1", 10)], [("D2", 10)], [-1]),
        ([("D2", 10)], [("D1", 10)], [1]),
        ([("D2", 10), ("D0", 20)], [("D0", 10)], [1]),
        ([("D1", 10)], [("D1", 10), ("D0", 30)], [1]),
        ([("D1", 10)], [("DM", 10)], []),
    ],
)
def test_a_page_counts_by_its_urgency(
    old: list[tuple[str, int]], new: list[tuple[str, int]], weights: list[int]
) -> None:
    was, now = (
        traits(Disposition.D1, *((Disposition(page), at_s * 1000) for page, at_s in pages)) for pages in (old, new)
    )
    assert [shift.weighs for shift in compare_care(was, now, 1000)] == weights


MINUTE = 60_000


@pytest.mark.parametrize(
    ("was", "now", "weights"),
    [
        ((10, 0), (11, 0), []),
        ((10, 0), (12, 0), [-1]),
        ((10, 0), (5, 0), [0]),
        ((10, 0), (60, 0), [-1]),
        ((30, 1), (35, 2), []),
        ((30, 1), (40, 2), [-1]),
        ((30, 0), (None, 0), [-1]),
        ((None, 0), (30, 0), []),
    ],
)
def test_a_later_promise_is_less_safe_but_for_what_rounding_makes_of_a_longer_call(
    was: tuple[int | None, int], now: tuple[int | None, int], weights: list[int]
) -> None:
    old, new = (
        traits(Disposition.D2, promised_ms=None if by is None else by * MINUTE, asked_ms=asked * MINUTE)
        for by, asked in (was, now)
    )
    assert [shift.weighs for shift in compare_care(old, new, 1000)] == weights


def test_an_urgent_end_excuses_a_lost_promise_and_no_later_one() -> None:
    old = traits(Disposition.D4, promised_ms=10 * MINUTE)
    weights = [
        [shift.weighs for shift in compare_care(old, traits(Disposition.D1, promised_ms=by), 1000)]
        for by in (None, 60 * MINUTE)
    ]
    assert weights == [[1, 0], [1, -1]]


def test_a_message_that_nobody_gets_is_less_safe_unless_the_call_comes_to_more_care() -> None:
    old = traits(Disposition.D5, notices=("morning_list",))
    page = (Disposition.D1, 1000)
    found = [
        [(shift.by, shift.weighs) for shift in compare_care(old, new, 1000) if "message" in shift.told]
        for new in (
            traits(Disposition.D5),
            traits(Disposition.D5, page),
            traits(Disposition.D5, notices=("day_list",)),
            traits(Disposition.D5, notices=("morning_list", "morning_list")),
        )
    ]
    assert found == [[("action", -1)], [("action", 0)], [], []]
