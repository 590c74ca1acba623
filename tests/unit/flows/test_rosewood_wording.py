from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nightbell.call.flags import find_flag
from nightbell.flow.load import load_flow
from nightbell.flow.model import End, Flow, Prompt, Screen, Slot
from nightbell.terms.disposition import Disposition

ROOT = Path(__file__).resolve().parents[3]
FORBIDDEN = re.compile(
    r"is (this|it) an emergency|don't worry|do not worry|nothing to worry|\bnormal\b|probably|no need to"
    r"|massage|\bice\b|\bheat\b|warm compress|aspirin|paracetamol|ibuprofen|painkiller|cold sore|herpes|necrosis",
    re.IGNORECASE,
)
LONGEST_QUESTION_WORDS = 16
"""What fits into six seconds; test_rosewood_lengths measures it with the voice."""


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_flow(ROOT / "flows" / "rosewood")


def _words(prompt: Prompt) -> str:
    return "".join(f"<{part.name}>" if isinstance(part, Slot) else part.text for part in prompt.parts)


def _prompts(flow: Flow) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def visit(thing: object) -> None:
        if isinstance(thing, Prompt):
            found.append((thing.name, _words(thing)))
        elif isinstance(thing, tuple | list):
            for item in thing:
                visit(item)
        elif hasattr(thing, "__dataclass_fields__"):
            for name in thing.__dataclass_fields__:
                visit(getattr(thing, name))

    visit(flow)
    return found


def test_every_prompt_is_looked_at(flow: Flow) -> None:
    assert len(_prompts(flow)) > 60


def test_nothing_forbidden_is_said(flow: Flow) -> None:
    assert [name for name, words in _prompts(flow) if FORBIDDEN.search(words)] == []


def test_the_words_that_are_looked_for_would_be_found() -> None:
    assert FORBIDDEN.search("That is normal, put some ice on it")


def test_the_emergency_words_are_first_and_name_symptoms_and_number(flow: Flow) -> None:
    opening = flow.state(flow.starts_at)
    words = dict(_prompts(flow))[opening.name]
    for wanted in ("breathing", "chest pain", "sight", "press nine", "nine nine nine"):
        assert wanted in words
    assert "record" not in words


def test_questions_are_short_and_each_has_its_row_and_source(flow: Flow) -> None:
    for state in flow.states:
        if isinstance(state, Screen):
            assert len(state.questions) <= 5
            assert state.questions[0].yes is Disposition.D0
            for question in state.questions:
                assert len(_words(question.ask).split()) <= LONGEST_QUESTION_WORDS
                assert question.row
                assert question.source
                assert question.not_sure == "counts_as_yes"


def test_every_end_below_the_emergency_promises_and_has_a_safety_net(flow: Flow) -> None:
    ends = [state for state in flow.states if isinstance(state, End)]
    assert {end.disposition for end in ends} >= {Disposition.D0, Disposition.D1, Disposition.D4, Disposition.D5}
    for end in ends:
        assert "nine nine nine" in _words(end.say)
        if end.disposition is not Disposition.D0:
            assert end.promise
            assert end.say_without_promise is not None
            assert "nine nine nine" in _words(end.say_without_promise)
            assert Slot("promise_time") in end.say.parts
            assert Slot("promise_time") not in end.say_without_promise.parts


def test_no_telephone_number_but_the_clinics_own_is_written_in_a_prompt(flow: Flow) -> None:
    own = re.sub(r"\D", "", flow.clinic.number)[-10:]
    for _, words in _prompts(flow):
        for digits in re.findall(r"\d[\d ]{6,}", words):
            assert re.sub(r"\D", "", digits)[-10:] == own


def test_recorded_red_flags_are_flagged_and_recorded_bookings_are_not(flow: Flow) -> None:
    universals = sorted(flow.universals, key=lambda universal: -universal.priority)
    rows = [row for row in json.loads((ROOT / "audio" / "manifest.json").read_text()) if "text" in row]
    by_group = {
        group: [row for row in rows if row["group"] == group] for group in ("red_flags", "benign", "words")
    }
    assert len(by_group["red_flags"]) >= 30
    for row in by_group["red_flags"]:
        flag = find_flag(universals, flow.sounds_like, row["text"])
        assert flag is not None, row["text"]
        wanted = Disposition.D0 if row["row"] in {"1", "2", "8", "23"} else Disposition.D1
        assert flag.floor is wanted, row["text"]
    for row in (*by_group["benign"], *by_group["words"]):
        assert find_flag(universals, flow.sounds_like, row["text"]) is None, row["text"]


D0 = [
    "I can't see anything out of my right eye", "my vision's gone funny", "there's a black shadow across my eye",
    "he can't see properly", "everything's gone blurry", "it hurts behind my eye", "my eyelid is drooping",
    "I'm struggling to breathe", "my tongue is swelling", "she's slurring her words", "I can't lift my arm",
    "my chest feels tight", "it won't stop bleeding",
]  # fmt: skip
D1 = [
    "the skin round my mouth has turned a funny white colour", "my nose looks a bit grey", "her chin went grey",
    "my skin looks like marble", "there's a net pattern on my cheek", "the colour's gone from my lip",
    "I've got little blisters", "there's pus coming out", "it hurts a lot more than it should", "I'm in agony",
    "the pain keeps getting worse", "my lip feels cold", "my nose is numb", "my top lip is blanching",
    "one side is much more swollen", "I'm not sure but my lip looks a bit white",
]  # fmt: skip
BENIGN = [
    "I had my lips done last month, want to book", "how much are lip fillers", "does it hurt", "how painful is it",
    "my name is Jane White and I'd like to book", "it isn't painful", "no blisters no spots",
    "my skin is not white", "my sight is fine", "how long does the swelling last",
    "can I see the doctor on Friday", "nothing hurts",
    "I can't make it on Tuesday", "a consultation about dark circles", "no changes to my sight",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "floor"),
    [(text, Disposition.D0) for text in D0]
    + [(text, Disposition.D1) for text in D1]
    + [(text, None) for text in BENIGN],
)
def test_wordings_that_are_in_no_recording(flow: Flow, text: str, floor: Disposition | None) -> None:
    universals = sorted(flow.universals, key=lambda universal: -universal.priority)
    flag = find_flag(universals, flow.sounds_like, text)
    assert (flag.floor if flag else None) is floor
