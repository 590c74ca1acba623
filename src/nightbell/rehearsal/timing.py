"""Timing: from the caller's last sound to the first sample of the answer, turn by turn, in audio time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from nightbell.flow.model import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.witness import Understood, Witness

__all__ = ["Response", "ResponseKind", "percentiles", "responses"]

ResponseKind: TypeAlias = Literal["menu", "yes", "no", "open", "key", "rejected", "message", "waited", "unheard"]

_ANSWERS: Final = frozenset({"heard", "key_pressed", "promise_made", "hours_found", "history_found", "notified"})
"""Events that bring a prompt in answer to the caller; a timer or the end of another prompt does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a turn was answered."""

    place: str
    what: str
    kind: ResponseKind
    """What the ears took the turn for. A turn unheard, a message, and a turn after which something else was waited
    for (the inter-digit time, the end of words that must be heard) have no time."""
    ms: int | None
    """First sample of the next prompt minus the clean last sound (keys: minus the key)."""


def responses(turns: Sequence[Turn], witness: Witness, flow: Flow) -> tuple[Response, ...]:
    """Measure every turn that was said or pressed."""
    given = [turn for turn in turns if turn.kind != "hang_up"]
    return tuple(
        _response(turn, given[index + 1].start_ms if index + 1 < len(given) else None, witness, flow)
        for index, turn in enumerate(given)
    )


def percentiles(times: Sequence[int]) -> dict[str, int | None]:
    """Return p50 and p95 as times that were really measured; None where there are none."""
    if not times:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(np.asarray(times), [50, 95], method="inverted_cdf")
    return {"p50": int(p50), "p95": int(p95)}


def _response(turn: Turn, until: int | None, witness: Witness, flow: Flow) -> Response:
    answer = next((spoke for spoke in witness.spoke if spoke.at_ms >= turn.last_sound_ms), None)
    if answer is not None and until is not None and until < answer.at_ms:
        answer = None
    end = answer.at_ms if answer is not None else until
    heard = [
        found
        for found in witness.understood
        if found.content and found.at_ms >= turn.start_ms and (end is None or found.at_ms <= end)
    ]
    kind = _kind(turn, heard, flow)
    if answer is None or kind in {"unheard", "message"}:
        return Response(place=turn.place, what=turn.what, kind=kind, ms=None)
    if answer.cause not in _ANSWERS:
        return Response(place=turn.place, what=turn.what, kind="waited", ms=None)
    return Response(place=turn.place, what=turn.what, kind=kind, ms=answer.at_ms - turn.last_sound_ms)


def _kind(turn: Turn, heard: Sequence[Understood], flow: Flow) -> ResponseKind:
    if turn.kind == "press":
        return "key" if any(found.mode == "key" for found in heard) else "unheard"
    spoken = [found for found in heard if found.mode != "key"]
    if not spoken:
        return "unheard"
    found = spoken[-1]
    if found.mode == "message":
        return "message"
    if found.cause != "phrase":
        return "open" if found.mode == "open" else "rejected"
    yes, no = _phrases(found.place, flow)
    if found.phrase in yes:
        return "yes"
    return "no" if found.phrase in no else "menu"


def _phrases(place: str, flow: Flow) -> tuple[frozenset[str], frozenset[str]]:
    """Return what counts as yes ("not sure" too: it decides as fast) and as no at a place."""
    yes, no = {*flow.yes, *flow.not_sure}, {*flow.no}
    for state in flow.states:
        if isinstance(state, Screen):
            for question in state.questions:
                if place == f"{state.name}.{question.name}":
                    yes.update(question.hear_yes)
                    no.update(question.hear_no)
    return frozenset(yes), frozenset(no)
