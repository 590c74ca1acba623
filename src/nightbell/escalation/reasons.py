"""Reasons: what a person who was woken hears in one breath - which clinic, how urgent, why. No name, no number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from nightbell.escalation.case_rows import File
from nightbell.escalation.rotas import Rotas
from nightbell.terms.disposition import Disposition

__all__ = ["Whisper", "whisper_of", "words_of"]

Whisper: TypeAlias = Callable[[File], str]
"""An escalation to the words; ``bootstrap`` may hand in one that knows the flow's questions."""

_URGENCY: Final[Mapping[Disposition, str]] = MappingProxyType(
    {
        Disposition.D0: "an emergency; the caller was told to dial for help",
        Disposition.D1: "urgent, the caller is on the line",
        Disposition.DM: "a crisis, the caller is on the line",
        Disposition.D2: "a call back within thirty minutes",
        Disposition.DU: "a call back within thirty minutes, it is not clear why",
        Disposition.D3: "a call back within four hours",
        Disposition.D4: "a call back on the next working day",
        Disposition.D5: "an office message",
    }
)
_KEYS: Final = "Press 1 to take it, 2 to pass it on, 3 to ring back yourself."


def words_of(title: str, disposition: Disposition, question: str) -> str:
    """Return the plain whisper: the reason's own word as the flow names it."""
    why = question.replace("_", " ")
    because = f", because of {why}" if why else ""
    return f"{title}: {_URGENCY[disposition]}{because}. {_KEYS}"


def whisper_of(rotas: Rotas) -> Whisper:
    """Return what words an escalation by its rows."""

    def whisper(file: File) -> str:
        return words_of(rotas.title(file.clinic), file.case.disposition, file.question)

    return whisper
