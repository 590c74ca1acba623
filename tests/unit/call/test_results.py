"""Results, counters, digits and slots: what a call remembers for its branches."""

from __future__ import annotations

import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.condition import holds
from nightbell.call.effects import Play
from nightbell.call.memory import Memory
from nightbell.flow.model import Case
from nightbell.terms.disposition import Disposition
from nightbell.testing.calls import HandCall
from nightbell.testing.flows import changed, prompt
from nightbell.testing.whole import whole_flow


def call_at(step: str, tongue: str = "1") -> HandCall:
    call = HandCall(whole_flow())
    call.until("tongue")
    call.press(tongue)
    call.until("reason")
    if step != "reason":
        call.press("2")
        call.until("area")
    if step == "code":
        call.press("2")
        call.until("code")
    return call


def at(call: HandCall) -> str:
    return call.session.memory.step


def test_a_menu_gives_its_choice_and_exhausting_it_forgets_it() -> None:
    call = call_at("area")
    assert call.session.memory.results == {"reason": "appointments"}

    again = call_at("reason")
    for _ in range(3):
        again.wait("noinput")
        again.prompt_ends()
    assert again.session.memory.results == {}


def test_a_phrase_fills_its_slot_and_a_key_empties_it() -> None:
    call = call_at("area")
    call.say("my lip")
    assert call.session.memory.results == {"reason": "appointments", "area": "face", "part": "lip"}
    assert at(call) == "code"

    call.session.memory.step = "area"
    call.until("area")
    call.press("1")
    assert call.session.memory.results == {"reason": "appointments", "area": "face"}


def test_a_slot_is_read_by_the_branch_after_it() -> None:
    call = call_at("area")
    call.say("my nose")
    call.until("code")
    call.press(*"1234")

    assert at(call) == "before"


def test_a_choice_taken_under_must_hear_words_keeps_its_slot() -> None:
    flow = whole_flow()
    call = HandCall(changed(flow, "area", say=prompt("area", "Face, or body?", must_hear=True)))
    call.until("tongue")
    call.press("1")
    call.until("reason")
    call.press("2")
    call.say("my lip")
    assert at(call) == "area"
    call.prompt_ends()

    assert call.session.memory.results["part"] == "lip"


class TestDigits:
    def test_the_entry_ends_at_its_last_digit(self) -> None:
        call = call_at("code")
        call.press(*"1939")

        assert call.session.memory.values == {"code": "1939"}
        assert call.session.memory.results["code"] == "known"
        assert at(call) == "before"

    @pytest.mark.parametrize("end", ["#", "interdigit"])
    def test_the_entry_ends_at_hash_or_the_interdigit_time(self, end: str) -> None:
        call = call_at("code")
        call.press(*"19")
        if end == "#":
            call.press("#")
        else:
            call.wait("interdigit")

        assert call.session.memory.values == {"code": "19"}

    @pytest.mark.parametrize("entry", ["9", "999", "911", "112", "000"])
    def test_rule_1_an_emergency_number_as_the_whole_entry_is_the_emergency(self, entry: str) -> None:
        call = call_at("code")
        call.press(*entry)
        call.wait("interdigit")

        assert at(call) == "~nine"
        assert call.session.memory.values == {}

    @pytest.mark.parametrize("entry", ["9999", "9112", "1129", "0009", "1999"])
    def test_rule_1_with_another_key_a_nine_is_a_digit(self, entry: str) -> None:
        call = call_at("code")
        call.press(*entry)

        assert call.session.memory.values == {"code": entry}
        assert call.session.floor is None

    def test_rule_1_star_nine_is_the_emergency_within_an_entry(self) -> None:
        call = call_at("code")
        call.press("1", "*", "9")

        assert at(call) == "~nine"

    @pytest.mark.parametrize(("most", "entry"), [(1, "9"), (2, "999"), (2, "112"), (3, "911")])
    def test_rule_1_a_short_field_is_not_closed_under_an_emergency_number(self, most: int, entry: str) -> None:
        """Two digits wanted, 999 pressed: the third nine belongs to the entry, not to the next question."""
        call = HandCall(changed(whole_flow(), "code", min_digits=1, max_digits=most))
        call.until("tongue")
        call.press("1")
        call.until("reason")
        call.press("2")
        call.until("area")
        call.press("2")
        call.until("code")
        call.press(*entry)
        if "interdigit" in call.session.memory.timers:
            call.wait("interdigit")

        assert at(call) == "~nine"

    def test_digits_may_be_said_and_an_emergency_number_said_is_the_emergency(self) -> None:
        call = call_at("code")
        call.mutter("one nine double four")
        assert call.session.memory.values == {"code": "1944"}

        again = call_at("code")
        again.mutter("nine nine nine")
        assert at(again) == "~nine"

    def test_too_few_digits_are_tries_that_fail_and_leave_it_unknown(self) -> None:
        call = call_at("code")
        for _ in range(3):
            call.press("4", "#")
            if at(call) == "code":
                call.prompt_ends()

        assert call.session.memory.results["code"] == "unknown"
        assert at(call) == "message"


def test_counters_count_arrivals_and_stop_at_three() -> None:
    call = call_at("reason")
    assert call.session.memory.counts == {"asked": 1}
    for _ in range(5):
        call.session.memory.step = "again_by_key"
        call.session.memory.visits = {}
        call.until("again_by_key")
        call.press("2")
        call.until("reason")

    assert call.session.memory.counts == {"asked": 3}


def test_a_question_said_again_is_no_new_arrival() -> None:
    call = call_at("reason")
    call.mutter("well you know")
    call.prompt_ends()
    call.press("#")
    call.prompt_ends()

    assert call.session.memory.counts == {"asked": 1}


@pytest.mark.parametrize(
    ("case", "true_of"),
    [
        (Case(of="result", name="area", test="equals", value=("face",), next="x"), "face"),
        (Case(of="result", name="area", test="in", value=("face", "hand"), next="x"), "face"),
        (Case(of="count", name="asked", test="at_least", value=("2",), next="x"), "twice"),
        (Case(of="count", name="asked", test="equals", value=("2",), next="x"), "twice"),
        (Case(of="language", test="equals", value=("cy",), next="x"), "welsh"),
        (Case(of="language", test="in", value=("en",), next="x"), "new"),
        (Case(of="cover", test="equals", value=("full",), next="x"), "all"),
        (Case(of="result", name="other", test="equals", value=("",), next="x"), "no"),
    ],
)
def test_a_condition_holds_for_what_it_names_and_nothing_else(case: Case, true_of: str) -> None:
    memories = {
        "new": Memory(),
        "face": Memory(results={"area": "face"}),
        "twice": Memory(counts={"asked": 2}),
        "welsh": Memory(language="cy"),
    }
    found = {name for name, memory in memories.items() if holds(case, memory, whole_flow())}
    wanted = {"all": set(memories), "no": set(), "new": set(memories) - {"welsh"}}.get(true_of, {true_of})

    assert found == wanted


def test_an_answer_that_leads_where_all_lead_is_not_taken_on_weak_evidence() -> None:
    """Its category matters to a later branch, though not to where the call goes on now."""
    plan = compile_flow(whole_flow())
    assert not plan.safe(plan.steps["area"], "face")

    call = call_at("area")
    call.say("face", confidence=0.2)
    assert at(call) == "area"
    assert "area" not in call.session.memory.results
    assert [effect.prompt for effect in call.effects[-1] if isinstance(effect, Play)] == ["area.nomatch.1"]


def test_nine_in_a_digit_field_keeps_the_page_for_the_offer() -> None:
    call = call_at("code")
    call.press("9", "#")
    call.until("~nine.offer")
    call.wait("nine")

    assert call.session.floor is Disposition.D0
