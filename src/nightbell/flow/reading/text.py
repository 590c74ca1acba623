"""Text: what a flow says; ``{{ name }}`` is put in where the clinic knows it and left as a slot where a call does.

Jinja2's lexer reads it; nothing is ever evaluated. Blocks, filters, attributes and sums are faults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, get_args, get_type_hints

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from nightbell.flow.model import Slot, Words

__all__ = ["SLOTS", "TextFault", "read_text", "suggestion"]

SLOTS: Final[tuple[str, ...]] = get_args(get_type_hints(Slot)["name"])
"""Names that only a call can fill."""

_JINJA: Final = SandboxedEnvironment(autoescape=True, keep_trailing_newline=True)
_NONE: Final[Mapping[str, Mapping[str, tuple[Words | Slot, ...]]]] = MappingProxyType({})
_ONLY_NAMES: Final = "write {{ name }}; blocks, filters, attributes and sums are not known here"


@dataclass(frozen=True, slots=True)
class TextFault:
    """A fault in a text; ``offset`` counts its characters from 0."""

    code: str
    offset: int
    message: str
    hint: str = ""


def suggestion(wrong: str, known: list[str] | tuple[str, ...], otherwise: str) -> str:
    """Return "did you mean ...?" where a known name is near, else ``otherwise``."""
    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else otherwise


def read_text(
    text: str,
    facts: Mapping[str, str],
    *,
    complete: bool = True,
    params: Mapping[str, Mapping[str, tuple[Words | Slot, ...]]] = _NONE,
    language: str = "",
) -> tuple[tuple[Words | Slot, ...], tuple[TextFault, ...]]:
    """Split a text into words and slots.

    Args:
        text: as the flow spells it.
        facts: name to words of the clinic; an empty value is a fact that the clinic does not give.
        complete: whether ``facts`` are all there are; if not, an unknown name is no fault.
        params: a dialog's parameters to language to the words that its call gives them.
        language: whose words are taken of them.

    Returns:
        The parts, white space folded to single spaces, and every fault.
    """
    try:
        signs = list(_JINJA.lex(text))
    except (TemplateSyntaxError, RecursionError) as error:
        return (), (TextFault("NB150", _line_start(text, error), "the text cannot be read", _ONLY_NAMES),)
    reading = _Reading(facts, complete, params, language)
    for _, kind, value in signs:
        reading.take(kind, value)
    reading.end()
    joined = _joined(reading.parts)
    if not joined and not reading.faults:
        reading.fault("NB151", 0, "the text has no words", "write what the caller shall hear")
    return joined, tuple(reading.faults)


@dataclass
class _Reading:
    """Takes the lexer's signs one by one."""

    facts: Mapping[str, str]
    complete: bool
    params: Mapping[str, Mapping[str, tuple[Words | Slot, ...]]]
    language: str
    parts: list[Words | Slot] = field(default_factory=list)
    faults: list[TextFault] = field(default_factory=list)
    offset: int = 0
    opened: int | None = None
    inside: list[tuple[str, str, int]] = field(default_factory=list)

    def fault(self, code: str, offset: int, message: str, hint: str = _ONLY_NAMES) -> None:
        self.faults.append(TextFault(code, offset, message, hint))

    def take(self, kind: str, value: str) -> None:
        if kind == "data":
            self._data(value)
        elif kind == "variable_begin":
            self.inside, self.opened = [], self.offset
        elif kind == "variable_end":
            self._name()
            self.opened = None
        elif kind in {"block_begin", "comment_begin", "raw_begin"}:
            self.fault("NB150", self.offset, f"{value.strip()!r} is not known in a text")
        elif kind != "whitespace":
            self.inside.append((kind, value, self.offset))
        self.offset += len(value)

    def end(self) -> None:
        if self.opened is not None:
            self.fault("NB150", self.opened, "{{ that is never closed")

    def _data(self, value: str) -> None:
        self.parts.append(Words(value))
        brace = re.search(r"[{}]", value)
        if brace:
            self.fault("NB150", self.offset + brace.start(), "a brace that stands alone")

    def _name(self) -> None:
        """Turn what stands between the braces into a part, or a fault."""
        if len(self.inside) != 1 or self.inside[0][0] != "name":
            at = self.inside[0][2] if self.inside else self.offset
            self.fault("NB150", at, "no name between {{ and }}")
            return
        _, name, offset = self.inside[0]
        slot = _SLOT.get(name)
        if name in self.params:
            self._param(name, offset)
        elif slot is not None:
            self.parts.append(slot)
        elif self.facts.get(name) or (name not in self.facts and not self.complete):
            self.parts.append(Words(self.facts.get(name, name)))
        elif name in self.facts:
            self.fault("NB153", offset, f"clinic.yaml does not say {name!r}", f"add {name}: to clinic.yaml")
        else:
            known = (*self.params, *SLOTS, *self.facts)
            hint = suggestion(name, known, "known: " + ", ".join(known))
            self.fault("NB132", offset, f"{name!r} is not known", hint)

    def _param(self, name: str, offset: int) -> None:
        words = self.params[name].get(self.language)
        if words is None:
            hint = f"give it in the call: {{text: ..., in: {{{self.language}: ...}}}}"
            self.fault("NB197", offset, f"{name!r} has no words in {self.language!r}", hint)
        else:
            self.parts.extend(words)


_SLOT: Final[dict[str, Slot]] = {name: Slot(name) for name in get_args(get_type_hints(Slot)["name"])}


def _joined(parts: list[Words | Slot]) -> tuple[Words | Slot, ...]:
    """Join neighbouring words, fold white space and strip both ends."""
    joined: list[Words | Slot] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Words) and isinstance(last, Words):
            joined[-1] = Words(last.text + part.text)
        else:
            joined.append(part)
    folded = [Words(re.sub(r"\s+", " ", part.text)) if isinstance(part, Words) else part for part in joined]
    if folded and isinstance(folded[0], Words):
        folded[0] = Words(folded[0].text.lstrip())
    if folded and isinstance(folded[-1], Words):
        folded[-1] = Words(folded[-1].text.rstrip())
    return tuple(part for part in folded if not isinstance(part, Words) or part.text)


def _line_start(text: str, error: Exception) -> int:
    line = getattr(error, "lineno", 1) or 1
    return sum(len(before) for before in text.splitlines(keepends=True)[: line - 1])
