"""Expectations: what a call showed against what its script asserts, and the guards against a false green.

A closed list of failure kinds; a call passes when none applies. Guards hold for every script, whatever it asserts:
a caller nobody heard, a prompt without sound, an answer never asked for, a call without an end of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from nightbell.call.events import HungUp, SpeechStarted
from nightbell.rehearsal.danger import unanswered
from nightbell.rehearsal.eventually import missed

if TYPE_CHECKING:
    from nightbell.rehearsal.aloud import Aloud, Sound
    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.timing import Response
    from nightbell.rehearsal.witness import Witness
    from nightbell.terms.disposition import Disposition

__all__ = ["Evidence", "Failure", "FailureKind", "judge"]

_SILENT_DBFS: Final = -50.0
"""A prompt whose loudest sample stays under this cannot be heard on a telephone."""
_SHORTEST_MS: Final = 200
"""Prompts cut sooner than this may still be in their leading silence."""
_HEARD_WITHIN_MS: Final = 4000
"""An utterance is understood at the latest this long after its last sound: pause and decoding."""


class FailureKind(StrEnum):
    """Why a call failed."""

    DISPOSITION = "disposition"
    NOT_PAGED = "not_paged"
    LATE_PAGE = "late_page"
    PAGED_NEEDLESSLY = "paged_needlessly"
    STATES_ORDER = "states_order"
    FORBIDDEN_STATE = "forbidden_state"
    EVENTUALLY = "eventually"
    RING_BACKS = "ring_backs"
    FINAL_STATE = "final_state"
    EMERGENCY_WORDS = "emergency_words"
    TURNS = "turns"
    HEARD_OTHERWISE = "heard_otherwise"
    HEARD_NOTHING = "heard_nothing"
    PROMPT_SILENT = "prompt_silent"
    PROMPT_UNHEARD = "prompt_unheard"
    TURN_UNUSED = "turn_unused"
    TIMING = "timing"
    NO_END = "no_end"
    REPLAY = "replay"
    CRASHED = "crashed"
    PATH = "path"
    EFFECTS = "effects"
    KNOWN_EXPIRED = "known_expired"
    KNOWN_MENDED = "known_mended"


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason."""

    kind: FailureKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a call left behind."""

    script: Script
    witness: Witness
    turns: Sequence[Turn]
    unused: Sequence[str]
    responses: Sequence[Response]
    disposition: Disposition | None
    """None when the call did not end by itself."""
    loudest_dbfs: Callable[[int, int], float] | None = None
    """Peak of what the line said between two audio times; None on a line without sound."""
    sound: Sound | None = None
    """What the line said between two audio times; None on a line without sound."""
    aloud: Sequence[Aloud] | None = None
    """The prompts that were listened to; None where nobody listened."""
    measured_db: float | None = None
    """Words over noise, as ``sweep.measuring`` has it; None without noise. It judges nothing."""
    muted: bool = False
    """The caller's words were taken away."""
    crash: str = ""


def judge(evidence: Evidence) -> tuple[Failure, ...]:
    """Return every reason why the call fails; none is a pass."""
    if evidence.crash:
        return (Failure(FailureKind.CRASHED, evidence.crash),)
    checks = (
        _end,
        _disposition,
        _closing,
        _way,
        _effects,
        _pages,
        _states,
        _eventually,
        _ring_backs,
        _turns,
        _heard,
        _ears,
        _prompts,
        _aloud,
        _unused,
        _times,
    )
    return tuple(failure for check in checks for failure in check(evidence))


def _end(evidence: Evidence) -> Iterable[Failure]:
    witness = evidence.witness
    ended = [event.by for event in witness.events if isinstance(event, HungUp)]
    if ended and ended[-1] == "line":
        yield Failure(FailureKind.NO_END, f"the line gave up after {witness.position_ms // 1000} s")
    if len(witness.closes) != 1:
        yield Failure(FailureKind.NO_END, f"{len(witness.closes)} dispositions were stored, one is wanted")
    planned = {said.prompt for said in witness.said}
    stray = [spoke.prompt for spoke in witness.spoke if spoke.prompt not in planned]
    if witness.diverged:
        where = ", ".join(str(seq) for seq in witness.diverged[:5])
        yield Failure(FailureKind.REPLAY, f"the journal replays to other effects at event {where}")
    if stray:
        yield Failure(FailureKind.CRASHED, f"words that the call did not ask for: {', '.join(stray)}")


def _disposition(evidence: Evidence) -> Iterable[Failure]:
    expect, got = evidence.script.expect, evidence.disposition
    good = got is not None and (got.at_least(expect.disposition) if expect.at_least else got is expect.disposition)
    if not good:
        shown = got.value if got is not None else "none"
        yield Failure(FailureKind.DISPOSITION, f"ended as {shown}, expected {expect.label}")


def _closing(evidence: Evidence) -> Iterable[Failure]:
    expect, witness = evidence.script.expect, evidence.witness
    final = witness.closes[-1].state if witness.closes else ""
    reason = witness.closes[-1].reason if witness.closes else "none"
    if expect.final and expect.final != final:
        yield Failure(FailureKind.FINAL_STATE, f"ended in {final or 'no state'}, expected {expect.final}")
    if expect.ended and expect.ended != reason:
        yield Failure(FailureKind.FINAL_STATE, f"closed by {reason}, expected {expect.ended}")
    if expect.said_emergency is not None and expect.said_emergency != witness.said_emergency:
        said = "were said to their end" if witness.said_emergency else "were not said to their end"
        yield Failure(FailureKind.EMERGENCY_WORDS, f"the emergency words {said}")


def _way(evidence: Evidence) -> Iterable[Failure]:
    wanted, got = evidence.script.path, evidence.witness.moves
    if not wanted or wanted == tuple(got):
        return
    number = next((n for n, pair in enumerate(zip(wanted, got, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(wanted), len(got)) if number is None else number
    expected = " by ".join(wanted[at]) if at < len(wanted) else "its end"
    went = " by ".join(got[at]) if at < len(got) else "ended"
    yield Failure(FailureKind.PATH, f"move {at + 1}: {went}, expected {expected}")


def _effects(evidence: Evidence) -> Iterable[Failure]:
    wanted, got = evidence.script.expect.effects, evidence.witness.fingerprint
    if wanted and wanted != got:
        yield Failure(FailureKind.EFFECTS, f"the call did other things: {got[:12]}, expected {wanted[:12]}")


def _turns(evidence: Evidence) -> Iterable[Failure]:
    fewest, most = evidence.script.expect.turns
    got = sum(turn.kind != "hang_up" for turn in evidence.turns)
    if (fewest is not None and got < fewest) or (most is not None and got > most):
        wanted = " ".join(f"{word} {n}" for word, n in (("at least", fewest), ("at most", most)) if n is not None)
        yield Failure(FailureKind.TURNS, f"{got} caller turns, expected {wanted}")


def _pages(evidence: Evidence) -> Iterable[Failure]:
    expect, pages = evidence.script.expect, evidence.witness.pages
    if (expect.red_flag or expect.paged) and not pages:
        yield Failure(FailureKind.NOT_PAGED, "nobody was paged")
    if expect.paged is False and pages:
        where = ", ".join(page.state or "nowhere" for page in pages)
        yield Failure(FailureKind.PAGED_NEEDLESSLY, f"paged in {where}")
    if not expect.red_flag:
        return
    given = [turn for turn in evidence.turns if turn.kind != "hang_up"]
    if not any(turn.red_flag for turn in given) and not (pages and evidence.script.safety_only):
        yield Failure(FailureKind.TURN_UNUSED, "the call never came to the turn with the flag")
    for late, why in unanswered(evidence.script, given, evidence.witness) if pages else ():
        yield Failure(FailureKind.LATE_PAGE if late else FailureKind.NOT_PAGED, why)


def _states(evidence: Evidence) -> Iterable[Failure]:
    visited, expect = evidence.witness.states, evidence.script.expect
    rest = iter(visited)
    for state in expect.states:
        if state not in rest:
            order = " > ".join(visited) or "none"
            yield Failure(FailureKind.STATES_ORDER, f"{state} is missing or out of order in {order}")
            break
    for state in expect.never:
        if state in visited:
            yield Failure(FailureKind.FORBIDDEN_STATE, f"came to {state}")


def _eventually(evidence: Evidence) -> Iterable[Failure]:
    turns = [turn.start_ms for turn in evidence.turns if turn.kind != "hang_up"]
    for why in missed(evidence.script.expect.eventually, evidence.witness.milestones, turns):
        yield Failure(FailureKind.EVENTUALLY, why)


def _ring_backs(evidence: Evidence) -> Iterable[Failure]:
    wanted, got = evidence.script.expect.ring_backs, evidence.witness.ring_backs
    if wanted is not None and wanted != got:
        yield Failure(FailureKind.RING_BACKS, f"{got} ring-backs, expected {wanted}")


def _heard(evidence: Evidence) -> Iterable[Failure]:
    causes = {"match": ("phrase",), "rejected": ("rejected", "too_long"), "open": ("open",)}
    for place, wanted in evidence.script.expect.heard:
        found = [one.cause for one in evidence.witness.understood if f"{one.place}.".startswith(f"{place}.")]
        if not any(cause in causes[wanted] for cause in found):
            detail = f"{place}: {', '.join(found) or 'nothing'}, expected {wanted}"
            yield Failure(FailureKind.HEARD_OTHERWISE, detail)


def _ears(evidence: Evidence) -> Iterable[Failure]:
    """A caller who spoke must have been heard; the sound of a call that is played again may be keys alone."""
    if evidence.script.fakes.ears_fail_at:
        return
    spoken = [turn for turn in evidence.turns if turn.kind == "say"]
    if not spoken:
        # Keys may do instead of words that are optional; but who is silenced without having spoken shows nothing.
        keyed = any(turn.kind == "press" for turn in evidence.turns) and not evidence.muted
        if evidence.script.spoken and not keyed:
            yield Failure(FailureKind.HEARD_NOTHING, "the caller never came to say anything")
        return
    witness = evidence.witness
    words = [found for found in witness.understood if found.mode != "key" and found.content]
    toned = evidence.script.replay and any(getattr(one, "source", "") == "inband" for one in witness.events)
    if toned or any(_overlap(turn, found.start_ms, found.end_ms) for turn in spoken for found in words):
        return
    began = [event.start_ms for event in witness.events if isinstance(event, SpeechStarted)]
    mumbled = any(wanted == "rejected" for _, wanted in evidence.script.expect.heard)
    if mumbled and any(_overlap(turn, start, start) for turn in spoken for start in began):
        return
    yield Failure(FailureKind.HEARD_NOTHING, f"{len(spoken)} turns were said and no word of them was heard")


def _overlap(turn: Turn, start_ms: int, end_ms: int) -> bool:
    return start_ms <= turn.last_sound_ms + _HEARD_WITHIN_MS and end_ms >= turn.start_ms


def _prompts(evidence: Evidence) -> Iterable[Failure]:
    if not evidence.witness.said:
        yield Failure(FailureKind.PROMPT_SILENT, "nothing was said to the caller")
    if (loudest_dbfs := evidence.loudest_dbfs) is None:
        return
    for said in evidence.witness.said:
        long_enough = said.end_ms - said.start_ms >= _SHORTEST_MS
        if long_enough and loudest_dbfs(said.start_ms, said.end_ms) < _SILENT_DBFS:
            yield Failure(FailureKind.PROMPT_SILENT, f"{said.prompt} at {said.start_ms} ms has no sound")


def _aloud(evidence: Evidence) -> Iterable[Failure]:
    for prompt, _ in evidence.script.expect.prompts_heard if evidence.sound is not None else ():
        if evidence.aloud is None:
            yield Failure(FailureKind.PROMPT_UNHEARD, f"nobody listened to {prompt}")
            continue
        found = [one for one in evidence.aloud if one.heard.told.prompt == prompt]
        if not found:
            yield Failure(FailureKind.PROMPT_UNHEARD, f"{prompt} was never said to its end")
        for one in found:
            if not one.good:
                yield Failure(FailureKind.PROMPT_UNHEARD, one.why)


def _unused(evidence: Evidence) -> Iterable[Failure]:
    return (Failure(FailureKind.TURN_UNUSED, unused) for unused in evidence.unused)


def _times(evidence: Evidence) -> Iterable[Failure]:
    limit = evidence.script.expect.answered_within_ms
    for response in evidence.responses:
        if limit is not None and response.ms is not None and response.ms > limit:
            yield Failure(FailureKind.TIMING, f"{response.place}: {response.ms} ms, allowed {limit}")
