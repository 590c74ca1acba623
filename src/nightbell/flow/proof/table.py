"""Table: a compiled flow as a finite table. ``call.table`` makes it, the proof searches it.

A row is a step of the compiled machine. A move is an outcome that somebody - a caller who wants the worst,
silence, a failing recogniser, the world - can bring about there: where it leads, when it can be taken (tests) and
what it does to the variables (changes). The table says at least what ``Session.handle`` can do: a call that handle
can take is a walk through the table, and a test holds it. Values only; it holds no rule.

Nobody stands on a row that decides: it has its cases and nothing else, and it is left in the same instant. A move
that stays on its row (target and row are one) is there because it changes something, or because a caller may want
it; it is never progress, and going round it is the caller's doing, not the flow's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from nightbell.terms.disposition import Disposition

__all__ = ["CLEARED", "FLOOR", "LOOKED_UP", "Change", "Do", "Move", "Row", "Table", "Test", "Variable"]

FLOOR: Final = "floor"
"""Variable: "" or the floor's disposition, in rising urgency."""
CLEARED: Final = "cleared"
"""Variable: "" nothing, ``gate`` a booking's safety question was answered no, ``screen`` a screen was answered
no throughout. Key 9 takes it back."""
LOOKED_UP: Final = "history"
"""Outcome of a look-up in the records that is answered late: it adds to what is known, and the call stands where
it stood. It happens to a call, and never takes one on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something finite that a call remembers and a later move reads."""

    name: str
    """FLOOR, CLEARED, ``engaged``, ``nine`` ...; ``result:NAME``, ``count:NAME``; a fact such as ``hours``."""
    values: tuple[str, ...]
    begins: tuple[str, ...]
    """Every value it may have when the call begins."""


@dataclass(frozen=True, slots=True)
class Test:
    """A move can be taken only while the variable has one of these values."""

    variable: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a move does to a variable: each of its values to the value it has afterwards."""

    variable: str
    to: tuple[tuple[str, str], ...]
    """Pairs (before, after); a value that is not named stays."""


@dataclass(frozen=True, slots=True)
class Do:
    """How a caller, or a fake of the world, brings a move about, for the call script of a counterexample."""

    what: Literal[
        "press", "words", "unsure", "too_long", "silence", "hang_up", "wait", "world", "ears_fail", "again"
    ]
    """``unsure``: words that the recogniser takes with little confidence. ``too_long``: words without an end.
    ``wait``: nothing but letting words end. ``again``: what cannot be laid down in a script."""
    value: str = ""
    """Keys to press; words that are said; ``hours=open``, ``notify=failed``, ``escalation=acknowledged`` ..."""
    times: int = 1
    """How often in a row it takes, such as two silences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One outcome in one row."""

    outcome: str
    """As the machine knows it: ``said``, ``answer:yes``, ``exhausted``, ``universal:pain``, ``nine`` ..."""
    target: str
    by: Literal["call", "caller", "silence", "garbage", "failure", "world", "hangup"]
    tests: tuple[Test, ...] = ()
    changes: tuple[Change, ...] = ()
    turns: int = 0
    """Caller turns it takes at most: the answer and every failed try before it."""
    ms: int = 0
    """Audio time at most, from arriving at the row to the move: prompts, reprompts, silences, timers."""
    do: tuple[Do, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step."""

    id: str
    kind: Literal["say", "ask", "number", "message", "world", "decide", "hold", "transfer", "finish", "closed"]
    state: str
    question: str = ""
    screen: bool = False
    """A question of a screen."""
    must_hear: bool = False
    words: bool = False
    """The prompt tells the caller to hang up and dial the clinic's emergency number."""
    nine: bool = False
    """The prompt names key 9 in every language of the flow."""
    deflects: bool = False
    disposition: Disposition | None = None
    """Finish: what the call ends with, unless its floor is more urgent."""
    promises: bool = False
    ms: int = 0
    """Length of the prompt."""
    moves: tuple[Move, ...] = ()

    @property
    def asks(self) -> bool:
        """Tell whether something is wanted of the caller here."""
        return self.kind in {"ask", "number", "message"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole flow."""

    start: str
    rows: Mapping[str, Row]
    variables: tuple[Variable, ...]
    emergency: str
    """Row of the emergency words that key 9 leads to."""
    red_flags: Mapping[str, Disposition] = field(default_factory=dict)
    """Outcome of every universal with a floor, and its floor."""
    turns: int = 2
    seconds: int = 45
    """The flow's bounds from an emergency to the end of the emergency words."""
    words_turns: int | None = None
    words_seconds: int | None = None
    """The flow's bounds from a red flag to the beginning of words that name key 9 or the emergency number."""
    visits: int = 3
    """Times a row that asks may be arrived at before it is passed as exhausted."""
    most_turns: int = 60
    """The flow's limits: after these turns and seconds a call takes the safe path to a person."""
    most_seconds: int = 1200
