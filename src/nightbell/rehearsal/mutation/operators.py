"""Operators: every change of a clinic's files that a mistake could make. The same files give the same changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

from nightbell.document.spans import Span, spans, without
from nightbell.rehearsal.mutation.edit import Edit, Operator

__all__ = ["edits_of"]

_TARGETS: Final = frozenset(
    {
        "next", "unclear", "any_yes", "all_no", "emergency", "yes", "no", "open", "closed", "holiday", "otherwise",
        "ok", "failed", "empty", "acknowledged", "exhausted", "answered", "busy", "no_answer", "starts_at",
    }
)  # fmt: skip
"""Keys that lead somewhere, if their value is a state."""
_OVER_TARGETS: Final = frozenset({"routes", "returns", "roles"})
_PHRASES: Final = frozenset({"hear", "hear_yes", "hear_no"})
_PARTS: Final = frozenset({"choices", "cases", "questions", "routes"})
_UNSURE: Final = re.compile(r"not sure|don't know|maybe|can't tell|hard to say")
_SPAN_OF_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_TIMERS: Final = frozenset({"every", "limit", "max_time", "final_silence"})
_THRESHOLDS: Final = ("confidence_level", "low_confidence_level")
_CALM: Final = "D3"
_LONGER: Final = 5
_URGENT: Final = frozenset({"D0", "D1", "D2"})


def edits_of(texts: Mapping[str, str], used: Iterable[str]) -> tuple[Edit, ...]:
    """Return every change, in the order of the files.

    Args:
        texts: the clinic's files by name.
        used: the files that the clinic uses; a fragment that it does not use is nobody's mutant.
    """
    files = {name: tuple(spans(texts[name])) for name in used}
    everywhere = tuple(state for found in files.values() for state in _names(found).get("", ()))
    return tuple(
        edit for name, found in files.items() for edit in _File(name, texts[name], found, everywhere).edits()
    )


class _File:
    def __init__(self, name: str, text: str, found: tuple[Span, ...], everywhere: tuple[str, ...]) -> None:
        self._name = name
        self._text = text
        self._spans = found
        self._states = {**_names(found), "": everywhere}

    def edits(self) -> Iterator[Edit]:
        for span in self._spans:
            yield from self._edge(span)
            yield from self._removed(span)
            yield from self._softened(span)
        yield from self._swapped()

    def _edge(self, span: Span) -> Iterator[Edit]:
        if not self._leads(span) or span.text is None:
            return
        yield self._cut("drop-edge", span, f"without {span.path[-1]}: {span.text}")
        for target in self._elsewhere(span):
            yield self._put("redirect-edge", span, target)

    def _leads(self, span: Span) -> bool:
        if span.text is None or len(span.path) < 2:
            return span.path == ("starts_at",)
        known = span.text in self._scope(span) or span.text.startswith("return:") or span.path[0] == "universals"
        if span.path[-2] in _OVER_TARGETS:
            return span.path[-2] != "returns" or known
        return span.path[-1] in _TARGETS and known

    def _scope(self, span: Span) -> Sequence[str]:
        dialog = str(span.path[1]) if span.path[0] == "dialogs" else ""
        return self._states.get(dialog, ())

    def _elsewhere(self, span: Span) -> tuple[str, ...]:
        """Return where else it may lead: where the same state leads otherwise, and somewhere else in the file."""
        own = span.path[: 4 if span.path[0] == "dialogs" else 2]
        beside = [
            other.text
            for other in self._spans
            if other.path[: len(own)] == own and other.text and other.text != span.text and self._leads(other)
        ]
        others = [name for name in self._scope(span) if name != span.text and name not in beside]
        number = int(sha256(".".join(map(str, span.path)).encode()).hexdigest(), 16)
        far = [others[number % len(others)]] if others else []
        return tuple(dict.fromkeys([*beside[:1], *far]))

    def _removed(self, span: Span) -> Iterator[Edit]:
        parent = span.path[-2] if len(span.path) > 1 else ""
        if span.path[0] == "universals" and len(span.path) == 2:
            yield self._cut("remove-universal", span, f"without the universal {span.path[-1]}")
        elif parent in _PARTS and parent != "routes":
            yield self._cut("drop-edge", span, f"without {parent}: {span.path[-1]}")
        elif parent in _PHRASES or (span.path[0] == "answers" and len(span.path) == 3):
            unsure = span.text is not None and _UNSURE.search(span.text) and span.path[0] != "universals"
            operator: Operator = "drop-not-sure" if unsure and parent != "hear_no" else "delete-phrase"
            yield self._cut(operator, span, f"without {span.text!r}")

    def _softened(self, span: Span) -> Iterator[Edit]:
        key, text = span.path[-1], span.text
        if text is None:
            return
        if key == "must_hear" and text == "true":
            yield self._put("open-to-barge-in", span, "false")
        elif key in _THRESHOLDS:
            yield self._put("weaken-threshold", span, f"{float(text) / 10:g}")
        elif key == "max_attempts":
            yield self._put("lengthen-timer", span, str(int(text) + 2))
        elif (key in _TIMERS or "timers" in span.path) and _SPAN_OF_TIME.fullmatch(text):
            yield self._put("lengthen-timer", span, _SPAN_OF_TIME.sub(_longer, text))
        elif (key == "floor" or (key == "yes" and "questions" in span.path)) and text in _URGENT:
            yield self._put("lower-floor", span, _CALM)
            if "questions" in span.path and not span.inline:
                indent = " " * (span.start - self._text.rfind("\n", 0, span.start) - 1)
                pieces = ((span.end, span.end, f"\n{indent}not_sure: neutral"),)
                yield self._edit("drop-not-sure", span, "not_sure: neutral", pieces)

    def _swapped(self) -> Iterator[Edit]:
        """Swap the words of neighbours: two questions of a screen, two states."""
        said = [span for span in self._spans if span.path[-1] in {"ask", "say", "text"} and span.text is not None]
        for one, two in pairwise(span for span in said if len(span.text or "") > 1):
            if len(one.path) == len(two.path) and one.path[-1] == two.path[-1]:
                ends = (one.value + len(self._source(one)), two.value + len(self._source(two)))
                pieces = ((one.value, ends[0], self._source(two)), (two.value, ends[1], self._source(one)))
                if one.inline == two.inline:
                    yield self._edit(
                        "swap-prompts", one, f"with the words of {'.'.join(map(str, two.path))}", pieces
                    )

    def _source(self, span: Span) -> str:
        return self._text[span.value : span.end].rstrip()

    def _cut(self, operator: Operator, span: Span, what: str) -> Edit:
        return self._edit(operator, span, what, _difference(self._text, without(self._text, span)))

    def _put(self, operator: Operator, span: Span, new: str) -> Edit:
        what = f"{span.path[-1]}: {new} for {span.text}"
        return self._edit(operator, span, what, ((span.value, span.end, new),))

    def _edit(self, operator: Operator, span: Span, what: str, pieces: Iterable[tuple[int, int, str]]) -> Edit:
        return Edit(
            operator=operator,
            file=self._name,
            line=span.line,
            column=span.column,
            path=span.path,
            what=what,
            pieces=tuple(pieces),
        )


def _names(found: Iterable[Span]) -> dict[str, tuple[str, ...]]:
    """Return the states that can be named: those of the file under "", those of a dialog under its name."""
    names: dict[str, list[str]] = {}
    for span in found:
        if span.path[0] == "states" and len(span.path) == 2:
            names.setdefault("", []).append(str(span.path[1]))
        elif span.path[0] == "dialogs" and span.path[2:3] == ("states",) and len(span.path) == 4:
            names.setdefault(str(span.path[1]), []).append(str(span.path[3]))
    return {dialog: tuple(states) for dialog, states in names.items()}


def _difference(old: str, new: str) -> tuple[tuple[int, int, str]]:
    """Return the one piece by which two texts differ."""
    start = _same(zip(old, new, strict=False))
    most = min(len(old), len(new)) - start
    end = min(_same(zip(reversed(old), reversed(new), strict=False)), most)
    return ((start, len(old) - end, new[start : len(new) - end]),)


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, two in pairs:
        if one != two:
            break
        count += 1
    return count


_longer: Callable[[re.Match[str]], str] = lambda found: f"{float(found[1]) * _LONGER:g}{found[2]}"  # noqa: E731
