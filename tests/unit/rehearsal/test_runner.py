from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import soundfile
from rich.console import Console

from nightbell.errors import ModelMissing, SessionError
from nightbell.flow.model import Branch, Menu
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.junit import write_junit
from nightbell.rehearsal.report import as_json, print_summary
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse, rehearse_all
from nightbell.rehearsal.script import Answer, Expect, Impair, Script
from nightbell.rehearsal.tiers import LeftOut
from nightbell.rehearsal.transcript import Transcript
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.flow.model import Flow

pytestmark = pytest.mark.asyncio


def script(
    answers: Mapping[str, Answer] | Mapping[str, list[Answer]] | Mapping[str, Answer | list[Answer]],
    expect: Expect,
    **more: Any,
) -> Script:
    listed = tuple((place, (a,) if isinstance(a, Answer) else tuple(a)) for place, a in answers.items())
    return Script(name="call", about="", file="call.yaml", answers=listed, expect=expect, **more)


D1 = Expect(disposition=Disposition.D1, red_flag=True, states=("opening", "reason", "screen", "got"))
D5 = Expect(disposition=Disposition.D5, paged=False)
PAINED = script(
    {
        "reason": Answer(say="worried"),
        "screen.sight": Answer(say="no"),
        "screen.pain": Answer(say="yes", red_flag=True),
    },
    D1,
)
BENIGN = script({"reason": Answer(press="2")}, D5)


def kinds(result: CallResult) -> list[FailureKind]:
    return [failure.kind for failure in result.failures]


async def test_caller_is_understood_and_the_call_ends_where_it_should(stage: Stage) -> None:
    result = await rehearse(PAINED, stage)
    assert result.failures == ()
    assert result.disposition is Disposition.D1
    assert result.states == ("opening", "reason", "screen", "got")
    assert [(turn.place, turn.what) for turn in result.turns] == [
        ("reason", "worried"),
        ("screen.sight", "no"),
        ("screen.pain", "yes"),
    ]


async def test_response_is_measured_from_the_clean_last_sound_to_the_next_prompt(stage: Stage) -> None:
    result = await rehearse(PAINED, stage)
    # The toy commits 300 ms after the last loud frame; 20 ms frames make it at most one frame more.
    assert [response.kind for response in result.responses] == ["menu", "no", "yes"]
    assert all(response.ms is not None and 300 <= response.ms <= 340 for response in result.responses)
    assert result.response_ms == {"p50": result.responses[0].ms, "p95": max(r.ms or 0 for r in result.responses)}


async def test_key_is_answered_at_once(stage: Stage) -> None:
    result = await rehearse(BENIGN, stage)
    assert result.failures == ()
    assert [(response.kind, response.ms) for response in result.responses] == [("key", 20)]


async def test_both_sides_and_the_journal_are_kept(stage: Stage) -> None:
    result = await rehearse(PAINED, stage)
    sound, rate = soundfile.read(result.recording, dtype="int16")
    assert (rate, sound.shape[1]) == (8000, 2)
    assert len(sound) == result.audio_ms * 8
    turn = result.turns[0]
    assert sound[turn.start_ms * 8 : turn.end_ms * 8, 0].any()
    assert not sound[turn.start_ms * 8 : turn.last_sound_ms * 8, 1].any()
    assert result.journal is not None
    events = [json.loads(line) for line in result.journal.read_text(encoding="utf-8").splitlines()]
    assert [event["seq"] for event in events] == list(range(len(events)))


async def test_the_same_script_gives_the_same_call(stage: Stage) -> None:
    noisy = replace(PAINED, impair=Impair(noise="pink", snr_db=30, seed=5))
    first = await rehearse(noisy, stage)
    assert first.recording is not None
    sound = first.recording.read_bytes()
    second = await rehearse(noisy, stage)
    assert second == first
    assert second.recording == first.recording
    assert first.recording.read_bytes() == sound


async def test_muted_caller_fails_every_script_that_says_something(stage: Stage) -> None:
    said = replace(PAINED, expect=replace(PAINED.expect, disposition=Disposition.D5, at_least=True, states=()))
    result = await rehearse(said, replace(stage, mute=True))
    assert FailureKind.HEARD_NOTHING in kinds(result)


async def test_who_is_muted_and_never_came_to_speak_shows_nothing(stage: Stage) -> None:
    words = Answer(say="yes", optional=True)
    keys = script({"reason": Answer(press="2"), "screen.pain": words}, Expect(disposition=Disposition.D5))
    for tier in ("audio", "text", "engine"):
        played = replace(keys, tier=tier)
        assert (await rehearse(played, stage)).passed
        assert kinds(await rehearse(played, replace(stage, mute=True))) == [FailureKind.HEARD_NOTHING]


async def test_muted_words_fail_even_where_keys_end_the_call_as_expected(stage: Stage) -> None:
    both = script({"reason": [Answer(say="worried"), Answer(press="2")]}, D5)
    result = await rehearse(both, replace(stage, mute=True))
    assert result.disposition is Disposition.D5
    assert kinds(result) == [FailureKind.HEARD_NOTHING]


async def test_wrong_end(stage: Stage) -> None:
    result = await rehearse(replace(BENIGN, expect=Expect(disposition=Disposition.D1)), stage)
    assert kinds(result) == [FailureKind.DISPOSITION]
    assert result.failures[0].detail == "ended as D5, expected D1"


async def test_more_urgent_is_good_only_where_the_script_says_so(stage: Stage) -> None:
    at_least = replace(PAINED, expect=replace(D1, disposition=Disposition.D3, at_least=True))
    exactly = replace(PAINED, expect=replace(D1, disposition=Disposition.D3))
    assert kinds(await rehearse(at_least, stage)) == []
    assert kinds(await rehearse(exactly, stage)) == [FailureKind.DISPOSITION]


async def test_flag_without_page(stage: Stage) -> None:
    unflagged = script({"reason": Answer(press="2", red_flag=True)}, replace(D5, paged=None, red_flag=True))
    assert kinds(await rehearse(unflagged, stage)) == [FailureKind.NOT_PAGED]


async def test_page_after_too_many_turns(stage: Stage) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "reason": Answer(say="worried", red_flag=True),
        "screen.sight": [Answer(say="worried"), Answer(say="no")],
        "screen.pain": Answer(say="yes"),
    }
    late = script(answers, D1)
    assert kinds(await rehearse(late, stage)) == [FailureKind.LATE_PAGE]
    assert kinds(await rehearse(replace(late, expect=replace(D1, within_turns=3)), stage)) == []


async def test_page_without_need(stage: Stage) -> None:
    stage.take.pages_on_reason = True  # type: ignore[attr-defined]
    result = await rehearse(BENIGN, stage)
    # The toy slips the page in behind the session's back, which is noticed too.
    assert kinds(result) == [FailureKind.REPLAY, FailureKind.PAGED_NEEDLESSLY]


async def test_states_that_decide_unheard_are_on_the_path(stage: Stage) -> None:
    branch = Branch(name="seen", line=1, cases=(), otherwise="book")
    states = tuple(
        replace(state, choices=(state.choices[0], replace(state.choices[1], next="seen")))
        if isinstance(state, Menu)
        else state
        for state in stage.flow.states
    )
    flow = replace(stage.flow, states=(*states, branch), hash="branched")
    result = await rehearse(BENIGN, replace(stage, flow=flow))
    assert result.failures == ()
    assert result.states == ("opening", "reason", "seen", "book")


async def test_states_out_of_order_and_forbidden_ones(stage: Stage) -> None:
    order = replace(BENIGN, expect=replace(D5, states=("book", "reason"), never=("book",)))
    assert kinds(await rehearse(order, stage)) == [FailureKind.STATES_ORDER, FailureKind.FORBIDDEN_STATE]


async def test_answer_never_asked_for(stage: Stage) -> None:
    extra = {"reason": [Answer(press="2"), Answer(say="worried")]}
    result = await rehearse(script(extra, D5), stage)
    assert [str(failure) for failure in result.failures] == ["turn_unused: reason: says worried"]
    optional = {"reason": [Answer(press="2"), Answer(say="worried", optional=True)]}
    assert kinds(await rehearse(script(optional, D5), stage)) == []


async def test_prompts_without_sound(stage: Stage) -> None:
    stage.take.silent_prompts = True  # type: ignore[attr-defined]
    assert set(kinds(await rehearse(BENIGN, stage))) == {FailureKind.PROMPT_SILENT}


async def test_call_that_breaks(stage: Stage) -> None:
    stage.take.raises = SessionError("event out of order")  # type: ignore[attr-defined]
    result = await rehearse(BENIGN, stage)
    assert kinds(result) == [FailureKind.CRASHED]
    assert "event out of order" in result.failures[0].detail


async def test_call_that_never_ends(stage: Stage) -> None:
    stage.take.never_hangs_up = True  # type: ignore[attr-defined]
    result = await rehearse(replace(BENIGN, limit_ms=10_000), stage)
    assert kinds(result) == [FailureKind.NO_END]
    assert result.audio_ms == 10_000


async def test_missing_provider_stops_the_rehearsal(stage: Stage) -> None:
    stage.take.raises = ModelMissing("no model", provider="vosk")  # type: ignore[attr-defined]
    with pytest.raises(ModelMissing):
        await rehearse_all([BENIGN, BENIGN], stage)


async def test_second_and_third_answers_and_repeats(stage: Stage) -> None:
    patient = script({"reason": [Answer(), Answer(say="no"), Answer(press="2")]}, D5)
    result = await rehearse(patient, stage)
    assert [turn.what for turn in result.turns] == ["no", "2"]
    stubborn = script(
        {"reason": Answer(say="no"), "screen": Answer(press="1")}, replace(D5, paged=None), repeats=1
    )
    said = [turn.what for turn in (await rehearse(stubborn, stage)).turns if turn.place == "reason"]
    assert said == ["no", "no"]


async def test_default_answers_only_where_something_is_asked(stage: Stage) -> None:
    result = await rehearse(script({}, D1, default=Answer(press="1", red_flag=True)), stage)
    assert [turn.place for turn in result.turns] == ["reason", "screen.sight"]


async def test_barge_in_begins_in_the_prompt_and_cuts_it(stage: Stage) -> None:
    barging = script({"reason": Answer(say="worried", barge_in_ms=100), "screen": Answer(press="2")}, D5)
    result = await rehearse(barging, stage)
    assert result.failures == ()
    assert result.turns[0].start_ms == 20 + 1600 + 100  # first tick, opening, into reason


async def test_hanging_up_after_the_words(stage: Stage) -> None:
    answers = {"reason": Answer(say="worried"), "screen.sight": Answer(say="no", hang_up=True)}
    result = await rehearse(script(answers, Expect(disposition=Disposition.DU, ring_backs=1)), stage)
    assert [turn.kind for turn in result.turns] == ["say", "say", "hang_up"]
    assert kinds(result) == []


async def test_time_limit_of_an_answer(stage: Stage) -> None:
    hurried = replace(PAINED, expect=replace(D1, answered_within_ms=100))
    assert kinds(await rehearse(hurried, stage)) == [FailureKind.TIMING] * 3


async def test_what_was_heard_at_a_place(stage: Stage) -> None:
    expect = replace(D5, heard=(("reason", "rejected"),))
    muddled = script({"reason": [Answer(say="no"), Answer(press="2")]}, expect)
    assert kinds(await rehearse(muddled, stage)) == []
    assert kinds(await rehearse(replace(BENIGN, expect=expect), stage)) == [FailureKind.HEARD_OTHERWISE]


async def test_results_come_in_the_order_of_the_scripts(stage: Stage, tmp_path: Path) -> None:
    long, short = replace(PAINED, name="long"), replace(BENIGN, name="short")
    told: list[str] = []
    results = await rehearse_all([long, short], stage, on_result=lambda result: told.append(result.script.name))
    assert [result.script.name for result in results] == ["long", "short"]
    assert sorted(told) == ["long", "short"]
    shown = as_json(results)
    assert (shown["passed"], shown["failed"]) == (2, 0)
    first = shown["calls"][0]
    assert {key: first[key] for key in ("script", "expected", "disposition", "passed", "red_flag")} == {
        "script": "long",
        "expected": "D1",
        "disposition": "D1",
        "passed": True,
        "red_flag": True,
    }
    assert first["states"] == ["opening", "reason", "screen", "got"]
    assert set(first["response_ms"]) == {"p50", "p95"}
    assert json.loads(json.dumps(shown)) == shown


async def test_junit_names_each_call_and_why_it_failed(stage: Stage, tmp_path: Path) -> None:
    wrong = replace(BENIGN, name="wrong", expect=Expect(disposition=Disposition.D1))
    results = await rehearse_all([BENIGN, wrong], stage)
    path = tmp_path / "out" / "junit.xml"
    write_junit(results, path, [LeftOut(replace(BENIGN, name="noisy"), "noise and echo need sound")])
    suite = ET.parse(path).getroot()
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["3", "1", "1"]
    assert [case.get("name") for case in suite] == ["call", "wrong", "noisy"]
    skipped = suite[2].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "left out: noise and echo need sound"
    failure = suite[1].find("failure")
    assert failure is not None
    assert failure.get("type") == "disposition"
    assert suite[0].find("failure") is None


async def test_transcript_and_summary_say_what_happened(stage: Stage, tmp_path: Path) -> None:
    console = Console(record=True, width=100, file=io.StringIO())
    watched = replace(stage, watch=lambda script: (Transcript(console, name=script.name, show_states=True),))
    results = await rehearse_all([PAINED], watched)
    print_summary(results, console, stage.folder)
    text = console.export_text()
    for words in (
        "clinic  screen.pain",
        "caller  worried",
        "a person is paged: D1",
        "D1 (end)",
        "1 of 1 calls passed",
    ):
        assert words in text


async def test_a_summary_shows_folders_and_names_as_they_are_written(stage: Stage) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    (result,) = await rehearse_all([PAINED], stage)
    named = replace(result, script=replace(result.script, name="x[red]y", tier="sip"))
    print_summary([result, named], console, stage.folder / "rep[/red]x")
    text = console.export_text()
    assert text.count("rep[/red]x") == 2
    assert "x[red]y" in text


async def test_places_of_a_flow(flow: Flow) -> None:
    places = places_of(flow)
    assert places.states["screen"] == {"sight", "pain"}
    assert places.states["emergency"] == {"mistake"}
    assert places.states["reason"] == frozenset()
    assert places.safe == {"screen", "emergency", "got", "silent"}
    assert {"reason", "screen.pain", "safe_words"} <= places.prompts
