"""What the lines of the three clinics say, and what they never say. Each clinical wording stands in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.unit.flows.clinics import CLINICS, FLOWS, ROWS, asking, flow_of, prompts, questions, words

from nightbell.flow.model import End, PromptState, Screen, Slot
from nightbell.terms.disposition import Disposition

NEVER = re.compile(
    r"is (this|it) an emergency|don't worry|do not worry|nothing to worry|\bnormal\b|probably|no need to|harmless"
    r"|massage|\bice\b|\bheat (?:it|the)|warm compress|aspirin|paracetamol|ibuprofen|painkiller|cold sore|herpes"
    r"|necrosis|occlusion|infection|just a bruise|wait and see|\bdose",
    re.IGNORECASE,
)
"""The last column of the triage table, and rule 5."""
LONGEST_QUESTION_WORDS = 20
"""What fits into six seconds; test_lengths measures it with the voice."""
SIGNS = frozenset(
    YAML(typ="safe").load((FLOWS / "shared" / "callers" / "signs.yaml").read_text(encoding="utf-8"))["signs"]
)


@pytest.fixture(params=CLINICS)
def clinic(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def spoken(clinic: str) -> str:
    """The clinic's emergency number as it is said."""
    return {"999": "nine nine nine", "911": "nine one one"}[flow_of(clinic).clinic.emergency]


def test_every_prompt_is_looked_at(clinic: str) -> None:
    assert len(prompts(flow_of(clinic))) > 200


def test_nothing_of_the_never_say_column_is_said(clinic: str) -> None:
    assert [(name, said) for name, said in prompts(flow_of(clinic)) if NEVER.search(said)] == []


@pytest.mark.parametrize(
    "bad", ["That is normal, put some ice on it", "It may be a cold sore", "Don't worry", "Is this an emergency?"]
)
def test_the_words_that_are_looked_for_would_be_found(bad: str) -> None:
    assert NEVER.search(bad)


def test_the_emergency_words_are_first_and_name_signs_and_number(clinic: str) -> None:
    flow = flow_of(clinic)
    opening = flow.state(flow.starts_at)
    assert isinstance(opening, PromptState)
    assert opening.say.must_hear
    said = words(opening.say)
    for wanted in ("breathing", "chest pain", "heavy bleeding", "press nine", spoken(clinic)):
        assert wanted in said
    assert "record" not in said


def test_no_other_countrys_emergency_number_is_said(clinic: str) -> None:
    other = {"nine nine nine", "nine one one", "one one two"} - {spoken(clinic)}
    assert [name for name, said in prompts(flow_of(clinic)) if any(number in said for number in other)] == []


def test_each_question_is_short_and_has_its_row_its_source_and_its_signs(clinic: str) -> None:
    for state, question in questions(flow_of(clinic)):
        where = f"{state}.{question.name}"
        assert len(words(question.ask).split()) <= LONGEST_QUESTION_WORDS, where
        assert question.row, where
        assert question.source, where
        assert question.not_sure == "counts_as_yes", where


def test_what_asks_for_signs_names_signs_that_callers_can_have(clinic: str) -> None:
    for where, signs in asking(flow_of(clinic)):
        assert signs, where
        assert set(signs) <= SIGNS, (where, set(signs) - SIGNS)


def test_a_screen_asks_five_questions_at_most_and_the_most_dangerous_first(clinic: str) -> None:
    for state in flow_of(clinic).states:
        if isinstance(state, Screen):
            ranks = [question.yes.rank for question in state.questions]
            assert len(ranks) <= 5, state.name
            assert ranks == sorted(ranks, reverse=True), state.name


def test_the_first_screen_is_all_emergency_and_the_same_everywhere() -> None:
    said = []
    for clinic in CLINICS:
        screen = flow_of(clinic).state("first_screen.signs")
        assert isinstance(screen, Screen)
        assert {question.yes for question in screen.questions} == {Disposition.D0}
        said.append([words(question.ask) for question in screen.questions])
    assert said[0] == said[1] == said[2]


def test_every_row_is_asked_for_or_listened_to(clinic: str) -> None:
    flow = flow_of(clinic)
    told = {row.strip() for _, question in questions(flow) for row in question.row.split(",")}
    told |= {row.strip() for flag in flow.universals for row in flag.row.split(",")}
    # 7 is the records', 29 what is left when every answer was no, 31 the safety question of a booking,
    # 32 "for whom"; 33 is heard by a universal without a floor, which bears no row.
    other = {
        "7": "seen_before",
        "10": "what_it_is_about",
        "29": "what_it_is_about",
        "31": "before_booking",
        "32": "for_whom_soon.ask",
        "33": "would_go",
    }
    names = {state.name for state in flow.states}
    missing = [row for row in map(str, ROWS[clinic]) if row not in told and other.get(row, "") not in names]
    assert missing == []


def test_every_end_below_the_emergency_promises_and_has_a_safety_net(clinic: str) -> None:
    ends = [state for state in flow_of(clinic).states if isinstance(state, End)]
    assert {end.disposition for end in ends} >= set(Disposition)
    for end in ends:
        assert spoken(clinic) in words(end.say), end.name
        if end.disposition is Disposition.D0 or end.name == "reception_end":
            continue
        assert end.promise, end.name
        assert end.say_without_promise is not None
        assert spoken(clinic) in words(end.say_without_promise), end.name
        assert Slot("promise_time") in end.say.parts, end.name
        assert Slot("promise_time") not in end.say_without_promise.parts, end.name


def test_the_ends_of_each_lane_name_danger_signs_of_their_own() -> None:
    ends = {
        state.name: words(state.say)
        for state in flow_of("rosewood").states
        if isinstance(state, End) and state.name.endswith((".working_day", ".four_hours"))
    }
    nets = {said.partition("If ")[2].partition(", ring us")[0] for said in ends.values()}
    assert len(nets) >= 5
    assert any("pale" in net for net in nets)
    assert any("swallowing" in net for net in nets)


def test_the_crisis_line_is_said_twice_and_nobody_is_hung_up_on(clinic: str) -> None:
    flow = flow_of(clinic)
    crisis = flow.state("crisis")
    assert isinstance(crisis, PromptState)
    line = dict(flow.clinic.facts)["crisis_line"]
    assert words(crisis.say).count(line) == 2
    assert {"rosewood": "1 1 6, 1 2 3", "stmarks": "1 1 6, 1 2 3", "hollow-lane": "9 8 8"}[clinic] in line


def test_the_named_places_are_said_where_the_rows_say_so(clinic: str) -> None:
    flow = flow_of(clinic)
    said = dict(prompts(flow))
    assert flow.clinic.eye_unit in said["emergency_end"]
    assert flow.clinic.emergency_department in said["not_reached"]
    if clinic == "stmarks":
        assert flow.clinic.emergency_department in said["get_anaesthetist"]


def test_no_telephone_number_but_the_clinics_own_is_said(clinic: str) -> None:
    flow = flow_of(clinic)
    own = re.sub(r"\D", "", flow.clinic.number)[-10:]
    for _, said in prompts(flow):
        for digits in re.findall(r"\d[\d ]{6,}", said):
            assert re.sub(r"\D", "", digits)[-10:] == own


def _texts(path: Path) -> list[str]:
    found: list[str] = []

    def visit(node: object, key: str = "") -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                visit(value, str(name))
        elif isinstance(node, list):
            for item in node:
                visit(item, key)
        elif key in {"ask", "signs"} and isinstance(node, str):
            found.append(" ".join(node.split()))

    visit(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    return found


def test_each_clinical_wording_stands_in_one_place() -> None:
    files = [*FLOWS.glob("*/flow.yaml"), *FLOWS.glob("shared/*.yaml")]
    # What is asked again while it rings is held to the lanes' words by tests/unit/flow/test_last_signs.py.
    files = [path for path in files if not path.name.startswith("last-signs-")]
    written = [text for path in files for text in _texts(path) if len(text.split()) > 3]
    assert len(written) >= 30
    assert sorted({text for text in written if written.count(text) > 1}) == []


def test_every_flow_is_a_draft_until_a_clinician_signs_it() -> None:
    for path in (*FLOWS.glob("*/flow.yaml"), *FLOWS.glob("shared/*.yaml")):
        if path.name != "universals.yaml":
            assert "draft: not signed by a clinician" in path.read_text(encoding="utf-8"), path
    assert list(FLOWS.glob("*/signoff.yaml")) == []
