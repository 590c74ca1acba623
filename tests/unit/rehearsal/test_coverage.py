"""What of a flow was shown by callers who were heard: by sound alone, by three voices for a red flag."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nightbell.audio.wav import read_wav, write_wav
from nightbell.cli import covering
from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping
from nightbell.flow.load import Loaded, load_with_places
from nightbell.flow.model import Flow
from nightbell.flow.places import Places
from nightbell.rehearsal.coverage.earned import Coverage, earned
from nightbell.rehearsal.coverage.edges import Edges
from nightbell.rehearsal.coverage.starting import scripts_for, spoken
from nightbell.rehearsal.expectations import Failure, FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

HARBOUR = Path(__file__).parents[2] / "flows" / "harbour"
NOWHERE = Mapping((), Place("flow.yaml", 7, 1))


def script(name: str, tier: str, answers: dict[str, Answer], at_least: Disposition) -> Script:
    return Script(
        name=name,
        about="",
        file=f"{name}.yaml",
        tier=tier,  # type: ignore[arg-type]
        answers=tuple((place, (answer,)) for place, answer in answers.items()),
        expect=Expect(disposition=at_least, at_least=True),
    )


@pytest.fixture
def edges(flow: Flow) -> Edges:
    return Edges(Loaded(flow, Places(NOWHERE, NOWHERE)))


def voice(name: str) -> str:
    return name.rpartition("-")[2]


def shown(edges: Edges, results: list[CallResult]) -> Coverage:
    return earned(edges, results, voice)


async def sight(stage: Stage, name: str, tier: str = "audio") -> CallResult:
    """Play a caller who is worried, and says yes to the first question with this recording."""
    answers = {
        "reason": Answer(say="worried", words="worried"),
        "screen.sight": Answer(say=name, words="yes"),
    }
    return await rehearse(script(f"{name}-{tier}", tier, answers, Disposition.D5), stage)


@pytest.fixture
def voices(stage: Stage) -> Stage:
    for who in ("ada", "bob", "cleo"):
        write_wav(stage.recordings.folder / f"yes-{who}.wav", read_wav(stage.recordings.path("yes")))
    return stage


YES = ("screen.sight", "answer:yes")
WORRIED = ("reason", "answer:worried")


@pytest.mark.asyncio
async def test_calls_in_writing_earn_nothing(stage: Stage, edges: Edges) -> None:
    written = await sight(stage, "yes", "text")
    assert YES in written.moves
    coverage = shown(edges, [written])
    assert (coverage.edges.got, coverage.states.got, coverage.ends.got) == (0, 0, 0)
    assert coverage.edges.of == len(coverage.missing) == len(edges.all) > 10


@pytest.mark.asyncio
async def test_a_red_flag_is_earned_by_three_voices_and_anything_else_by_one(voices: Stage, edges: Edges) -> None:
    calls = [await sight(voices, f"yes-{who}") for who in ("ada", "bob", "cleo")]
    two = shown(edges, calls[:2])
    assert WORRIED in two.earned
    assert YES not in two.earned
    (missing,) = (one for one in two.missing if one.edge.key == YES)
    assert missing.edge.red_flag
    assert missing.why == "only 2 of 3 voices: ada, bob"
    assert missing.edge.place.line == 7
    assert YES in shown(edges, calls).earned
    assert YES not in shown(edges, [*calls[:2], replace(calls[0])]).earned  # the same voice twice


@pytest.mark.asyncio
async def test_recordings_that_nobody_is_named_for_are_one_voice(
    voices: Stage, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covering, "load_with_places", lambda _: Loaded(flow, Places(NOWHERE, NOWHERE)))
    calls = [await sight(voices, f"yes-{who}") for who in ("ada", "bob", "cleo")]
    _, coverage = covering.coverage_of(HARBOUR, calls, voices.recordings)
    assert WORRIED in coverage.earned
    (missing,) = (one for one in coverage.missing if one.edge.key == YES)
    assert missing.why == "only 1 of 3 voices: not named in manifest.json"
    named = [{"id": f"yes-{who}", "text": "Yes.", "caller": who} for who in ("ada", "bob")]
    (voices.recordings.folder / "manifest.json").write_text(json.dumps(named), encoding="utf-8")
    assert YES in covering.coverage_of(HARBOUR, calls, voices.recordings)[1].earned


@pytest.mark.asyncio
async def test_a_call_that_failed_earns_nothing(voices: Stage, edges: Edges) -> None:
    passed = await sight(voices, "yes-ada")
    failed = replace(passed, failures=(Failure(FailureKind.NOT_PAGED, "nobody was paged"),))
    coverage = shown(edges, [failed])
    assert (coverage.edges.got, coverage.states.got, coverage.ends.got) == (0, 0, 0)
    assert WORRIED in shown(edges, [passed, failed]).earned


@pytest.mark.asyncio
async def test_a_key_shows_no_ear_and_silence_of_the_caller_is_gone_over(stage: Stage, edges: Edges) -> None:
    pressed = await rehearse(script("key", "audio", {"reason": Answer(press="2")}, Disposition.D5), stage)
    coverage = shown(edges, [pressed])
    assert ("reason", "answer:book") not in coverage.earned
    assert ("opening", "said") in coverage.earned
    silent = await rehearse(script("silent", "audio", {}, Disposition.DU), stage)
    assert ("", "silent") in shown(edges, [silent]).earned


@pytest.mark.asyncio
async def test_without_a_call_exactly_what_only_it_showed_is_missing(voices: Stage, edges: Edges) -> None:
    silent = await rehearse(script("silent", "audio", {}, Disposition.DU), voices)
    calls = [await sight(voices, f"yes-{who}") for who in ("ada", "bob", "cleo")]
    alone = shown(edges, [silent]).earned
    both, without = shown(edges, [*calls, silent]).earned, shown(edges, calls).earned
    assert both - without == alone - without
    assert both - without


def test_a_missing_edge_has_a_script_that_goes_over_it(tmp_path: Path) -> None:
    loaded = load_with_places(HARBOUR)
    edges = Edges(loaded)
    flags = [edge for edge in edges.all.values() if edge.red_flag and edge.key[0]][:3]
    assert flags
    made = scripts_for(edges, flags)
    assert len(made) == len(flags)
    for number, (key, text) in enumerate(made.items()):
        assert "tier: text" in text
        path = tmp_path / f"{text.splitlines()[0].removeprefix('script: ')}.yaml"
        path.write_text(text, encoding="utf-8")
        assert edges.all[key].state in text
        assert load_script(path, Recordings(tmp_path), places_of(loaded.flow)).expect.paged, number


def test_words_get_the_recording_that_says_them() -> None:
    written = "script: a\ntier: text\nanswers:\n  reason: {words: yes}\n"
    assert spoken(written, {"yes-emma": "Yes.", "no-emma": "No."}) == (
        "script: a\nanswers:\n  reason: {say: yes-emma, words: yes}\n"
    )
    assert spoken(written, {"no-emma": "No."}) == written
