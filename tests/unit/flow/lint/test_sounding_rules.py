"""The rules that need sound, each on a flow that keeps it and on one that breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.flow.lint.subjects import SOUNDS, found, lengths, subject

from nightbell.flow.lint import (
    key_before_meaning,
    near_homophones,
    opening_length,
    question_length,
    sign_off,
    unknown_words,
    unused,
)
from nightbell.flow.lint.registry import RULES
from nightbell.flow.lint.rule import Rule, Sounds, Subject
from nightbell.flow.load import load_with_places
from nightbell.flow.reading.reader import read_with_places
from nightbell.flow.signoff import compare, sign

ROOT = Path(__file__).resolve().parents[4]
SOUNDING = (question_length, opening_length, key_before_meaning, unknown_words, near_homophones, unused, sign_off)
LONG = (
    "Has your sight changed, or does the eye hurt, or did you see spots, flashes, shadows or curtains, "
    "or two of anything, now or at any time?"
)


@pytest.mark.parametrize("rule", [module.RULE for module in SOUNDING], ids=lambda rule: rule.code)
def test_a_sound_flow_has_nothing_of_it(rule: Rule) -> None:
    assert found(rule) == []
    assert rule in RULES


def test_a_question_is_held_to_six_seconds() -> None:
    rule = question_length.RULE
    (fault,) = found(rule, lengths=lengths(sight__vision=6_010))
    assert fault.message == "the question 'vision' takes 6.0 s"
    assert (fault.place.line, fault.severity) == (40, "error")
    assert found(rule, lengths=lengths(sight__vision=6_000)) == []
    (guessed,) = found(rule, ("Has your sight changed at all?", f'"{LONG}"'))
    assert "would take about" in guessed.message
    assert found(rule, ("Has your sight changed at all?", f'"{LONG}"'), lengths=lengths(sight__vision=5_900)) == []


def test_the_emergency_words_are_over_in_twelve_seconds() -> None:
    rule = opening_length.RULE
    assert found(rule, lengths=lengths(opening=12_000)) == []
    (fault,) = found(rule, lengths=lengths(opening=12_010))
    assert fault.message == "the emergency words are over 12.0 s after answering"
    assert fault.place.line == 11


def test_what_is_said_before_the_emergency_words_counts() -> None:
    welcome = (
        "  opening:\n    kind: prompt\n",
        (
            "  welcome: {kind: prompt, say: Good evening and welcome., next: opening}\n"
            "  sky: {kind: schedule, open: opening, closed: welcome, holiday: welcome}\n"
            "  opening:\n    kind: prompt\n"
        ),
    )
    start = ("starts_at: opening", "starts_at: sky")
    (fault,) = found(opening_length.RULE, welcome, start, lengths=lengths(welcome=2_000, opening=10_500))
    assert "12.5 s" in fault.message
    assert "what stands before them" in fault.hint
    assert found(opening_length.RULE, welcome, start, lengths=lengths(welcome=1_000, opening=10_500)) == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("Press one for a treatment. For appointments, press two.", "Press one for"),
        ("For a treatment, press one. Press the number 2 to book.", "Press the number 2 to"),
        ("Key three if you are worried.", "Key three if"),
        ("For appointments press two for a treatment press one.", ""),
        ("To say no to that, press five at any time. Press nine now.", ""),
        ("Say yes, or press one. For anything else, press two.", ""),
        ("Press one for yes, two for no.", ""),
    ],
)
def test_a_key_comes_after_its_meaning(words: str, wrong: str) -> None:
    before = "Are you worried about a treatment? Press one. For appointments, press two."
    faults = found(key_before_meaning.RULE, (before, f'"{words}"'))
    assert [fault.message for fault in faults] == (
        [f"{wrong!r} names the key before its meaning"] if wrong else []
    )
    assert all(fault.place.line == 29 for fault in faults)


def test_a_word_that_the_recogniser_does_not_know() -> None:
    (fault,) = found(unknown_words.RULE, ('"it (hurts|aches)"', '"it (hurts|aches)", "yess it hurts"'))
    assert fault.message == "the recogniser does not know 'yess': 'yess it hurts' is never heard"
    assert fault.hint.startswith("it knows 'yes' or 'yeas'")
    assert (fault.place.line, fault.severity) == (31, "error")


def test_a_spelling_by_sound_covers_a_word() -> None:
    blanching = ("hear_yes: [it is blurred]", "hear_yes: [it is blanching]")
    assert len(found(unknown_words.RULE, blanching)) == 1
    known = ("timers: {timeout: 8s}", "timers: {timeout: 8s}\nsounds_like: {blanching: [branching]}")
    assert found(unknown_words.RULE, blanching, known) == []
    deaf = ("timers: {timeout: 8s}", "timers: {timeout: 8s}\nsounds_like: {blanching: [planching]}")
    assert len(found(unknown_words.RULE, blanching, deaf)) == 1


@pytest.mark.parametrize("module", [unknown_words, near_homophones])
def test_without_a_model_nothing_is_said_about_sound(module: object) -> None:
    rule = vars(module)["RULE"]
    assert (
        found(rule, ("hear_no: [it is pink]", "hear_yes: [white], hear_no: [right, xyzzy]"), sounds=Sounds()) == []
    )


PAIRS = [
    ("white", "right", "error"),
    ("fading", "fainting", "error"),
    ("book", "look", "warning"),
    ("fine", "nine", "warning"),
    ("it is white", "it is right", "error"),
]


@pytest.mark.parametrize(("one", "other", "severity"), PAIRS)
def test_near_homophones_of_a_screen(one: str, other: str, severity: str) -> None:
    faults = found(near_homophones.RULE, ("hear_no: [it is pink]", f"hear_yes: [{one}], hear_no: [{other}]"))
    assert [(fault.severity, fault.place.line) for fault in faults] == [(severity, 41)]
    assert repr(one) in faults[0].message
    assert repr(other) in faults[0].message


def test_near_homophones_matter_where_the_risk_differs_only() -> None:
    looking = ('hear: [worried, "it (hurts|aches)"]', "hear: [worried, look]")
    booking = ('hear: [appointments, "booking [please]"]', "hear: [appointments, book]")
    (fault,) = found(near_homophones.RULE, looking, booking)
    assert "'book' (booking) sounds like 'look' (worried)" in fault.message
    benign = ("next: sight}\n      booking", "next: booking}\n      booking")
    assert found(near_homophones.RULE, looking, booking, benign) == []
    same = ("hear_no: [it is pink]", "hear_no: [white, right]")
    assert found(near_homophones.RULE, same) == []


def test_spellings_by_sound_count_as_sounds() -> None:
    yes_no = ("hear_no: [it is pink]", "hear_yes: [blanching], hear_no: [branching]")
    known = ("timers: {timeout: 8s}", "timers: {timeout: 8s}\nsounds_like: {blanching: [branching]}")
    assert [fault.severity for fault in found(near_homophones.RULE, yes_no, known)] == ["error"]
    assert found(near_homophones.RULE, yes_no) == []


def test_a_recording_without_a_prompt() -> None:
    paths = {name: f"prompts/{name}.wav" for name in ("openning", "opening", "number.offer.part-1", "clips/ten")}
    paths["twenty"] = "prompts/clips/twenty.wav"
    (fault,) = found(unused.RULE, recordings=paths)
    assert str(fault) == "prompts/openning.wav NB345 no prompt is called 'openning': the recording is never heard"
    assert (fault.hint, fault.severity) == ("did you mean 'opening'?", "warning")


MOORING = {
    name: (ROOT / "tests" / "flows" / name).read_text(encoding="utf-8")
    for name in ("mooring/flow.yaml", "mooring/clinic.yaml", "shared/universals.yaml", "shared/asking.yaml")
}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "grammars:\n",
            "grammars:\n  sad: [sad, unhappy]\n",
            "no phrase uses the grammar 'sad'",
        ),
        ("slots:\n", "slots:\n  side: {left: [left]}\n", "no phrase uses the slot 'side'"),
        (
            "states:\n  opening:",
            (
                "dialogs:\n  idle:\n    returns: [out]\n    starts_at: go\n    states:\n"
                "      go: {kind: prompt, say: Hello., next: return:out}\nstates:\n  opening:"
            ),
            "no state calls the dialog 'idle'",
        ),
        (
            "shared/asking]",
            "shared/asking, shared/spare]",
            "nothing of the fragment 'shared/spare'",
        ),
    ],
)
def test_what_nothing_uses(old: str, new: str, said: str) -> None:
    spare = 'spec: "1.1"\nstates:\n  spare: {kind: prompt, say: Hello., next: hold}\n'
    assert MOORING["mooring/flow.yaml"].count(old) == 1
    files = {**MOORING, "shared/spare.yaml": spare}
    files["mooring/flow.yaml"] = files["mooring/flow.yaml"].replace(old, new)
    before = read_with_places(MOORING, "mooring")
    assert list(unused.RULE.find(Subject(flow=before.flow, places=before.places))) == []
    after = read_with_places(files, "mooring")
    (fault,) = unused.RULE.find(Subject(flow=after.flow, places=after.places))
    assert fault.message.startswith(said)
    written = files["mooring/flow.yaml"].splitlines()[fault.place.line - 1]
    assert written[fault.place.column - 1 :].startswith(said.split("'")[1])
    assert fault.severity == "warning"


def signed(today: date, **changes: str) -> Subject:
    before = subject()
    signature = sign(before.flow, {}, by="Dr Ann Lee", on=date(2026, 1, 5), review_by=date(2026, 7, 5))
    now = subject(*changes.items()) if changes else before
    return replace(now, standing=compare(now.flow, {}, signature, today))


def test_words_that_are_signed() -> None:
    assert list(sign_off.RULE.find(signed(date(2026, 7, 5)))) == []
    (fault,) = sign_off.RULE.find(signed(date(2026, 7, 6)))
    assert fault.message == "the words were to be looked at again by 2026-07-05 (Dr Ann Lee, 2026-01-05)"
    (fault,) = sign_off.RULE.find(
        signed(date(2026, 2, 1), **{"Is there anything else?": "Is there something else?"})
    )
    assert fault.message == "the wording of wants_more is other than what was signed (Dr Ann Lee, 2026-01-05)"
    assert (fault.place.line, fault.severity) == (72, "warning")


def test_words_that_nobody_signed() -> None:
    flow = subject()
    draft = replace(flow, standing=compare(flow.flow, {}, None, date(2026, 2, 1)))
    (fault,) = sign_off.RULE.find(draft)
    assert fault.message == "nobody has signed the words of this line"


@pytest.mark.audio
def test_rosewood_keeps_them_with_its_real_lengths_and_sounds(vosk_folder: Path) -> None:
    from nightbell.flow.lint.listened import words_in
    from nightbell.speech.pronouncing import Pronouncing

    loaded = load_with_places(ROOT / "flows" / "rosewood")
    sounds = Sounds(says=Pronouncing(vosk_folder).of(words_in(loaded.flow)))
    assert sounds.says["sight"] == ("S AY T",)
    rosewood = Subject(flow=loaded.flow, places=loaded.places, sounds=sounds)
    assert [str(fault) for module in SOUNDING for fault in module.RULE.find(rosewood)] == []
    assert SOUNDS.says["yes"] == sounds.says["yes"]
