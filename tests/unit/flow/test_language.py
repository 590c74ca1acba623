"""What the newer parts of the language come to: dialogs, results, counters, languages, grammars, routes."""

from __future__ import annotations

import pytest
from tests.unit.flow.mooring import CLINIC, FILES, FLOW, SHARED, changed
from tests.unit.flow.sound import FLOWS

from nightbell.flow.archive import flow_from_json, flow_to_json, prompts_of
from nightbell.flow.load import load_with_places
from nightbell.flow.model import (
    Answers,
    Bounds,
    Branch,
    Case,
    Collect,
    Flow,
    Limits,
    Menu,
    PromptState,
    Screen,
    Slot,
    Transfer,
    Words,
)
from nightbell.flow.reading.reader import Loaded, read_flow, read_with_places
from nightbell.terms.disposition import Disposition


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_with_places(FLOWS / CLINIC)


@pytest.fixture(scope="module")
def flow(loaded: Loaded) -> Flow:
    return loaded.flow


def menu(flow: Flow, name: str) -> Menu:
    state = flow.state(name)
    assert isinstance(state, Menu)
    return state


def collect(flow: Flow, name: str) -> Collect:
    state = flow.state(name)
    assert isinstance(state, Collect)
    return state


def branch(flow: Flow, name: str) -> Branch:
    state = flow.state(name)
    assert isinstance(state, Branch)
    return state


def test_it_loads_without_a_word(loaded: Loaded) -> None:
    assert loaded.warnings == ()
    assert loaded.flow.spec == "1.1"


def test_a_dialog_is_written_out_once_for_each_call(flow: Flow) -> None:
    names = [state.name for state in flow.states]
    assert [name for name in names if name.startswith("bump")] == [
        "bump", "bump.since", "bump.how_bad", "bump.known", "bump.right.ask",
    ]  # fmt: skip
    assert [name for name in names if name.startswith("again")] == [
        "again.since", "again.how_bad", "again.known", "again.right.ask",
    ]  # fmt: skip
    assert {state.dialog for state in flow.states} == {"", "sort_out", "is_right"}


def test_what_a_call_gives_its_dialog_is_said_in_every_language(flow: Flow) -> None:
    since = collect(flow, "bump.since").say
    assert since.parts == (Words("When did the bump begin?"),)
    assert since.parts_in("cy") == (Words("Pryd ddechreuodd y lwmp?"),)
    assert collect(flow, "again.right.ask").say.parts[0] == Words(
        "So it is the swelling Mooring Clinic saw. Is that right?"
    )


def test_targets_in_a_dialog_are_its_own_and_its_returns(flow: Flow) -> None:
    assert collect(flow, "bump.since").unclear == "sight"
    assert menu(flow, "bump.how_bad").routes == (("noinput", "bump.since"),)
    assert collect(flow, "bump.right.ask").yes == "fork"
    assert collect(flow, "again.right.ask").yes == "again.since", "a call as a target is its first state"
    assert collect(flow, "again.right.ask").next == "again.since"


def test_a_call_that_counts_is_a_state_before_its_dialog(flow: Flow) -> None:
    bump = branch(flow, "bump")
    assert (bump.counts, bump.cases, bump.otherwise) == ("sorting", (), "bump.since")
    assert menu(flow, "reason").choices[0].next == "bump"
    assert menu(flow, "bump.how_bad").counts == menu(flow, "again.how_bad").counts == "sorted"


def test_results_of_a_dialog_are_the_calls_own_unless_it_gives_them_on(flow: Flow) -> None:
    assert menu(flow, "bump.how_bad").result == "bump.how_bad"
    assert collect(flow, "bump.since").result == collect(flow, "again.since").result == "since"
    assert collect(flow, "bump.right.ask").result == "bump.right.answer"
    assert [case.name for case in branch(flow, "again.known").cases] == ["again.how_bad", "since"]


def test_every_condition(flow: Flow) -> None:
    cases = branch(flow, "fork").cases
    assert cases[0] == Case(
        of="count", name="sorting", test="at_least", value=("2",), floor=Disposition.D2, next="hold"
    )
    assert [(case.of, case.name, case.test, case.value) for case in cases[1:]] == [
        ("result", "since", "equals", ("today",)),
        ("result", "reason", "in", ("booking",)),
        ("result", "area", "equals", ("lip",)),
        ("result", "code", "equals", ("unknown",)),
        ("language", "", "equals", ("cy",)),
        ("cover", "", "in", ("solo", "none")),
    ]


def test_states_of_dialogs_stand_where_they_were_written(loaded: Loaded) -> None:
    assert str(loaded.places.of("states", "bump.since", "say")).endswith("shared/asking.yaml:14:9")
    assert loaded.places.of("states", "again.since") == loaded.places.of("states", "bump.since")
    assert str(loaded.places.of("states", "bump")).endswith("mooring/flow.yaml:48:3")
    assert loaded.flow.state("again.since").line == 10


def test_phrases_name_grammars_and_slots(flow: Flow) -> None:
    worried = menu(flow, "reason").choices[0]
    assert worried.hear[:2] == ("i'm worried", "i'm it hurts")
    assert len(worried.hear) == len(set(worried.hear)) == 30
    fills = dict(worried.fills)
    assert fills["my lips is pale"] == (("area", "lip"),)
    assert fills["i'm my tip of my nose has gone white"] == (("area", "nose"),)
    assert "worried" not in fills
    universal = next(universal for universal in flow.universals if universal.name == "not_well")
    assert universal.hear == ("i feel ... (faint|dizzy)", "(is (white|pale)|has gone white)")
    assert universal.unless == ("not faint",)


def test_languages_have_their_own_words(flow: Flow) -> None:
    assert flow.languages == ("en", "cy")
    english, welsh = menu(flow, "tongue").choices
    assert (english.language, english.hear, english.hear_in) == ("en", ("english",), ())
    assert (welsh.language, welsh.hear, welsh.hear_in) == ("cy", ("welsh",), (("cy", ("cymraeg",)),))
    assert flow.answers_in == (Answers(language="cy", yes=("ydy", "ie"), no=("nac ydy",)),)
    assert flow.yes == ("yes", "yes please")
    screen = flow.state("sight")
    assert isinstance(screen, Screen)
    assert screen.questions[0].hear_yes_in == (("cy", ("yn aneglur",)),)
    opening = flow.state("opening")
    assert isinstance(opening, PromptState)
    assert opening.say.parts_in("cy")[0] == Words(
        "Mooring Clinic. Os na allwch anadlu, pwyswch naw, neu ffoniwch 999."
    )
    assert opening.say.must_hear


def test_menus_and_collections(flow: Flow) -> None:
    reason = menu(flow, "reason")
    assert (reason.result, reason.counts) == ("reason", "asked")
    assert reason.confirm is not None
    assert (reason.confirm.name, reason.confirm.parts[1]) == ("reason.confirm", Slot("heard"))
    assert (reason.choices[1].not_hear, reason.choices[1].priority) == (("disappointments",), 10)
    assert reason.routes[-2:] == (("universal:blind", "emergency"), ("universal:not_well", "same"))
    assert (reason.timers.low_confidence_level, reason.timers.confidence_level) == (0.3, 0.5)
    code = collect(flow, "code")
    assert (code.type, code.min_digits, code.max_digits) == ("digits", 4, 6)
    gate = collect(flow, "gate")
    assert (gate.clears, gate.yes, gate.next) == (True, "sight", "closed")
    since = collect(flow, "bump.since")
    assert [(choice.name, choice.next) for choice in since.choices] == [
        ("today", "bump.how_bad"),
        ("earlier", "bump.how_bad"),
    ]


def test_a_transfer_names_a_role(flow: Flow) -> None:
    ring = flow.state("ring")
    assert isinstance(ring, Transfer)
    assert (ring.to, ring.limit_ms, ring.answered, ring.busy) == ("clinician", 30_000, "taken", "hold")


def test_limits_bounds_and_cover(flow: Flow) -> None:
    assert flow.limits == Limits(turns=40, duration_ms=600_000, visits=2, watchdog_ms=8_000)
    assert flow.bounds == Bounds(turns=1, seconds=30)
    assert flow.clinic.cover == "solo"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("visits: 2", "visits: 3"),
        ("seconds: 30", "seconds: 31"),
        ("cy: lwmp", "cy: lwmpyn"),
        ("not_hear: [disappointments]", "not_hear: [disappointment]"),
        ("unless: [not faint]", "unless: [not so faint]"),
        ("{noinput: silence, ", "{noinput: hold, "),
        ("counts: asked", "counts: askd"),
    ],
)
def test_whatever_can_change_a_call_changes_the_hash(flow: Flow, old: str, new: str) -> None:
    assert read_flow(changed(old, new), CLINIC).hash != flow.hash


def test_a_kept_version_reads_back(flow: Flow) -> None:
    assert flow_from_json(flow_to_json(flow)) == flow
    names = [prompt.name for prompt in prompts_of(flow)]
    assert len(names) == len(set(names))
    assert {"bump.since", "bump.since.confirm", "again.right.ask", "reason.confirm", "ring"} <= set(names)


def test_a_dialog_that_nothing_calls_is_checked_and_warned_of() -> None:
    spare = (
        "  spare: {returns: [out], starts_at: a, states: {a: {kind: prompt, say: Hello., next: 'return:out'}}}\n"
    )
    files = {**FILES, SHARED: FILES[SHARED] + spare}
    (warning,) = read_with_places(files, CLINIC).warnings
    assert (warning.code, warning.severity, warning.place.line) == ("NB139", "warning", 51)
    assert "spare.a" not in {state.name for state in read_flow(files, CLINIC).states}


def test_a_flow_wins_over_its_fragments_dialogs_and_grammars() -> None:
    states = "{b: {kind: prompt, say: Yes., next: 'return:right'}}"
    own = f"dialogs:\n  is_right: {{params: [what], returns: [right, wrong], starts_at: b, states: {states}}}\n"
    flow = read_flow({**FILES, FLOW: FILES[FLOW] + own}, CLINIC)
    assert "bump.right.b" in {state.name for state in flow.states}
