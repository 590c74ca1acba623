from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from nightbell.flow.model import Flow, PromptState, Words
from nightbell.flow.signoff import SignOff, compare, read_signoff, sign, signoff_to_text, spoken_of
from nightbell.testing.flows import small_flow

TODAY = date(2026, 11, 22)
TAKE = {"opening": "a" * 64}


def signed(flow: Flow, takes: dict[str, str] | None = None, review_by: date | None = None) -> SignOff:
    return sign(flow, takes or {}, by='Dr "Ana" Lindqvist', role="clinical lead", on=TODAY, review_by=review_by)


def reworded(flow: Flow, text: str, **more: object) -> Flow:
    first = flow.states[0]
    assert isinstance(first, PromptState)
    say = replace(first.say, parts=(Words(text),), **more)  # type: ignore[arg-type]
    return replace(flow, states=(replace(first, say=say), *flow.states[1:]))


def test_a_signed_flow_is_good_and_an_unsigned_one_is_not() -> None:
    flow = small_flow()
    nothing = compare(flow, {}, None, TODAY)
    assert not nothing.good
    assert len(nothing.unsigned) == len(spoken_of(flow, {})) > 10
    standing = compare(flow, {}, signed(flow), TODAY)
    assert standing.good
    assert not standing.flow_changed
    assert standing.signature is not None
    assert standing.signature.by == 'Dr "Ana" Lindqvist'


def test_slots_stand_by_their_names_in_what_is_signed() -> None:
    words = {spoken.prompt: spoken.words for spoken in spoken_of(small_flow(), {})}
    assert words["number.offer"] == "Shall we ring {{ caller_number }}"
    assert words["opening"] == "Emergency words."


def test_another_wording_is_changed_and_folding_it_anew_is_not() -> None:
    flow = small_flow()
    changed = compare(reworded(flow, "Other words."), {}, signed(flow), TODAY)
    assert [spoken.prompt for spoken in changed.changed] == ["opening"]
    assert not changed.good
    assert compare(reworded(flow, " Emergency\n  words. "), {}, signed(flow), TODAY).good


def test_a_recording_that_came_changed_or_went_is_changed() -> None:
    flow = small_flow()
    for before, after in (({}, TAKE), (TAKE, {"opening": "b" * 64}), (TAKE, {})):
        standing = compare(flow, after, signed(flow, before), TODAY)
        assert [spoken.prompt for spoken in standing.changed] == ["opening"]
    assert compare(flow, TAKE, signed(flow, TAKE), TODAY).good


def test_recorded_pieces_count_for_their_prompt() -> None:
    flow = small_flow()
    pieces = {"goodbye.part-1": "a" * 64, "goodbye.part-2": "b" * 64}
    sums = {spoken.prompt: spoken.sums.recording for spoken in spoken_of(flow, pieces)}
    assert sums["goodbye"] == sha256(f"{'a' * 64} {'b' * 64}".encode()).hexdigest()
    assert sums["goodbye.plain"] == ""
    standing = compare(flow, pieces | {"goodbye.part-2": "c" * 64}, signed(flow, pieces), TODAY)
    assert [spoken.prompt for spoken in standing.changed] == ["goodbye"]


def test_a_new_prompt_is_unsigned_and_an_old_one_gone() -> None:
    flow = small_flow()
    less = replace(flow, mistake=None, hash="1" * 64)
    standing = compare(flow, {}, signed(less), TODAY)
    assert [spoken.prompt for spoken in standing.unsigned] == ["mistake"]
    assert standing.flow_changed
    back = compare(less, {}, signed(flow), TODAY)
    assert back.gone == (("mistake", ""),)
    assert back.good


def test_each_language_is_signed_by_itself() -> None:
    flow = small_flow()
    welsh = reworded(flow, "Emergency words.", others=(("cy", (Words("Geiriau brys."),)),))
    standing = compare(welsh, {}, signed(flow), TODAY)
    assert [(spoken.label, spoken.words) for spoken in standing.unsigned] == [("opening.cy", "Geiriau brys.")]
    assert compare(welsh, {"opening.cy": "c" * 64}, signed(welsh), TODAY).changed[0].label == "opening.cy"


@pytest.mark.parametrize(("day", "expired"), [(22, False), (23, False), (24, True)])
def test_the_last_day_still_holds(day: int, *, expired: bool) -> None:
    flow = small_flow()
    standing = compare(flow, {}, signed(flow, review_by=date(2026, 11, 23)), date(2026, 11, day))
    assert standing.expired is expired
    assert standing.good is not expired


@pytest.mark.parametrize("review_by", [None, date(2027, 5, 31)])
def test_what_is_written_is_read_back(review_by: date | None) -> None:
    flow = reworded(small_flow(), "Emergency words.", others=(("cy", (Words("Geiriau brys."),)),))
    before = signed(flow, TAKE, review_by)
    after, faults = read_signoff(signoff_to_text(before), "signoff.yaml")
    assert faults == ()
    assert after == before


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('date: "2026-11-22"', "date: yesterday", "signoff.yaml:5:9 NB124"),
        ("  by: ", "  from: ", "signoff.yaml:3:3 NB121"),
        ("    words: ", "    words: x", "NB124"),
        ("signed:", "signed: [", "NB110"),
    ],
)
def test_a_file_that_is_damaged_is_told_with_its_place(old: str, new: str, fault: str) -> None:
    text = signoff_to_text(signed(small_flow())).replace(old, new, 1)
    found, faults = read_signoff(text, "signoff.yaml")
    assert found is None
    assert any(fault in str(each) for each in faults), [str(each) for each in faults]
