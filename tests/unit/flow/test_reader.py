"""The sound flow, its version hash, and files that nobody wrote on purpose."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.flow.sound import CLINIC, FILES, FLOWS, broken, diagnostics

from nightbell.errors import FlowError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Collect, Flow, Menu, Prompt, Screen, Slot, Words
from nightbell.flow.reading.reader import read_flow
from nightbell.flow.reading.states.registry import KINDS
from nightbell.terms.disposition import Disposition


@pytest.fixture(scope="module")
def flow() -> Flow:
    return read_flow(FILES, CLINIC)


def prompts(value: object) -> list[Prompt]:
    if isinstance(value, Prompt):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in prompts(item)]
    slots = getattr(value, "__dataclass_fields__", {})
    return [found for name in slots for found in prompts(getattr(value, name))]


def test_it_uses_every_kind(flow: Flow) -> None:
    assert {state.kind for state in flow.states} == set(KINDS) - {"transfer"}  # test_language has that one


def test_the_folder_and_the_texts_give_the_same_flow(flow: Flow) -> None:
    assert load_flow(FLOWS / CLINIC) == flow
    assert load_flow(FLOWS / CLINIC, shared=FLOWS / "shared") == flow


def test_prompt_names_are_unique(flow: Flow) -> None:
    by_name: dict[str, Prompt] = {}
    for prompt in prompts(flow):
        assert by_name.setdefault(prompt.name, prompt) == prompt
    assert {
        "opening",
        "sight.vision",
        "number.offer",
        "reason.noinput.2",
        "reprompts.keys_only",
        "mistake",
    } <= set(by_name)


def test_facts_are_filled_in_and_slots_are_left(flow: Flow) -> None:
    opening = flow.state("opening")
    assert prompts(opening)[0].must_hear
    assert prompts(opening)[0].parts == (
        Words(
            "Harbour Clinic. For trouble breathing, chest pain or any change in sight, "
            "press nine, or hang up and dial nine nine nine."
        ),
    )
    number = flow.state("number")
    assert isinstance(number, Collect)
    assert number.offer is not None
    assert number.offer.parts == (Words("Shall we ring you on "), Slot("caller_number"), Words("?"))
    assert not number.offer.is_fixed


def test_timers_come_from_the_state_then_the_flow_then_the_fragment_then_the_model(flow: Flow) -> None:
    menu = flow.state("reason")
    assert isinstance(menu, Menu)
    assert (menu.timers.confidence_level, menu.timers.timeout_ms, menu.timers.max_attempts) == (0.6, 8000, 2)
    assert menu.timers.interdigit_timeout_ms == 3000
    assert menu.choices[0].hear == ("worried", "it hurts", "it aches")


def test_a_question_knows_its_line_and_its_floor(flow: Flow) -> None:
    screen = flow.state("sight")
    assert isinstance(screen, Screen)
    lines = FILES["harbour/flow.yaml"].splitlines()
    assert "vision:" in lines[screen.questions[0].line - 1]
    assert screen.questions[0].yes is Disposition.D0
    assert screen.emergency == "emergency"


@pytest.mark.parametrize("typed", ["no", "on", "012", "1:30", "2026-01-01", "null", "1e3", "~"])
def test_what_looks_like_another_type_stays_text(typed: str) -> None:
    files = broken(("parking: behind the fish market", f"parking: {typed}"), file="harbour/clinic.yaml")
    assert dict(read_flow(files, CLINIC).clinic.facts)["parking"] == typed


def test_the_hash_changes_with_a_word_and_not_with_a_comment(flow: Flow) -> None:
    assert read_flow(broken(("spec:", "# a comment\n\nspec:")), CLINIC).hash == flow.hash
    assert read_flow(broken(("Is there anything else?", "Anything else?")), CLINIC).hash != flow.hash
    assert read_flow(broken(("limit: 90s", "limit: 91s")), CLINIC).hash != flow.hash


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_hash_is_the_same_under_every_hash_seed(flow: Flow, seed: str) -> None:
    program = (
        "import sys, pathlib\nfrom nightbell.flow.load import load_flow\n"
        "print(load_flow(pathlib.Path(sys.argv[1])).hash)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(FLOWS / CLINIC)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == flow.hash


@pytest.mark.parametrize("seed", range(100))
def test_a_mutated_flow_is_a_flow_or_its_faults(seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(FILES))
    text = FILES[name]
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        end = min(len(text), at + chance.randint(1, 40))
        into = chance.randrange(len(text))
        cut = text[at:end]
        noise = "".join(chance.choice("\t\n {}[]()|:#&*!%@'\"-,.?>9aé\u2028\x00\U0001f600") for _ in range(4))
        text = chance.choice(
            [text[:at] + text[end:], text[:into] + cut + text[into:], text[:at] + noise + text[end:]]
        )
    try:
        outcome: object = read_flow({**FILES, name: text}, CLINIC)
    except FlowError as error:
        outcome = error
        assert error.diagnostics  # noqa: PT017 - both outcomes are good, and each is checked
    assert isinstance(outcome, Flow | FlowError)


def copied(folder: Path) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / CLINIC


def test_bytes_that_are_no_text_are_a_fault_beside_the_others(tmp_path: Path) -> None:
    clinic = copied(tmp_path)
    (clinic / "clinic.yaml").write_bytes(b"name: \xff\xfe")
    (clinic / "flow.yaml").write_text(FILES["harbour/flow.yaml"].replace("next: hours\n", "next: ours\n"))
    with pytest.raises(FlowError) as caught:
        load_flow(clinic)
    assert [(Path(fault.place.file).name, fault.code) for fault in diagnostics(caught.value)] == [
        ("clinic.yaml", "NB116"),
        ("flow.yaml", "NB130"),
    ]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    clinic = copied(tmp_path)
    outside = tmp_path / "outside.yaml"
    (clinic / "clinic.yaml").rename(outside)
    (clinic / "clinic.yaml").symlink_to(outside)
    with pytest.raises(FlowError) as caught:
        load_flow(clinic)
    assert [fault.code for fault in diagnostics(caught.value)] == ["NB120"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FlowError) as caught:
        load_flow(tmp_path / "nowhere")
    assert [fault.code for fault in diagnostics(caught.value)] == ["NB120"]


def test_a_branch_whose_only_case_is_faulty_is_not_called_empty_too(tmp_path: Path) -> None:
    quayside = FLOWS / "broken" / "quayside"
    folder = tmp_path / "quayside"
    folder.mkdir()
    for path in quayside.glob("*.yaml"):
        (folder / path.name).write_text(
            path.read_text(encoding="utf-8").replace("count: {screens:", "count: {screen:")
        )
    with pytest.raises(FlowError) as caught:
        load_flow(folder)
    assert [str(found).split(" ")[1] for found in caught.value.diagnostics] == ["NB193"]
