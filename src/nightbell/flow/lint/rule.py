"""Rule: what a file of this folder gives to the registry, and what a rule may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from nightbell.document.codes import Code
from nightbell.document.diagnostic import Diagnostic
from nightbell.flow.model import Flow
from nightbell.flow.places import Places
from nightbell.flow.signoff import Standing

__all__ = ["Finding", "Rule", "Sounds", "Subject"]

Finding = Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """What the recogniser knows of words: a rule that needs it finds nothing where it is missing."""

    says: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Word to its pronunciations, phones parted by spaces, such as "L IH P"; others are not known."""
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Word that is not known to known ones that look like it, best first."""

    def __bool__(self) -> bool:
        """Tell whether anything is known."""
        return bool(self.says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A flow that loads, and what is known beside it."""

    flow: Flow
    places: Places
    lengths: Mapping[str, int] = field(default_factory=dict)
    """Prompt name to its length in milliseconds, as the voice says it."""
    sounds: Sounds = field(default_factory=Sounds)
    recordings: Mapping[str, str] = field(default_factory=dict)
    """Recording in the clinic's ``prompts`` folder, without ``.wav``, to its path as it shall be shown."""
    private: tuple[str, ...] = ()
    """Names and numbers of oncall.yaml that no caller may hear, as they stand there."""
    standing: Standing | None = None
    """How the words stand to their signature; None where they are not held against one."""
    today: date | None = None
    """None where nothing is to be held against a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    code: str
    about: Code
    """Title and explanation, for ``nightbell explain``."""
    source: str
    """Where the rule comes from: ``DESIGN 4.12``, ``clinical R34``."""
    find: Callable[[Subject], Iterator[Finding]]
