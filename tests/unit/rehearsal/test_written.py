"""Calls in writing: the real session and conversation on the toy flow, without models, voice or sound."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nightbell.audio.frame import SILENCE
from nightbell.call.effects import Listen
from nightbell.conversation.ear_events import Deaf, SpeechBegan, Utterance
from nightbell.errors import AudioError, ScriptError, SynthesisFailed
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast
from nightbell.rehearsal.written import SPOKEN_WORD_MS, WrittenEars, WrittenPrompts
from nightbell.terms.disposition import Disposition
from nightbell.terms.phrase import Phrase
from nightbell.terms.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.conversation.ear_events import EarEvent
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.recordings import Recordings

pytestmark = pytest.mark.asyncio

PAINED = """\
script: pained
about: says what hurts
tier: text
answers:
  reason: {words: Worried!}
  screen.sight: {words: "no"}
  screen.pain: {words: "yes", red_flag: true, pause_ms: 1500}   # sooner, it would take back the no
repeats: 0
expect:
  disposition: D1
  final: got
  ended: end
  red_flag: true
  paged: true
  said_emergency: false
  states: [opening, reason, screen, got]
  turns: 3
"""


@pytest.fixture
def play(stage: Stage, flow: Flow, recordings: Recordings, tmp_path: Path) -> Any:
    async def run(text: str, *, texts: dict[str, str] | None = None, mute: bool = False) -> CallResult:
        path = tmp_path / f"{text.split()[1]}.yaml"
        path.write_text(text, encoding="utf-8")
        played, left_out = cast((load_script(path, recordings, places_of(flow)),), "text", texts or {})
        assert left_out == ()
        return await rehearse(played[0], replace(stage, mute=mute))

    return run


def kinds(result: CallResult) -> list[FailureKind]:
    return [failure.kind for failure in result.failures]


@pytest.mark.parametrize(("more", "paged"), [(", hidden: true", ["DU"]), ("", [])])
async def test_words_that_noise_hides_page_somebody_and_mumbled_ones_do_not(
    play: Any, more: str, paged: list[str]
) -> None:
    result = await play(
        "script: lost\nabout: x\ntier: text\n"
        f'answers: {{reason: [{{words: "about my lip i think"{more}}}, {{press: "1"}}], screen: {{press: "2"}}}}\n'
        "expect: {at_least: D5, heard: {reason: rejected}}\n"
    )
    assert result.failures == ()
    assert [page.disposition for page in result.pages] == paged


async def test_typed_words_take_the_call_to_its_end(play: Any) -> None:
    result = await play(PAINED)
    assert result.failures == ()
    assert (result.disposition, result.states) == (Disposition.D1, ("opening", "reason", "screen", "got"))
    assert [(turn.place, turn.kind, turn.what) for turn in result.turns] == [
        ("reason", "say", "Worried!"),
        ("screen.sight", "say", "no"),
        ("screen.pain", "say", "yes"),
    ]
    assert result.recording is None
    assert result.responses == ()
    events = [json.loads(line) for line in result.journal.read_text(encoding="utf-8").splitlines()]
    heard = [event for event in events if event["kind"] == "heard"]
    assert [event["phrase"] for event in heard] == ["worried", "no", "yes"]


async def test_the_same_script_gives_the_same_call(play: Any) -> None:
    first = await play(PAINED)
    journal = first.journal.read_bytes()
    assert await play(PAINED) == first
    assert first.journal.read_bytes() == journal


async def test_muted_words_fail_the_script(play: Any) -> None:
    assert FailureKind.HEARD_NOTHING in kinds(await play(PAINED, mute=True))


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("final: got", "final: book", FailureKind.FINAL_STATE),
        ("ended: end", "ended: hangup", FailureKind.FINAL_STATE),
        ("said_emergency: false", "said_emergency: true", FailureKind.EMERGENCY_WORDS),
        ("turns: 3", "turns: {at_most: 2}", FailureKind.TURNS),
        ("turns: 3", "turns: 4", FailureKind.TURNS),
        ("disposition: D1", "disposition: D0", FailureKind.DISPOSITION),
        ("states: [opening, reason", "states: [reason, opening", FailureKind.STATES_ORDER),
    ],
)
async def test_what_is_expected_otherwise_fails(play: Any, old: str, new: str, kind: FailureKind) -> None:
    assert kinds(await play(PAINED.replace(old, new))) == [kind]


def script(answers: str, expect: str, *, more: str = "") -> str:
    return f"script: call\nabout: x\ntier: text\n{more}\nrepeats: 0\nanswers: {answers}\nexpect: {expect}\n"


async def test_emergency_words_count_when_they_were_said_to_their_end(play: Any) -> None:
    yes = '{reason: {press: "1"}, screen.sight: {press: "1"}}'
    assert kinds(await play(script(yes, "{disposition: D0, said_emergency: true}"))) == []
    cut = '{reason: {press: "1"}, screen.sight: {press: "1"}, emergency: {hang_up: true, barge_in_ms: 100}}'
    expect = "{disposition: D0, ended: hangup, said_emergency: false}"
    assert kinds(await play(script(cut, expect))) == []
    spoken_over = yes.replace("}}", '}, emergency: {press: "4", barge_in_ms: 100}}')
    assert kinds(await play(script(spoken_over, "{disposition: D0, ended: end, said_emergency: false}"))) == []


async def test_a_benign_phrase_of_low_confidence_is_not_taken(play: Any) -> None:
    unsure = '{reason: [{words: book, confidence: 0.2}, {press: "2"}]}'
    assert kinds(await play(script(unsure, "{disposition: D5, turns: 2}"))) == []
    sure = "{reason: {words: book, confidence: 0.9}}"
    assert kinds(await play(script(sure, "{disposition: D5, turns: 1}"))) == []


async def test_words_that_are_no_answer_lead_to_the_unclear(play: Any) -> None:
    mumbled = '{reason: [{words: "er um"}, {words: "la la"}, {words: "er"}], screen.sight: {press: "1"}}'
    result = await play(script(mumbled, "{disposition: D0, states: [reason, screen], heard: {reason: rejected}}"))
    assert kinds(result) == []


async def test_silence_is_silence(play: Any) -> None:
    result = await play(script("{reason: {silence: true}}", "{disposition: DU, ended: silent, turns: 0}"))
    assert kinds(result) == []


@pytest.mark.parametrize("where", ["fail", "{fail_at: screen.sight}"])
async def test_ears_fail_where_the_script_says_and_keys_still_count(play: Any, where: str) -> None:
    said = '{reason: [{words: worried, optional: true}, {press: "1", optional: true}], '
    keys = 'screen.sight: [{words: "no"}, {press: "2"}], screen.pain: {press: "1"}}'
    text = script(said + keys, "{disposition: D1}", more=f"fakes: {{ears: {where}}}")
    result = await play(text)
    events = [json.loads(line) for line in result.journal.read_text(encoding="utf-8").splitlines()]
    assert [event["reason"] for event in events if event["kind"] == "ears_failed"] == [
        "missing" if where == "fail" else "died"
    ]
    heard = [event["phrase"] for event in events if event["kind"] == "heard"]
    assert heard == ([] if where == "fail" else ["worried"])


@pytest.mark.parametrize("where", ["fail", "{fail_at: screen}"])
async def test_a_voice_that_fails_leaves_the_safe_words(play: Any, where: str) -> None:
    expect = "{at_least: DU, ended: failure, paged: true, said_emergency: true, never: [got]}"
    text = script('{reason: {press: "1", optional: true}}', expect, more=f"fakes: {{voice: {where}}}")
    assert kinds(await play(text)) == []


async def test_recordings_are_played_by_their_texts(play: Any) -> None:
    text = PAINED.replace("tier: text\n", "").replace("words: Worried!", "say: worried")
    text = text.replace('words: "no"', "say: 'no'").replace('words: "yes"', "say: 'yes'")
    texts = {"worried": "Worried.", "no": "No.", "yes": "Yes."}
    assert kinds(await play(text, texts=texts)) == []


async def test_what_cannot_be_played_is_left_out_and_says_why(
    flow: Flow, recordings: Recordings, tmp_path: Path
) -> None:
    path = tmp_path / "call.yaml"

    def load(text: str) -> Any:
        path.write_text(text, encoding="utf-8")
        return load_script(path, recordings, places_of(flow))

    head, end = "script: call\nabout: x\n", "expect: {disposition: D5}\n"
    spoken = load(f"{head}answers: {{reason: {{say: worried}}}}\n{end}")
    noisy = load(f"{head}impair: {{noise: pink, snr_db: 9}}\nanswers: {{reason: {{say: worried}}}}\n{end}")
    written = load(f"{head}tier: text\nanswers: {{reason: {{words: book}}}}\n{end}")
    assert [left.why for left in cast((spoken, noisy), "text", {})[1]] == [
        "nobody wrote down what worried says",
        "noise and echo need sound",
    ]
    assert [left.why for left in cast((written,), "audio", {})[1]] == ["it is for tier text"]
    assert [played.tier for played in cast((spoken, written), None, {})[0]] == ["audio", "text"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("answers: {reason: {words: book}}", "NB207"),
        ("default: {words: book}", "NB207"),
        ("fakes: {ears: fail}", "NB208"),
        ("fakes: {voice: {fail_at: reason}}", "NB208"),
        ("tier: text\nfakes: {ears: {fail_at: cellar}}", "NB130"),
        ("tier: sip", "NB124"),
        ("fakes: {escalation: {failed: true, acknowledged_after: 1s}}", "NB202"),
        ("fakes: {transfer: lost}", "NB124"),
    ],
)
async def test_faults_of_writing(flow: Flow, recordings: Recordings, tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(f"script: call\nabout: x\n{text}\nexpect: {{disposition: D5}}\n", encoding="utf-8")
    with pytest.raises(ScriptError) as error:
        load_script(path, recordings, places_of(flow))
    assert [getattr(fault, "code", "") for fault in error.value.diagnostics] == [code]


async def test_a_damaged_manifest_is_told(recordings: Recordings) -> None:
    assert recordings.texts() == {}
    (recordings.folder / "manifest.json").write_text(
        '[{"id": "a", "text": "A."}, {"id": "bed"}]', encoding="utf-8"
    )
    assert recordings.texts() == {"a": "A."}
    (recordings.folder / "manifest.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(AudioError):
        recordings.texts()


async def hear(ears: WrittenEars, until_ms: int, since_ms: int = 0) -> list[tuple[int, EarEvent]]:
    told = []
    for at in range(since_ms, until_ms, 20):
        told += [(at, event) for event in await ears.hear(SILENCE, None, at)]
    return told


def closed(*phrases: Phrase) -> Listen:
    return Listen(call="c", n=7, mode="closed", phrases=phrases, pause_ms=1000, max_speech_ms=4000)


async def test_a_phrase_counts_after_its_own_pause_and_other_words_after_the_listens() -> None:
    ears = WrittenEars()
    ears.listen(closed(Phrase("no", pause_ms=700)), 0)
    first = ears.say("No.", at_ms=1000)
    second = ears.say("the dog", at_ms=1000)
    assert (second.start_ms, second.end_ms) == (first.end_ms, first.end_ms + 2 * SPOKEN_WORD_MS)
    told = await hear(ears, 6000)
    assert [type(event) for _, event in told] == [SpeechBegan, Utterance, SpeechBegan, Utterance]
    (_, phrase), (_, other) = told[1], told[3]
    assert isinstance(phrase, Utterance)
    assert isinstance(other, Utterance)
    assert (phrase.phrase, phrase.cause, phrase.confidence, phrase.start_ms) == ("no", "phrase", 1.0, 1000)
    assert told[1][0] + 20 == first.end_ms + 700 + (-(first.end_ms + 700) % 20)
    assert (other.phrase, other.cause, other.text, other.open_text) == (None, "rejected", "the dog", "the dog")
    assert told[3][0] + 20 - second.end_ms in range(1000, 1020)


async def test_keys_only_hears_nothing() -> None:
    ears = WrittenEars()
    ears.listen(replace(closed(), mode="off"), 0)
    ears.say("help", at_ms=0)
    assert await hear(ears, 4000) == []
    assert not ears.speaking


async def test_words_go_on_until_the_limit_where_the_script_says_so() -> None:
    ears = WrittenEars()
    ears.listen(closed(), 0)
    ears.say("on and on", at_ms=0, too_long=True)
    told = await hear(ears, 6000)
    assert [(at, getattr(event, "cause", "")) for at, event in told] == [(80, ""), (3980, "too_long")]


@pytest.mark.parametrize(("heard_ms", "words"), [(600, "my"), (1500, "my lip is white")])
async def test_what_the_caller_ends_has_the_words_that_were_said(heard_ms: int, words: str) -> None:
    ears = WrittenEars()
    ears.listen(replace(closed(), mode="open"), 0)
    ears.say("my lip is white", at_ms=0)
    assert await ears.finish() == (), "nothing was said yet"
    await hear(ears, heard_ms)
    assert [said.open_text for said in await ears.finish()] == [words]
    assert await hear(ears, 6000, heard_ms) == []


async def test_ears_that_failed_tell_it_once_and_hear_no_more() -> None:
    ears = WrittenEars(missing=True)
    ears.say("yes", at_ms=0)
    ears.listen(closed(Phrase("yes")), 0)
    assert await hear(ears, 3000) == [(0, Deaf("missing"))]


async def test_a_voice_fails_at_its_place_alone() -> None:
    prompts = WrittenPrompts(fail_at="screen.pain")
    words = [Segment("words", "one two three")]
    assert len(await prompts.samples("screen.sight", words)) == 3 * SPOKEN_WORD_MS * 8
    assert len(await prompts.samples("screen.painless", words)) == 3 * SPOKEN_WORD_MS * 8
    for name in ("screen.pain", "screen.pain.noinput.1"):
        with pytest.raises(SynthesisFailed):
            await prompts.samples(name, words)
