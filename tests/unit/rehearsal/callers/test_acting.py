"""Somebody who knows what ails them answers by place: first why they ring, then by signs, facts and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.effects import Escalate, Play
from nightbell.call.events import KeyPressed
from nightbell.flow.model import Choice, Collect, Flow, Menu, Prompt, Screen, Words
from nightbell.rehearsal.callers.acting import PersonPart
from nightbell.rehearsal.callers.choosing import choice_for
from nightbell.rehearsal.callers.person import Company, Facts, Person, Sign
from nightbell.rehearsal.callers.repertoire import written
from nightbell.rehearsal.part import Asked
from nightbell.rehearsal.script import Answer
from nightbell.terms.disposition import Disposition

ANSWERS = {"yes": ("Yeah, it is.",), "no": ("Nope.",), "filler": ("It was filler.",)}
COMPANY = Company(
    signs=(Sign(name="sight", means="sight", rows=("1",)), Sign(name="pain_worse", means="pain", rows=("3",))),
    people=(),
)
PERSON = Person(
    id="p",
    clinic="toy",
    file="",
    row="1",
    kind="plain",
    floor=Disposition.D0,
    says="Something's wrong with my eye.",
    signs=frozenset({"sight"}),
    facts=Facts(product="filler", since="today"),
)


@pytest.fixture
def asking(flow: Flow) -> Flow:
    """Let the toy flow's questions name their signs, and ask for the product and a number."""
    screen = next(state for state in flow.states if isinstance(state, Screen))
    questions = tuple(
        replace(each, asks=("sight",) if each.name == "sight" else ("pain_worse",)) for each in screen.questions
    )
    product = Menu(
        name="product",
        line=1,
        say=Prompt(name="product", parts=(Words("what"),)),
        choices=(
            Choice(name="filler", key="1", hear=("filler", "not sure"), next="screen"),
            Choice(name="toxin", key="2", hear=("botox",), next="screen"),
        ),
        unclear="screen",
        result="product",
    )
    number = Collect(
        name="number",
        line=1,
        result="callback_number",
        type="phone",
        say=Prompt(name="number", parts=(Words("key it"),)),
        offer=Prompt(name="number.offer", parts=(Words("this one?"),)),
        next="got",
        unclear="got",
    )
    states = tuple(replace(state, questions=questions) if state is screen else state for state in flow.states)
    return replace(flow, states=(*states, product, number))


def part_of(flow: Flow, person: Person = PERSON, **how: str) -> PersonPart:
    return PersonPart(person, compile_flow(flow), COMPANY, written(ANSWERS), **how)  # type: ignore[arg-type]


def ask(part: PersonPart, state: str, question: str = "", attempt: int = 0, prompt: str = "") -> Answer | None:
    asked = Asked(state=state, question=question, attempt=attempt, prompt=prompt or state)
    answer = part.answer(asked)
    if answer is not None:
        part.given(asked, answer)
    return answer


def test_the_first_open_question_is_told_why_they_ring_and_the_next_ones_what_is_true(asking: Flow) -> None:
    part = part_of(asking)

    assert ask(part, "opening") is None
    assert ask(part, "reason") == Answer(words=PERSON.says)
    sight, pain = ask(part, "screen", "sight"), ask(part, "screen", "pain")

    assert sight is not None
    assert sight.words in {"Yeah, it is.", "yes"}
    assert pain is not None
    assert pain.words in {"Nope.", "no"}
    told = [(given.place, given.meant, given.flagged, given.level) for given in part.answers]
    assert told == [
        ("reason", "says", True, None),
        ("screen.sight", "yes", True, Disposition.D0),
        ("screen.pain", "no", False, None),
    ]


def test_who_is_not_understood_uses_the_lines_words_and_then_the_keys_for_good(asking: Flow) -> None:
    part = part_of(asking)
    ask(part, "reason")

    assert ask(part, "screen", "sight", attempt=1) == Answer(words="yes")
    assert ask(part, "screen", "sight", attempt=2) == Answer(press="1")
    assert ask(part, "screen", "pain") == Answer(press="2")


def test_told_to_use_the_keys_a_caller_does(asking: Flow) -> None:
    part = part_of(asking)
    ask(part, "reason")

    assert ask(part, "screen", "sight", prompt="screen.keys_only") == Answer(press="1")


def test_wordings_vary_by_seed_and_by_nothing_else(asking: Flow) -> None:
    def first(seed: int) -> Answer | None:
        part = PersonPart(PERSON, compile_flow(asking), COMPANY, written(ANSWERS), seed=seed)
        ask(part, "reason")
        return ask(part, "screen", "sight")

    said = {seed: first(seed) for seed in range(12)}

    assert said == {seed: first(seed) for seed in range(12)}
    assert len({str(answer) for answer in said.values()}) > 1


def test_a_menu_is_answered_by_what_is_true_and_a_number_is_given(asking: Flow) -> None:
    part = part_of(asking)
    ask(part, "reason")

    product = ask(part, "product")
    assert product is not None
    assert product.words in {"It was filler.", "filler"}
    offer = ask(part, "number", "offer")
    assert offer is not None
    assert offer.words in {"Yeah, it is.", "yes"}
    assert ask(part, "number", "entry") == Answer(press="07700900123#")


def test_a_choice_that_says_more_than_is_true_is_not_worded_so() -> None:
    choices = (
        Choice(name="filler", key="1", hear=("filler",), next="a"),
        Choice(name="other", key="2", hear=("a fever", "something else", "tablets"), next="b"),
    )
    someone = replace(PERSON, facts=Facts(product="threads"))

    chosen = choice_for(someone, choices, "product")

    assert chosen is not None
    assert (chosen.choice.name, chosen.phrases) == ("other", ("something else",))


def test_a_correction_takes_its_no_back_at_the_next_place_whatever_is_asked(asking: Flow) -> None:
    part = part_of(asking, replace(PERSON, kind="correction", says="No.", then="No, wait, yes, it's misty."))

    assert ask(part, "reason") == Answer(words="No.")
    assert ask(part, "screen", "pain") == Answer(words="No, wait, yes, it's misty.")
    later = ask(part, "screen", "pain", attempt=1)
    assert later is not None
    assert later.words == "no"
    assert [given.flagged for given in part.answers] == [False, True, False]


def test_who_is_silent_says_and_presses_nothing(asking: Flow) -> None:
    part = part_of(asking, replace(PERSON, facts=Facts(silent=True), says=""))

    assert ask(part, "reason") is None
    assert ask(part, "screen", "sight", prompt="screen.keys_only") is None


def test_who_stays_until_a_person_is_got_hangs_up_after_that_and_not_before(asking: Flow) -> None:
    part = part_of(asking, patience="served")
    begun = Asked(state="screen", question="pain", attempt=0, prompt="screen.pain", begun=True)
    event = KeyPressed(clinic="toy", call="c", seq=1, at_utc=0, audio_ms=0, key="1")
    page = Escalate(call="c", n=1, disposition=Disposition.D0, state="screen", question="sight")
    play = Play(call="c", n=2, prompt="screen.pain", segments=(), bargein="speech", state="screen")

    assert part.answer(begun) is None
    part.happened(event, [page])
    part.happened(event, [play])

    answer = part.answer(begun)
    assert answer is not None
    assert answer.hang_up


def test_a_question_without_signs_is_answered_by_its_row(flow: Flow) -> None:
    screen = next(state for state in flow.states if isinstance(state, Screen))
    rows = {"sight": "1, 2", "pain": "3"}
    questions = tuple(replace(each, row=rows[each.name]) for each in screen.questions)
    states = tuple(replace(state, questions=questions) if state is screen else state for state in flow.states)
    part = part_of(replace(flow, states=states))
    ask(part, "reason")

    ask(part, "screen", "sight")
    ask(part, "screen", "pain")

    assert [given.meant for given in part.answers] == ["says", "yes", "no"]
