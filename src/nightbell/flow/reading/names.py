"""Names: what the files define, and what a name means where it is written; the context of every validation.

Inside of a dialog a name is the dialog's own first: its states, returns, parameters and results are known there
alone. ``flow.reading.dialogs`` makes those scopes; nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from nightbell.flow.model import Slot, Words
from nightbell.flow.reading.grammars import Vocabulary

__all__ = ["RETURN", "Names", "Parts", "Scope"]

RETURN: Final = "return:"
"""Begins a target that leaves the dialog."""

Parts: TypeAlias = tuple[Words | Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What names mean in one call of a dialog, or at the top of the flow."""

    call: str = ""
    """The subdialog state, as the whole flow knows it; empty at the top."""
    dialog: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    """State to its name in the whole flow, where that is another."""
    returns: Mapping[str, str] = field(default_factory=dict)
    """Return to the state it leads to."""
    params: Mapping[str, Mapping[str, Parts]] = field(default_factory=dict)
    """Parameter to language to its words."""
    results: Mapping[str, str] = field(default_factory=dict)
    """Result to its name in the whole flow, where that is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the files define, as far as it could be read."""

    states: tuple[str, ...] = ()
    """States that a target can name here."""
    facts: Mapping[str, str] = field(default_factory=dict)
    all_states: bool = True
    """Whether every file could be read; if not, a name that is missing may stand in the one that could not."""
    all_facts: bool = True
    """The same for clinic.yaml."""
    universals: tuple[str, ...] = ()
    dialogs: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Result, by its name in the whole flow, to its categories."""
    languages: tuple[str, ...] = ("en",)
    all_languages: bool = True
    """Whether ``languages:`` is sound; if not, a language that is missing may be meant by what is not."""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    scope: Scope = field(default_factory=Scope)

    def within(self, scope: Scope, states: tuple[str, ...]) -> Names:
        """Return the names as a dialog knows them."""
        return replace(self, scope=scope, states=states)

    def result(self, name: str) -> str:
        """Return what a result is called in the whole flow."""
        return self.scope.results.get(name, name)

    @property
    def visible_results(self) -> tuple[str, ...]:
        """Results that a state here can read, as it writes them."""
        return (*self.scope.results, *(name for name in self.results if "." not in name))
