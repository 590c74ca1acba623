"""Syntax: what the YAML parser's complaint means, in words for a clinic's owner, and where the slip is.

The parser often stops lines after the slip: the place is then where the quote or list began. It parses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ruamel.yaml.error import MarkedYAMLError

from nightbell.document.diagnostic import Diagnostic, Place

__all__ = ["BRACES", "ELSEWHERE", "Quoted", "syntax_fault"]

ELSEWHERE: Final = "look for a missing quote, bracket or colon, or a line indented differently from its neighbours"
BRACES: Final = "put a text with {{ }} into double quotes"
_QUOTES: Final = "put the text into double quotes"
_CLOSE: Final = "write the closing quote where the text ends"
_INDENT: Final = (
    "begin it under the first letter of the entries it belongs to; the line above may lack a colon or a quote"
)
_IN_LINE: Final = {
    "sequence entries are not allowed": ("a list that begins in its key's line", "begin the - in a line below it"),
    "unknown escape character": ("a \\ that means nothing here", "write \\\\, or put the text into single quotes"),
    "expected alphabetic or numeric": ("a text that begins with * or &", _QUOTES),
    "expected the node content": (
        "a bracket that nothing opened",
        "remove it, or put all into double quotes",
    ),
    "expected <block end>": ("this line is indented differently from its neighbours", _INDENT),
}
"""A part of the parser's words to ours, for what is where the parser stopped."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """Where a text in quotes stands, counted from 1."""

    line: int
    column: int
    last: int
    """Line of the closing quote."""


def syntax_fault(error: MarkedYAMLError, text: str, file: str, quoted: Quoted | None = None) -> Diagnostic:
    """Return the fault that stopped the parser.

    Args:
        error: as the parser raised it.
        text: the file's text.
        file: its name, as faults shall show it.
        quoted: the last value that was read, when it was in quotes.
    """
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    here = Place(file, line, column)
    began = error.context_mark
    start = Place(file, began.line + 1, began.column + 1) if began else here
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())] or written[column - 1 : column] == "\t":
        return Diagnostic(here, "NB111", "a tab", "indent with spaces")
    if "{{" in written:
        return Diagnostic(here, "NB110", "a text that is not in quotes ends here", BRACES)
    problem = " ".join(str(error.problem or "").split())
    if "<scalar>" in problem and "<block end>" in problem:
        return _after_a_quote(here, quoted)
    if "expected ',' or" in problem:
        return _in_brackets("]" if "']'" in problem else "}", here, start)
    return _elsewhere(problem, here, start, written)


def _after_a_quote(here: Place, quoted: Quoted | None) -> Diagnostic:
    if quoted is not None and quoted.line < quoted.last:
        opened = Place(here.file, quoted.line, quoted.column)
        return Diagnostic(opened, "NB110", f"this quote is closed only in line {quoted.last}", _CLOSE)
    hint = "remove a quote, or put all of the text into double quotes"
    return Diagnostic(here, "NB110", "more text after a closing quote", hint)


def _in_brackets(closing: str, here: Place, start: Place) -> Diagnostic:
    where = "" if start.line == here.line else f", in what begins in line {start.line}"
    message = f"a comma, a quote or the closing {closing} is missing before this{where}"
    hint = f"[one, two] and {{a: 1}} have a comma between their entries and close with {closing}"
    return Diagnostic(here, "NB110", message, hint)


def _elsewhere(problem: str, here: Place, start: Place, written: str) -> Diagnostic:
    if "end of stream" in problem:
        return Diagnostic(start, "NB110", "this quote is never closed", _CLOSE)
    if "could not find expected ':'" in problem:
        hint = "write it as key: value; put a text of several lines below >-"
        return Diagnostic(start, "NB110", "this line has no colon", hint)
    if "mapping values are not allowed" in problem:
        if ": " in written[: here.column - 1]:
            return Diagnostic(here, "NB110", "a second colon in one line", _QUOTES)
        return Diagnostic(here, "NB110", "this line does not fit under the one above", _INDENT)
    if "cannot start any token" in problem:
        sign = written[here.column - 1 : here.column]
        return Diagnostic(here, "NB110", f"a text that begins with {sign}", _QUOTES)
    told = next((told for words, told in _IN_LINE.items() if words in problem), (problem or "no YAML", ELSEWHERE))
    return Diagnostic(here, "NB110", *told)
