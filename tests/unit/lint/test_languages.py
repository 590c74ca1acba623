"""A second language: what is missing in it is found, gravely where safety hangs on it."""

from __future__ import annotations

from tests.unit.lint.bilingual import bilingual
from tests.unit.lint.sound import with_lengths

from nightbell.document.diagnostic import Diagnostic
from nightbell.flow.archive import prompts_of
from nightbell.flow.lint.registry import find_all
from nightbell.flow.lint.rule import Subject


def found(subject: Subject, code: str) -> list[Diagnostic]:
    return [one for one in find_all(subject) if one.code == code]


def test_a_flow_that_says_everything_twice_is_sound() -> None:
    assert [str(one) for one in find_all(bilingual()) if "NB300" <= one.code < "NB340"] == []


def test_each_kind_of_safety_text_is_an_error_when_missing() -> None:
    for path in (
        ("states", "opening", "say"),
        ("states", "emergency", "say"),
        ("states", "hold", "say"),
        ("states", "screen", "questions", "sight", "ask"),
        ("states", "silent_call", "say_without_promise"),
        ("states", "taken", "say"),
        ("states", "person", "say"),
        ("mistake",),
    ):
        subject = bilingual(path)
        (one,) = found(subject, "NB335")
        assert (one.severity, one.place) == ("error", subject.places.of(*path, "text", value=True))
        assert "'cy'" in one.message


def test_other_texts_are_a_warning() -> None:
    for path in (("states", "book", "say"), ("states", "reason", "say"), ("reprompts", "noinput")):
        (one,) = found(bilingual(path), "NB335")
        assert one.severity == "warning"


def test_emergency_words_without_the_number_are_found_in_every_language() -> None:
    path = ("states", "opening", "say")
    subject = bilingual(instead={path: "Os na allwch anadlu, pwyswch naw."})
    (one,) = found(subject, "NB308")
    assert one.place == subject.places.of(*path, "in", "cy", value=True)
    assert "emergency number" in one.message


def test_a_number_is_found_in_another_language() -> None:
    path = ("states", "connect", "say")
    subject = bilingual(instead={path: "Ffoniwch dim saith saith dim dim naw."})
    (one,) = found(subject, "NB316")
    assert (one.place.line, one.place.column > 20) == (subject.places.of(*path, "in", "cy").line, True)


def test_a_language_that_nobody_recorded_is_found() -> None:
    subject = bilingual()
    english = {prompt.name: 3000 for prompt in prompts_of(subject.flow)}
    welsh = {f"{name}.cy": 3000 for name in english}
    assert found(subject, "NB336") == []
    assert found(with_lengths(subject, **english, **welsh), "NB336") == []
    missing = with_lengths(subject, **english, **{name: ms for name, ms in welsh.items() if name != "hold.cy"})
    (one,) = found(missing, "NB336")
    assert one.severity == "warning"
    assert "prompts/hold.cy.wav" in one.hint
