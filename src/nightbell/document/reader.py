"""Reader: YAML 1.2 text to a tree of nodes with places, and faults instead of exceptions.

It works on the parser's events, so no value is resolved and nothing is built before it is counted: size, depth,
tags, anchors and duplicate keys are dealt with here. What the keys mean is not known here.

Parsing is most of the work of reading a clinic, and the shared fragments are the same for each: what was read is
remembered by its text, so that the same words are parsed once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.document.syntax import BRACES, ELSEWHERE, Quoted, syntax_fault

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_NODES", "read"]

MAX_CHARACTERS: Final = 262_144
"""One file. The largest flow in the tests has under 40,000."""
MAX_NODES: Final = 20_000
"""Values in one file, those behind aliases counted each time they are used."""
MAX_DEPTH: Final = 32
"""Levels within levels; the flow language itself needs seven."""

_REMEMBERED: Final = 128
"""Files; a clinic and the fragments that it uses are some twenty-five, of 4 kB each."""
_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Stopped(Exception):
    """Reading cannot go on; the fault is already noted."""


def read(text: str, file: str) -> tuple[Mapping | None, tuple[Diagnostic, ...]]:
    """Read one file.

    Args:
        text: the file's text.
        file: its name, as faults shall show it.

    Returns:
        The tree, None when there is none, and every fault found on the way. Nobody can change either: who reads
        the same file again is given the same ones.
    """
    return _read(text, file)


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str, file: str) -> tuple[Mapping | None, tuple[Diagnostic, ...]]:
    builder = _Builder(text=text, file=file)
    try:
        return builder.document(), tuple(builder.faults)
    except _Stopped:
        return None, tuple(builder.faults)
    except MarkedYAMLError as error:
        builder.faults.append(syntax_fault(error, text, file, builder.quoted))
    except (
        YAMLError,
        ReaderError,
        ValueError,
        RecursionError,
        AttributeError,
        IndexError,
        AssertionError,
    ) as error:
        # The parser raises plain Python errors on a few malformed inputs; none of them may reach the owner.
        builder.faults.append(
            Diagnostic(Place(file, 1, 1), "NB110", f"no YAML ({type(error).__name__})", ELSEWHERE)
        )
    return None, tuple(builder.faults)


@dataclass
class _Builder:
    text: str
    file: str
    faults: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    nodes: int = 0
    quoted: Quoted | None = None
    """The last text that was read, when it is in quotes."""

    def __post_init__(self) -> None:
        self.text = self.text.removeprefix("\ufeff")

    def document(self) -> Mapping:
        if len(self.text) > MAX_CHARACTERS:
            self._stop(Place(self.file), "NB115", f"{len(self.text)} characters", f"at most {MAX_CHARACTERS}")
        bad = _UNREADABLE.search(self.text)
        if bad:
            place = self._place_of(bad.start())
            self._stop(place, "NB116", f"the character U+{ord(bad.group()):04X}", "delete it and type it again")
        yaml = YAML(typ="safe", pure=True)
        self._events = iter(yaml.parse(self.text))
        self._next()
        event = self._next()
        if type(event).__name__ != "DocumentStartEvent":
            self._stop(Place(self.file), "NB118", "the file is empty", "it must hold 'key: value' lines")
        first = self._next()
        root = self._node(first, depth=0)
        self._next()
        event = self._next()
        if type(event).__name__ != "StreamEndEvent":
            self._stop(self._place(event), "NB117", "a second document begins here", "remove the line ---")
        if not isinstance(root, Mapping):
            self._stop(root.place, "NB118", "the file is no mapping", "it must hold 'key: value' lines")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        self._count(1, place)
        if depth > MAX_DEPTH:
            self._stop(place, "NB115", "values too deep within each other", f"at most {MAX_DEPTH} levels")
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event, place)
        if getattr(event, "tag", None) is not None or getattr(event, "ctag", None) is not None:
            self.faults.append(Diagnostic(place, "NB113", f"the tag {event.tag}", "write the value without a tag"))
        before = self.nodes
        node: Node
        if kind == "ScalarEvent":
            source = self.text[event.start_mark.index : event.end_mark.index]
            if event.anchor is not None or event.tag is not None:
                source = event.value
            bad = _UNREADABLE.search(event.value)
            if bad:  # an escape such as "\ud800" writes what the file itself may not hold
                hint = "write the character itself, or leave it out"
                self.faults.append(Diagnostic(place, "NB116", f"the character U+{ord(bad.group()):04X}", hint))
            in_quotes = event.style in {"'", '"'}
            self.quoted = Quoted(place.line, place.column, event.end_mark.line + 1) if in_quotes else None
            node = Scalar(event.value, place, source, plain=event.style is None)
        elif kind == "SequenceStartEvent":
            node = self._sequence(event, depth)
        else:
            node = self._mapping(place, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, self.nodes - before + 1)
        return node

    def _sequence(self, start: Any, depth: int) -> Sequence:
        items: list[Node] = []
        while type(event := self._next()).__name__ != "SequenceEndEvent":
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), self._place(start), inline=bool(start.flow_style))

    def _mapping(self, place: Place, depth: int) -> Mapping:
        items: list[tuple[Scalar, Node]] = []
        first: dict[str, Place] = {}
        while type(event := self._next()).__name__ != "MappingEndEvent":
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key, Scalar):
                self.faults.append(Diagnostic(key.place, "NB119", "a key that is no text", BRACES))
            elif key.text in first:
                hint = f"the first stands in line {first[key.text].line}; delete or rename one"
                self.faults.append(Diagnostic(key.place, "NB112", f"{key.text!r} stands here twice", hint))
            else:
                first[key.text] = key.place
                items.append((key, value))
        return Mapping(tuple(items), place)

    def _alias(self, event: Any, place: Place) -> Node:
        found = self.anchors.get(event.anchor)
        if found is None:
            hint = f"write &{event.anchor} before the value that is meant"
            self.faults.append(Diagnostic(place, "NB114", f"*{event.anchor} stands for nothing", hint))
            return Scalar("", place)
        self._count(found[1], place)
        return found[0]

    def _next(self) -> Any:
        return next(self._events)

    def _count(self, more: int, place: Place) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            self._stop(place, "NB115", f"more than {MAX_NODES} values", "split the file into fragments")

    def _place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _place_of(self, index: int) -> Place:
        before = self.text[:index]
        return Place(self.file, before.count("\n") + 1, index - before.rfind("\n"))

    def _stop(self, place: Place, code: str, message: str, hint: str) -> NoReturn:
        self.faults.append(Diagnostic(place, code, message, hint))
        raise _Stopped
