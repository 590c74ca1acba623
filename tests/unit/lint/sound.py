"""The flow of the rules' tests, and how a copy of it is broken in one place that the break itself marks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from nightbell.document.diagnostic import Diagnostic, in_order
from nightbell.flow.lint.registry import RULES
from nightbell.flow.lint.rule import Subject
from nightbell.flow.reading.reader import read_with_places

HERE = "§"
"""Stands in a break just before what a rule must point at."""
FLOW, CLINIC = "jetty/flow.yaml", "jetty/clinic.yaml"
FILES = {name: (Path(__file__).parent / Path(name).name).read_text(encoding="utf-8") for name in (FLOW, CLINIC)}

Change: TypeAlias = tuple[str, str]


def changed(*changes: Change) -> dict[str, str]:
    """Return the files with each ``old`` replaced by ``new``; each must stand once in one of them."""
    files = dict(FILES)
    for old, new in changes:
        there = [name for name, text in files.items() if old in text]
        assert len(there) == 1, f"{old!r} stands in {there}"
        assert files[there[0]].count(old) == 1, f"{old!r} stands {files[there[0]].count(old)} times"
        files[there[0]] = files[there[0]].replace(old, new)
    return files


def subject(*changes: Change, private: tuple[str, ...] = ()) -> Subject:
    """Load a changed copy, marks taken out."""
    files = {name: text.replace(HERE, "") for name, text in changed(*changes).items()}
    loaded = read_with_places(files, "jetty")
    return Subject(flow=loaded.flow, places=loaded.places, private=private)


def found(*changes: Change, private: tuple[str, ...] = ()) -> tuple[Diagnostic, ...]:
    """Return what the rules find in a changed copy, but for those about lengths, sounds and signatures."""
    given = subject(*changes, private=private)
    return in_order(one for rule in RULES if not "NB340" <= rule.code <= "NB346" for one in rule.find(given))


def marked(*changes: Change) -> list[str]:
    """Return the marked places as ``flow:line:column``, in the order of the file."""
    places = []
    for name, text in changed(*changes).items():
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            rest, at = line, 0
            while (at := rest.find(HERE)) >= 0:
                places.append(f"{name}:{number}:{at + 1}")
                rest = rest.replace(HERE, "", 1)
    return places


def with_lengths(given: Subject, **lengths: int) -> Subject:
    """Return the subject with prompts that have been said."""
    return replace(given, lengths=lengths)
