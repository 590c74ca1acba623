"""Figures of a triage run: what became of the callers, per row, level, cause and question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scripts.benches._triage_line import FLOWS, TEXT, company, flow_of
from scripts.figures import Figure

from nightbell.rehearsal.callers.tally import Share, by_row, causes, coverage, negatives, rule_of_three, wake_ups
from nightbell.rehearsal.callers.verdict import Verdict

__all__ = ["CLINICS", "COMPARATOR", "figures_of"]

CLINICS: Final = tuple(sorted(path.parent.name for path in FLOWS.glob("*/flow.yaml")))
COMPARATOR: Final = (
    "telephone triage by people was safe in 46 % of high-risk simulated patients (Huibers review, PMC3308461): "
    "there actors rang real services unannounced, here known phrasings in synthetic voices ring one known line"
)
NEGATIVE_PERCENT: Final = 5.0
"""Of the callers with nothing the matter at most so many have a person paged."""
_NO_MISS: Final = (TEXT, "20 dB")
"""Levels at which no red-flag caller may be missed."""
_TOLD: Final = 12
"""Causes and questions that are told one by one."""


def figures_of(verdicts: Sequence[Verdict], *, full: bool = False) -> list[Figure]:
    """Return the figures of a run.

    Args:
        verdicts: of all calls.
        full: the whole set was rung, so that the goals of the whole set hold.
    """
    levels = list(dict.fromkeys(verdict.level or TEXT for verdict in verdicts))
    found: list[Figure] = []
    for level in levels:
        found += _level([verdict for verdict in verdicts if (verdict.level or TEXT) == level], level, full=full)
    found += _coverage()
    found += _rows(verdicts)
    for cause, pages, needless in wake_ups(verdicts)[:_TOLD]:
        found.append(Figure(f"wake-ups by {cause}", pages, peer=f"{needless} of them needless"))
    found += _misses(verdicts)
    return found


def _level(verdicts: Sequence[Verdict], level: str, *, full: bool) -> list[Figure]:
    flagged = [verdict for verdict in verdicts if verdict.red_flag]
    sick = [verdict for verdict in verdicts if not verdict.negative]
    missed = Share(sum(verdict.missed for verdict in flagged), len(flagged))
    strict = 0 if level in _NO_MISS else None
    found = [
        Figure(f"red-flag calls, {level}", len(flagged), at_least=400 if full and level == "20 dB" else None),
        Figure(f"of these missed, {level}", missed.count, at_most=strict, peer=missed.interval),
        Figure(
            f"of these alone, without a person or the emergency words, {level}",
            sum(verdict.alone for verdict in flagged),
            at_most=0,
        ),
        Figure(f"all rows missed, {level}", sum(v.missed for v in sick), at_most=0 if level == TEXT else None),
        _over(sick, level),
    ]
    if flagged:
        safe = Share(len(flagged) - missed.count, len(flagged))
        found.append(
            Figure(f"safe, {level}", safe.percent, "%", peer=COMPARATOR if level == TEXT else safe.interval)
        )
    bound = rule_of_three(len(flagged))
    if bound is not None and missed.count == 0:
        words = "bounds the miss rate for these voices, not for the world, with 95 % confidence (rule of three)"
        found.append(Figure(f"no miss, {level}", bound, "%", peer=words))
    turns = sorted(v.first_turns for v in flagged if v.first_turns is not None)
    if turns:
        middle, most = turns[len(turns) // 2], turns[-1]
        found.append(
            Figure(f"turns from the first words to the page p50, {level}", middle, peer=f"{most} at most")
        )
    if level == "5 dB":
        served = [v for v in flagged if v.keys_only or v.paged or v.said_emergency]
        found.append(
            Figure(
                "noticed: to keys or to a person, 5 dB",
                Share(len(served), len(flagged)).percent,
                "%",
                at_least=100.0,
                peer=f"{sum(v.keys_only for v in flagged)} of {len(flagged)} went to keys",
            )
        )
    return found + _negatives(verdicts, level)


def _over(sick: Sequence[Verdict], level: str) -> Figure:
    over = Share(sum(verdict.over_triaged for verdict in sick), len(sick))
    return Figure(f"over-triaged, {level}", over.percent, "%", peer=over.interval)


def _negatives(verdicts: Sequence[Verdict], level: str) -> list[Figure]:
    share = negatives(verdicts)
    if not share.total:
        return []
    name = f"callers with nothing the matter who had a person paged, {level}"
    found = [Figure(name, share.percent, "%", at_most=NEGATIVE_PERCENT, peer=share.interval)]
    found += [Figure(f"by {cause}, {level}", count) for cause, count in causes(verdicts)[:_TOLD]]
    return found


def _coverage() -> list[Figure]:
    found = []
    for clinic in CLINICS:
        covered = coverage(flow_of(clinic), company().of(clinic))
        for what, share in (("any floor", covered.universals), ("their floor", covered.enough)):
            name = f"{clinic}: first words that universals alone take to {what}"
            found.append(Figure(name, share.percent, "%", peer=share.interval))
    return found


def _rows(verdicts: Sequence[Verdict]) -> list[Figure]:
    return [
        Figure(
            f"row {count.row}, {count.level}: missed",
            count.missed,
            peer=f"{count.tried} tried, {count.reached} reached the floor, {count.over_triaged} over-triaged",
        )
        for count in by_row(verdicts)
    ]


def _misses(verdicts: Sequence[Verdict]) -> list[Figure]:
    """List every miss with its cause and what the ears made of the words."""
    return [
        Figure(f"missed: {v.id} at {v.clinic}, {v.level or TEXT}", 1, peer=f"{v.why} ({v.voice or 'in writing'})")
        for v in verdicts
        if v.missed
    ]
