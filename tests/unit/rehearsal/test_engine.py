"""Tier engine: the session alone, told outcomes. The same script gives the same call as in writing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nightbell.document.diagnostic import Diagnostic
from nightbell.errors import ScriptError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Menu
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Tier

pytestmark = pytest.mark.asyncio

ROOT = Path(__file__).parents[3]


@pytest.fixture
def play(stage: Stage, flow: Flow, recordings: Recordings, tmp_path: Path) -> Any:
    async def run(
        answers: str,
        expect: str,
        *,
        more: str = "",
        tier: Tier = "engine",
        own: Tier = "text",
        mute: bool = False,
        flow: Flow = flow,
    ) -> CallResult:
        path = tmp_path / "call.yaml"
        text = f"script: call\nabout: x\ntier: {own}\n{more}\nrepeats: 0\nanswers: {answers}\nexpect: {expect}\n"
        path.write_text(text, encoding="utf-8")
        played, left_out = cast((load_script(path, recordings, places_of(flow)),), tier, {})
        assert left_out == ()
        return await rehearse(played[0], replace(stage, mute=mute, flow=flow))

    return run


def kinds(result: CallResult) -> list[FailureKind]:
    return [failure.kind for failure in result.failures]


CALLS = (
    ('{reason: {words: Worried!}, screen.sight: {words: "no"}, screen.pain: {words: "yes"}}', "{at_least: D1}"),
    ('{reason: {press: "1"}, screen.sight: {press: "1"}}', "{disposition: D0, said_emergency: true}"),
    ('{reason: [{words: "er um"}, {press: "2"}]}', "{disposition: D5, heard: {reason: rejected}}"),
    ("{reason: {silence: true}}", "{disposition: DU, ended: silent, turns: 0}"),
    ('{reason: {words: worried}, screen.sight: {words: "no", hang_up: true}}', "{at_least: D5, ended: hangup}"),
    ('{reason: {press: "1", barge_in_ms: 100}, screen: {press: "2"}}', "{disposition: D5}"),
    ('{reason: [{words: book, confidence: 0.2}, {press: "2"}]}', "{disposition: D5, turns: 2}"),
    (
        '{reason: {words: "on and on", too_long: true}, screen: {press: "1"}}',
        "{at_least: D5, turns: {at_most: 9}}",
    ),
)


@pytest.mark.parametrize(("answers", "expect"), CALLS)
async def test_it_goes_the_way_that_the_call_in_writing_goes(play: Any, answers: str, expect: str) -> None:
    found = [await play(answers, expect, tier=tier) for tier in ("engine", "text")]
    assert [kinds(result) for result in found] == [[], []]
    assert found[0].moves == found[1].moves
    assert found[0].turns == found[1].turns
    assert found[0].said == found[1].said
    assert found[0].script.tier == "engine"


async def test_what_is_expected_otherwise_fails(play: Any) -> None:
    answers = '{reason: {press: "1"}, screen.sight: {press: "1"}}'
    assert kinds(await play(answers, "{disposition: D5, never: [screen]}")) == [
        FailureKind.DISPOSITION,
        FailureKind.FORBIDDEN_STATE,
    ]
    assert kinds(await play("{reason: {words: book}}", "{disposition: D5}", mute=True))


@pytest.mark.parametrize("fake", ["ears: fail", "ears: {fail_at: screen.sight}", "voice: {fail_at: screen}"])
async def test_fakes_break_the_same_things(play: Any, fake: str) -> None:
    answers = '{reason: [{words: worried, optional: true}, {press: "1", optional: true}], screen: {press: "1"}}'
    engine, text = [
        await play(answers, "{at_least: D5, turns: {at_most: 9}}", more=f"fakes: {{{fake}}}", tier=tier)
        for tier in ("engine", "text")
    ]
    assert (engine.moves, engine.failures, engine.disposition) == (text.moves, text.failures, text.disposition)


async def test_a_script_may_say_what_the_words_mean(play: Any) -> None:
    answers = '{reason: {words: "I should like to, well", means: book}}'
    assert kinds(await play(answers, "{disposition: D5, turns: 1, never: [screen]}")) == []
    assert kinds(await play(answers, "{disposition: D5, turns: 1, never: [screen]}", tier="text")) != []
    unclear = '{reason: [{words: book, means: unclear}, {press: "2"}]}'
    assert kinds(await play(unclear, "{disposition: D5, turns: 2}")) == []


async def test_outcomes_alone_are_a_script_for_the_engine(play: Any, flow: Flow) -> None:
    """No word of it stands in the flow: it goes the same way on a flow that asks with other words."""
    answers = (
        '{reason: {means: worried}, screen.sight: {means: "no"}, screen.pain: {means: "yes", pause_ms: 3000}}'
    )
    other = replace(flow, yes=("aye",), no=("nay",))
    found = [
        await play(answers, "{at_least: D1, turns: 3}", tier="engine", own="engine", flow=each)
        for each in (flow, other)
    ]
    assert [kinds(result) for result in found] == [[], []]
    assert found[0].moves == found[1].moves
    assert ("screen.pain", "answer:yes") in found[0].moves
    assert [turn.what for turn in found[0].turns] == ["worried", "no", "yes"]


@pytest.mark.parametrize("own", ["text", "audio"])
async def test_a_meaning_without_words_is_for_the_engine_alone(play: Any, own: str) -> None:
    with pytest.raises(ScriptError) as refused:
        await play("{reason: {means: worried}}", "{disposition: D5}", own=own)
    assert {each.code for each in refused.value.diagnostics if isinstance(each, Diagnostic)} == {"NB207"}


async def test_a_script_for_the_engine_is_left_out_elsewhere(recordings: Recordings, tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(
        "script: call\nabout: x\ntier: engine\nanswers: {reason: {means: book}}\nexpect: {disposition: D5}\n",
        encoding="utf-8",
    )
    loaded = (load_script(path, recordings),)
    assert [each.why for each in cast(loaded, "text", {})[1]] == ["it is for tier engine"]
    assert [each.tier for each in cast(loaded, None, {})[0]] == ["engine"]


async def test_a_flow_that_lost_its_phrase_fails_in_writing_and_not_on_the_engine(play: Any, flow: Flow) -> None:
    deaf = replace(
        flow,
        states=tuple(
            replace(state, choices=tuple(replace(each, hear=("zebra",)) for each in state.choices))
            if isinstance(state, Menu)
            else state
            for state in flow.states
        ),
    )
    answers, expect = (
        '{reason: {words: "book", means: book}}',
        "{disposition: D5, turns: 1, states: [reason, book]}",
    )
    assert kinds(await play(answers, expect, flow=deaf)) == []
    assert kinds(await play(answers, expect, flow=deaf, tier="text")) != []


async def test_a_meaning_that_is_none_is_told(play: Any) -> None:
    result = await play("{reason: {words: book, means: cellar}}", "{disposition: D5}")
    assert kinds(result) == [FailureKind.CRASHED]
    assert "means: cellar cannot be said at reason" in result.failures[0].detail


async def test_a_universal_is_said_in_its_own_words(stage: Stage, recordings: Recordings, tmp_path: Path) -> None:
    rosewood = load_flow(ROOT / "flows" / "rosewood")
    path = tmp_path / "call.yaml"
    text = (
        "script: call\nabout: x\ntier: text\n"
        "answers: {reason: {words: la la, means: UNIVERSAL, red_flag: true, hang_up: true, "
        "hang_up_after_ms: 5000}}\n"
        "expect: {disposition: D1, red_flag: true, ended: hangup}\n"
    )
    name = next(each.name for each in rosewood.universals if each.floor is not None and each.floor.value == "D1")
    path.write_text(text.replace("UNIVERSAL", name), encoding="utf-8")
    played, _ = cast((load_script(path, recordings, places_of(rosewood)),), "engine", {})
    result = await rehearse(played[0], replace(stage, flow=rosewood))
    assert ("reason", f"universal:{name}") in result.moves
    assert result.failures == ()
