"""YAML with places, limits and faults."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.document.node import Mapping, Scalar, plain
from nightbell.document.reader import MAX_CHARACTERS, read
from nightbell.document.rendering import as_annotations, as_json, as_text

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{here}: &{here} [{', '.join(['*' + before] * 9)}]\n"
    for before, here in zip("abcdefg", "bcdefgh", strict=True)
)


def test_nothing_is_resolved() -> None:
    node, faults = read("a: no\nb: 012\nc: [1:30, 2026-01-01, on, 0x1F, null]\nd:\ne: ''\n", "f")
    assert faults == ()
    assert node is not None
    assert plain(node) == {
        "a": "no",
        "b": "012",
        "c": ["1:30", "2026-01-01", "on", "0x1F", "null"],
        "d": None,
        "e": "",
    }


def test_the_same_text_is_parsed_once_and_another_file_has_places_of_its_own() -> None:
    text = "a: 1\nb: {}\na: 2\n"
    first = read(text, "one")
    assert read(text, "one")[0] is first[0]
    node, faults = read(text, "two")
    assert node is not None
    assert (node.place.file, [fault.place.file for fault in faults]) == ("two", ["two"])
    assert plain(read(f"{text}c: 3\n", "one")[0] or node) == {"a": "1", "b": {}, "c": "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3:1 NB112"),
        ("a:\n\t- b\n", "f:2:1 NB111"),
        ("a: 'x", "f:1:4 NB110"),
        ("a: b: c", "f:1:5 NB110"),
        ("a: !!python/object:os.system x\n", "f:1:4 NB113"),
        ("a: &x [*x]", "f:1:8 NB114"),
        ("a: 1\n---\nb: 2", "f:2:1 NB117"),
        ("", "f NB118"),
        ("- a\n", "f:1:1 NB118"),
        ("a: 1\nb: \x07", "f:2:4 NB116"),
        ('a: 1\nb: "x\\ud800"', "f:2:4 NB116"),
        ('a: 1\nb: ["\\u0000"]', "f:2:5 NB116"),
        ('"\\a": 1', "f:1:1 NB116"),
        ("? [a]\n: b\n", "f:1:3 NB119"),
        ("say: {{ clinic }}\n", "f:1:7 NB119"),
        ("[" * 5000, "f:1:34 NB115"),
        ("a: [" + "x," * 100_000 + "]", "f:1:39999 NB115"),
        ("x" * (MAX_CHARACTERS + 1), "f NB115"),
        (BOMB, "f:5:12 NB115"),
    ],
    ids=lambda value: value[:16],
)
def test_a_fault_and_its_place(text: str, expected: str) -> None:
    started = time.monotonic()
    _, faults = read(text, "f")
    assert expected in {f"{fault.place} {fault.code}" for fault in faults}
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('key: "1\nhear: ["yes"]\n', Place("f", 1, 6), "this quote is closed only in line 2"),
        ('key: "1\nhear: yes\n', Place("f", 1, 6), "this quote is never closed"),
        ('hear: ["yes, "no"]\n', Place("f", 1, 15), "a comma, a quote or the closing ]"),
        ("hear: [yes\nnext: no\n", Place("f", 2, 5), "in what begins in line 1"),
        ("say: Note: press one\n", Place("f", 1, 10), "a second colon in one line"),
        ("a: 1\nnext reason\nb: 2\n", Place("f", 2, 1), "this line has no colon"),
        ("a:\n  kind: menu\n    say: hello\n", Place("f", 3, 8), "does not fit under the one above"),
        ("a:\n    b: 1\n  c: 2\n", Place("f", 3, 3), "indented differently from its neighbours"),
        ('a: "x" y\n', Place("f", 1, 8), "more text after a closing quote"),
        ('a: "x"\n  y\n', Place("f", 2, 3), "more text after a closing quote"),
        ("a: - b\n", Place("f", 1, 4), "a list that begins in its key's line"),
        ("a: @home\n", Place("f", 1, 4), "begins with @"),
        ("a: ]\n", Place("f", 1, 4), "a bracket that nothing opened"),
        ('a: "{{ x }}" {{ y }}\n', Place("f", 1, 14), "not in quotes"),
    ],
)
def test_a_slip_is_told_in_words_where_it_was_made(text: str, place: Place, words: str) -> None:
    _, faults = read(text, "f")
    found = [fault for fault in faults if fault.code == "NB110"]
    assert [fault.place for fault in found] == [place]
    assert words in found[0].message
    assert found[0].hint


def test_reading_goes_on_after_a_fault_that_allows_it() -> None:
    node, faults = read("a: !x 1\na: 2\nb: *no\n", "f")
    assert [fault.code for fault in faults] == ["NB113", "NB112", "NB114"]
    assert isinstance(node, Mapping)


def test_an_alias_stands_for_its_value() -> None:
    node, faults = read("a: &it [x, y]\nb: *it\n", "f")
    assert faults == ()
    assert node is not None
    assert plain(node)["b"] == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: one {{ two }}", Place("f", 1, 11)),
        ('a: "one {{ two }}"', Place("f", 1, 12)),
        ("a: >-\n  one\n  {{ two }}\n", Place("f", 3, 6)),
        ("a: |\n  one\n\n  {{ two }}\n", Place("f", 4, 6)),
        ("a: one\n  {{ two }}\n", Place("f", 2, 6)),
    ],
)
def test_the_place_inside_a_text(text: str, place: Place) -> None:
    node, _ = read(text, "f")
    assert node is not None
    scalar = node.get("a")
    assert isinstance(scalar, Scalar)
    assert scalar.at(scalar.text.index("two")) == place


@given(st.text(alphabet="ab:-?&*!|>'\"%@`{}[], \n\t#.<=~0\\", max_size=80))
def test_any_text_is_a_tree_or_faults(text: str) -> None:
    node, faults = read(text, "f")
    assert node is not None or faults


FAULT = Diagnostic(Place("flows/a,b.yaml", 2, 3), "NB130", "there is no state '50%'", "did you mean 'half'?")


def test_text_marks_the_place() -> None:
    assert as_text([FAULT], {"flows/a,b.yaml": "x\n  next: y\n"}) == (
        "flows/a,b.yaml:2:3 NB130 there is no state '50%'\n      next: y\n      ^\n  hint: did you mean 'half'?"
    )


def test_json_is_flat() -> None:
    assert as_json([FAULT]) == [
        {
            "file": "flows/a,b.yaml",
            "line": 2,
            "column": 3,
            "code": "NB130",
            "severity": "error",
            "message": "there is no state '50%'",
            "hint": "did you mean 'half'?",
        }
    ]


def test_annotations_escape_what_the_host_reads() -> None:
    assert as_annotations([FAULT]) == (
        "::error file=flows/a%2Cb.yaml,line=2,col=3,title=NB130::"
        "there is no state '50%25' (hint: did you mean 'half'?)"
    )
