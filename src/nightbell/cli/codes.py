"""Every code that Nightbell shows, from the places that define them: one table for `explain` and its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc
from itertools import groupby
from textwrap import dedent
from typing import Final

from nightbell.document.codes import CODES
from nightbell.document.examples import Example, examples
from nightbell.errors import NightbellError
from nightbell.flow.lint.registry import RULES
from nightbell.flow.proof.properties import PROPERTIES

__all__ = ["GROUPS", "Entry", "all_entries", "as_page", "entries_of"]

GROUPS: Final = {
    "language": "The flow language",
    "script": "Call scripts",
    "rota": "Who is on call",
    "rule": "Rules that a flow is held to",
    "proof": "The proof",
    "error": "Errors of the program",
}
"""Group to its heading, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to say about one code."""

    code: str
    group: str
    """A key of ``GROUPS``."""
    title: str
    explanation: str
    source: str = ""
    example: Example | None = None


def all_entries() -> tuple[Entry, ...]:
    """Return every code, by group and number."""
    order = list(GROUPS)
    found = [*_of_files(), *_of_rules(), *_of_the_proof(), *_of_errors()]
    return tuple(sorted(found, key=lambda entry: (order.index(entry.group), entry.code, entry.title)))


def entries_of(code: str) -> tuple[Entry, ...]:
    """Return what a code stands for; nothing for one that is not known."""
    return tuple(entry for entry in all_entries() if entry.code == code.strip().upper())


def _of_files() -> Iterator[Entry]:
    for code, about in CODES.items():
        group = {"NB2": "script", "NB4": "proof", "NB7": "rota"}.get(code[:3], "language")
        yield Entry(code, group, about.title, about.explanation, example=examples().get(code))


def _of_rules() -> Iterator[Entry]:
    for rule in RULES:
        example = examples().get(rule.code)
        yield Entry(rule.code, "rule", rule.about.title, rule.about.explanation, rule.source, example)


def _of_the_proof() -> Iterator[Entry]:
    for held in PROPERTIES:
        example = examples().get(held.code)
        yield Entry(
            held.code, "proof", held.about.title, held.about.explanation, f"property {held.letter}", example
        )


def _of_errors() -> Iterator[Entry]:
    seen: list[type[NightbellError]] = [NightbellError]
    for kind in seen:
        seen += kind.__subclasses__()
        title, _, rest = (getdoc(kind) or "").partition("\n")
        told = f"{title} {' '.join(rest.split())}".strip()
        exits = f"`nightbell` ends with exit code {kind.exit_code}."
        yield Entry(kind.code, "error", kind.__name__, f"{_plain(told)} {exits}")


def _plain(text: str) -> str:
    return text.replace("``", "`")


def as_page(entries: tuple[Entry, ...]) -> str:
    """Return docs/codes.md."""
    lines = [
        "# All codes",
        "",
        "Every fault, finding and error has a code. `nightbell explain CODE` says the same in the terminal, and",
        "`nightbell explain` lists them. `scripts/make-codes` writes this page out of the code; a test holds it.",
    ]
    for group, those in groupby(entries, key=lambda entry: entry.group):
        lines += ["", f"## {GROUPS[group]}"]
        for entry in those:
            lines += ["", f"### {entry.code}: {entry.title}", "", entry.explanation]
            if entry.source:
                lines += ["", f"Where it comes from: {entry.source}."]
            if entry.example:
                lines += ["", "Broken:", "", *_block(entry.example.broken)]
                lines += ["", "Mended:", "", *_block(entry.example.mended)]
    return "\n".join(lines) + "\n"


def _block(text: str) -> list[str]:
    return ["```yaml", *dedent(text.expandtabs(4)).splitlines(), "```"]
