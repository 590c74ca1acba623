"""Pointing: where in a script's file stands what a call failed by, so that a review shows it there.

A failure points to the expectation that was not met, or to the answer that was never asked for. What no script has
to say - a guard against a false green - points to the script's expectations as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import walk
from nightbell.document.reader import read
from nightbell.rehearsal.expectations import FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.document.node import Mapping
    from nightbell.rehearsal.expectations import Failure
    from nightbell.rehearsal.result import CallResult

__all__ = ["FAILED", "pointed"]

FAILED: Final = "NB212"
_KEYS: Final = {
    FailureKind.DISPOSITION: ("disposition", "at_least"),
    FailureKind.NOT_PAGED: ("paged", "red_flag"),
    FailureKind.LATE_PAGE: ("within_turns", "red_flag"),
    FailureKind.PAGED_NEEDLESSLY: ("paged",),
    FailureKind.STATES_ORDER: ("states",),
    FailureKind.FORBIDDEN_STATE: ("never",),
    FailureKind.EVENTUALLY: ("eventually",),
    FailureKind.RING_BACKS: ("ring_backs",),
    FailureKind.EMERGENCY_WORDS: ("said_emergency",),
    FailureKind.TURNS: ("turns",),
    FailureKind.HEARD_OTHERWISE: ("heard",),
    FailureKind.PROMPT_UNHEARD: ("prompts_heard",),
    FailureKind.TIMING: ("answered_within",),
    FailureKind.EFFECTS: ("effects",),
}
"""Kinds to the keys under ``expect`` that they are about, the likeliest first."""
_NOTES: Final = (FailureKind.KNOWN_EXPIRED, FailureKind.KNOWN_MENDED)


def pointed(results: Iterable[CallResult]) -> tuple[Diagnostic, ...]:
    """Return each failure at its place in its script's file; what is known and excused is a warning."""
    found: list[Diagnostic] = []
    for result in results:
        if not (result.failures or result.excused):
            continue
        tree = _tree(result.script.file)
        for severity, failures in (("error", result.failures), ("warning", result.excused)):
            for failure in failures:
                place = _place(failure, tree, result.script.file)
                told = f"{result.script.name}: {failure}"
                blamed = f" (laid to the {result.blame})" if result.blame in {"ear", "flow", "recording"} else ""
                found.append(Diagnostic(place, FAILED, f"{told}{blamed}", severity=severity))  # type: ignore[arg-type]
    return tuple(found)


def _tree(file: str) -> Mapping | None:
    try:
        return read(Path(file).read_text(encoding="utf-8"), file)[0]
    except (OSError, UnicodeDecodeError):
        return None


def _place(failure: Failure, tree: Mapping | None, file: str) -> Place:
    if tree is None:
        return Place(file, 1, 1)
    for path in (*_paths(failure), ("expect",)):
        steps = list(walk(tree, path))
        key, node = steps[-1]
        if len(steps) == len(path) + 1:
            return key.place if key is not None else node.place
    return Place(file, 1, 1)


def _paths(failure: Failure) -> Iterable[Sequence[str | int]]:
    if failure.kind in _NOTES:
        yield ("known_failure",)
    if failure.kind is FailureKind.TURN_UNUSED:
        yield ("answers", failure.detail.partition(":")[0])
    if failure.kind is FailureKind.FINAL_STATE:
        yield ("expect", "ended" if failure.detail.startswith("closed by") else "final")
    for key in _KEYS.get(failure.kind, ()):
        yield ("expect", key)
