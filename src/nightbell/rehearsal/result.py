"""Result: what came of one script. It judges by ``expectations`` and shows nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nightbell.rehearsal.expectations import Evidence, Failure, judge
from nightbell.rehearsal.known import settle
from nightbell.rehearsal.script import SILENT
from nightbell.rehearsal.timing import Response, percentiles

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.witness import Page, Said, Understood
    from nightbell.terms.disposition import Disposition

__all__ = ["CallResult", "result_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What came of one script."""

    script: Script
    disposition: Disposition | None
    states: tuple[str, ...]
    failures: tuple[Failure, ...]
    excused: tuple[Failure, ...]
    """Known to fail, and not out of date."""
    moves: tuple[tuple[str, str], ...]
    """Steps with the outcome by which each was left."""
    drove: tuple[str, ...]
    """For each move, what was said that led to it: a recording or words; "" where it was not words."""
    turns: tuple[Turn, ...]
    said: tuple[Said, ...]
    understood: tuple[Understood, ...]
    responses: tuple[Response, ...]
    pages: tuple[Page, ...]
    audio_ms: int
    recording: Path | None
    """None for a call in writing, and where nothing is kept."""
    journal: Path | None
    """None where nothing is kept."""
    lost: tuple[str, ...] = ()
    """What the caller said or pressed where what carried the call could not hear it."""
    measured_db: float | None = None
    """Words over noise, as ``sweep.measuring`` has it; None without noise."""
    blame: Literal["", "ear", "flow", "recording", "unknown"] = ""
    """What a call that failed with sound is laid to, once it was played again in writing."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.failures

    @property
    def not_judged(self) -> tuple[str, ...]:
        """What its script expects and this tier cannot tell: it needs sound."""
        expect = self.script.expect
        if self.script.tier not in SILENT:
            return ()
        known, met = self.script.known, {failure.kind for failure in self.excused}
        wanted = {
            "prompts_heard": expect.prompts_heard,
            "answered_within": expect.answered_within_ms is not None,
            "known_failure": known is not None and self.script.said and not met.issuperset(known.kinds),
        }
        return tuple(name for name, there in wanted.items() if there)

    @property
    def response_ms(self) -> dict[str, int | None]:
        """p50 and p95 over all turns with a time."""
        return percentiles([response.ms for response in self.responses if response.ms is not None])

    @property
    def response_ms_by_kind(self) -> dict[str, dict[str, int | None]]:
        """The same for each kind of turn."""
        times: dict[str, list[int]] = defaultdict(list)
        for response in self.responses:
            if response.ms is not None:
                times[response.kind].append(response.ms)
        return {kind: percentiles(found) for kind, found in sorted(times.items())}


def result_of(
    evidence: Evidence,
    *,
    today: date,
    audio_ms: int,
    journal: Path | None,
    recording: Path | None = None,
    lost: tuple[str, ...] = (),
) -> CallResult:
    """Judge what a call left behind."""
    script = evidence.script
    heard = script.tier not in SILENT or not script.said
    failures, excused = settle(judge(evidence), script.known, today, heard=heard)
    return CallResult(
        script=evidence.script,
        disposition=evidence.disposition,
        states=tuple(evidence.witness.states),
        failures=failures,
        excused=excused,
        moves=tuple(evidence.witness.moves),
        drove=_drove(evidence),
        turns=tuple(evidence.turns),
        said=tuple(evidence.witness.said),
        understood=tuple(evidence.witness.understood),
        responses=tuple(evidence.responses),
        pages=tuple(evidence.witness.pages),
        audio_ms=audio_ms,
        recording=recording,
        journal=journal,
        lost=lost,
        measured_db=evidence.measured_db,
    )


def _drove(evidence: Evidence) -> tuple[str, ...]:
    said = [turn for turn in evidence.turns if turn.kind == "say"]

    def what(end_ms: int | None) -> str:
        began = [turn for turn in said if end_ms is not None and turn.start_ms <= end_ms]
        return began[-1].what if began else ""

    return tuple(what(end_ms) for end_ms in evidence.witness.words_ms)
