"""Forty nights of kills, full disks, stepped clocks and lying carriers lose nothing; planted bugs are found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.faults.memory import in_memory
from tests.faults.planted import BUGS

from nightbell.terms.disposition import Disposition
from nightbell.testing.nights.plan import Caller, Fault, NightPlan, night_plan
from nightbell.testing.nights.run import Verdict, nights

NIGHTS = 40
AT_ONCE = 8
"""Most of a night is waiting."""


@pytest.fixture(scope="module")
def good() -> dict[str, list[Verdict]]:
    """Play the nights that hold no bug side by side, so that the last of some are not waited for by idle cores."""
    traps = [replace(plan, seed=number) for number, plan in enumerate(TRAPS.values())]
    forty = [night_plan(seed) for seed in range(NIGHTS)]
    with in_memory("nights-") as folder:
        verdicts = nights([*traps, *forty], folder, at_once=AT_ONCE)
    return {"traps": verdicts[: len(traps)], "forty": verdicts[len(traps) :]}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_forty_nights_of_faults_lose_nothing(good: dict[str, list[Verdict]]) -> None:
    verdicts = good["forty"]
    assert {verdict.seed: verdict.breaches for verdict in verdicts if verdict.breaches} == {}
    assert len(verdicts) == NIGHTS
    assert sum(verdict.rings for verdict in verdicts) > NIGHTS
    assert sum(verdict.starts for verdict in verdicts) > 2 * NIGHTS


def one(disposition: Disposition = Disposition.D1, at: float = 0.1) -> Caller:
    return Caller(call="b", after_s=at, disposition=disposition)


QUIET = NightPlan(seed=1, callers=(one(),), honest_after=3, outcomes=("no_answer",))
FROZEN = tuple(
    replace(QUIET, honest_after=9, faults=(Fault(after_s=after_s, kind="freeze"),))
    for after_s in (0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
)
"""Frozen at several moments: one that wakes up amid a rung writes what it should not."""
TRAPS: dict[str, NightPlan] = {
    "commit_after_send": QUIET,
    "wall_clock": replace(QUIET, faults=(Fault(after_s=0.3, kind="step", step_ms=3_600_000),)),
    "copies_in_memory": replace(QUIET, faults=(Fault(after_s=30.0, kind="kill_at", point="rung"),)),
    "shared_executor": replace(QUIET, faults=(Fault(after_s=0.5, kind="kill"),)),
    "nothing_resumed": replace(QUIET, faults=(Fault(after_s=30.0, kind="kill_at", point="written"),)),
    "answered_is_taken": replace(QUIET, outcomes=("lie",)),
    "key_not_written": replace(QUIET, honest_after=1, settle_s=30.0),
    "rings_on": replace(QUIET, scale=6.0, honest_after=1, outcomes=("slow",)),
    "rung_left_out": QUIET,
    "rung_too_early": QUIET,
    "second_owner": replace(QUIET, honest_after=9, outcomes=("double",)),
    "rows_not_looked_at": QUIET,
    "nothing_taken_over": replace(QUIET, faults=(Fault(after_s=30.0, kind="kill_at", point="rung"),)),
    "no_fence": FROZEN[0],
    "number_in_a_message": QUIET,
}
"""For each bug a night in which it shows."""


def test_every_bug_has_its_night() -> None:
    assert set(TRAPS) == set(BUGS)
    assert len(BUGS) >= 10


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_nights_of_the_bugs_are_good_nights_without_them(good: dict[str, list[Verdict]]) -> None:
    verdicts = good["traps"]
    assert {verdict.seed: verdict.breaches for verdict in verdicts if verdict.breaches} == {}
    assert len(verdicts) == len(TRAPS)


@pytest.fixture(scope="module")
def buggy() -> dict[str, tuple[str, ...]]:
    """Play each bug's nights with that bug in them, side by side; return bug to what was found in any of them."""
    played = [(bug, plan) for bug, trap in TRAPS.items() for plan in (FROZEN if trap is FROZEN[0] else (trap,))]
    with in_memory("nights-") as folder:
        verdicts = nights(
            [replace(plan, seed=number) for number, (_, plan) in enumerate(played)],
            folder,
            at_once=AT_ONCE,
            plants=[BUGS[bug] for bug, _ in played],
        )
    found: dict[str, tuple[str, ...]] = {}
    for (bug, _), verdict in zip(played, verdicts, strict=True):
        found[bug] = found.get(bug, ()) + verdict.breaches
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("bug", list(BUGS))
def test_a_planted_bug_is_found(bug: str, buggy: dict[str, tuple[str, ...]]) -> None:
    assert buggy[bug] != ()
    assert not any("the night broke" in breach for breach in buggy[bug])
