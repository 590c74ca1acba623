"""A call that was taken, made a script: it goes the same way again, and holds nobody's number and no message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from tests.unit.rehearsal.conftest import Toy

from nightbell.audio.frame import Samples
from nightbell.audio.wav import read_channels, write_wav
from nightbell.call.effects import Effect, Listen, RecordMessage
from nightbell.call.events import CallStarted, Event, Heard, HungUp, KeyPressed, MessageRecorded
from nightbell.call.journal import event_to_json
from nightbell.errors import AudioError, RecordsFailed, SessionError
from nightbell.records.port import CallRecord, Entry
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.repro.making import Made, make
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

NOW = Instant.parse("2026-11-21T22:40:00+00:00")
MINE = "+447911123456"


@dataclass
class Kept:
    """Keeps a call as the records do."""

    entries: list[Entry] = field(default_factory=list)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        del audio_ms
        self.entries.append(Entry(event=event, effects=tuple(effects)))

    def speaking(self, prompt: str, audio_ms: int) -> None:
        pass


def record(disposition: Disposition | None, reason: str = "end", *, entries: int = 1) -> CallRecord:
    return CallRecord(
        clinic="toy",
        call="c",
        flow="toy",
        line="scripted",
        caller=MINE,
        called="+442079460000",
        started=NOW,
        last_at=NOW,
        disposition=disposition,
        reason=reason,  # type: ignore[arg-type]
        last_seq=entries - 1,
    )


async def taken(
    stage: Stage, answers: dict[str, Answer], *, keys: Literal["event", "inband"] = "event"
) -> tuple[Kept, Samples, Disposition | None]:
    """Let a call be taken; return what the records would hold, and what was heard of the caller."""
    kept = Kept()
    script = Script(
        name="call",
        about="",
        file="call.yaml",
        answers=tuple((place, (answer,)) for place, answer in answers.items()),
        expect=Expect(disposition=Disposition.D5, at_least=True),
        caller=MINE,
        keys=keys,
    )
    result = await rehearse(script, replace(stage, watch=lambda _: (kept,)))
    assert result.recording is not None
    return kept, read_channels(result.recording)[0], result.disposition


def written(folder: Path, made: Made, stage: Stage) -> Script:
    folder.mkdir(exist_ok=True)
    path = folder / "again.yaml"
    path.write_text(made.text, encoding="utf-8")
    write_wav(path.with_suffix(".wav"), made.sound)
    return load_script(path, stage.recordings, places_of(stage.flow))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (
            {"reason": Answer(say="worried"), "screen.sight": Answer(say="no"), "screen.pain": Answer(say="yes")},
            "end",
        ),
        (
            {"reason": Answer(say="worried"), "screen.sight": Answer(press="2"), "screen.pain": Answer(press="1")},
            "end",
        ),
        ({"reason": Answer(say="worried"), "screen.sight": Answer(say="no", hang_up=True)}, "hangup"),
    ],
)
async def test_it_goes_the_same_way_and_does_the_same(
    stage: Stage, tmp_path: Path, answers: dict[str, Answer], reason: str
) -> None:
    kept, sound, ended = await taken(stage, answers)
    made = make(
        "again", record(ended, reason, entries=len(kept.entries)), kept.entries, sound, country="GB", stock=None
    )
    script = written(tmp_path / "calls", made, stage)
    twice = [await rehearse(script, stage) for _ in range(2)]
    assert [result.failures for result in twice] == [(), ()]
    assert twice[0].moves == twice[1].moves
    assert MINE not in made.text
    assert made.redacted == ("the caller's number",)


@pytest.mark.asyncio
async def test_what_is_not_the_same_call_fails(stage: Stage, tmp_path: Path) -> None:
    answers = {"reason": Answer(say="worried"), "screen": Answer(press="2")}
    kept, sound, ended = await taken(stage, answers)
    made = make("again", record(ended, entries=len(kept.entries)), kept.entries, sound, country="GB", stock=None)
    script = written(tmp_path / "calls", made, stage)
    assert script.replay is not None
    late = replace(script, replay=replace(script.replay, keys=script.replay.keys[:1]))
    assert FailureKind.EFFECTS in [failure.kind for failure in (await rehearse(late, stage)).failures]
    silent = await rehearse(script, replace(stage, mute=True))
    assert FailureKind.EFFECTS in [failure.kind for failure in silent.failures]


def entry(kind: type, at: int, *effects: Effect, **fields: object) -> Entry:
    event = kind(clinic="toy", call="c", seq=0, at_utc=NOW.ms + at, audio_ms=at, **fields)
    return Entry(event=event, effects=effects)


STARTED = {"flow": "toy", "line": "sip", "caller": MINE, "called": "+442079460000"}


def test_keyed_numbers_and_messages_are_taken_out() -> None:
    listen = Listen(call="c", n=1, mode="off", state="number", question="entry")
    keyed = [entry(KeyPressed, 1000 + 300 * n, key=key) for n, key in enumerate("07911123456#")]
    journal = [
        entry(CallStarted, 0, listen, **STARTED),
        *keyed,
        entry(
            KeyPressed, 5000, RecordMessage(call="c", n=2, max_ms=9000, final_silence_ms=1000, keep=True), key="#"
        ),
        entry(MessageRecorded, 9000, effect=2, speech_ms=2000, ended_by="silence", text="my name is Jane"),
        entry(HungUp, 10_000, by="caller"),
    ]
    words = np.rint(np.sin(np.arange(80_000) / 3) * 6000).astype(np.int16)
    sound = np.concatenate(
        [words[:40_000], np.zeros(8000, np.int16), words[48_000:64_000], np.zeros(16_000, np.int16)]
    )
    stock = np.full(4000, 77, dtype=np.int16)

    journal = [replace(one, event=replace(one.event, seq=seq)) for seq, one in enumerate(journal)]
    of = record(Disposition.D4, "hangup", entries=len(journal))
    made = make("again", of, journal, sound, country="GB", stock=stock)

    keys = "".join(key["key"] for key in made.script["replay"]["keys"])
    assert keys == "07700900123##"
    assert made.script["replay"]["keys"][0]["at"] == "0.980s"
    assert made.script["replay"]["hang_up"] == "9.980s"
    assert set(made.sound[48_000:64_000]) == {77}
    assert np.array_equal(made.sound[:48_000], sound[:48_000])
    assert not made.sound[64_000:].any()
    assert made.redacted == ("the caller's number", "a number that was keyed", "a message that was left")
    everything = made.text + made.effects
    assert not [word for word in ("Jane", "7911", MINE) if word in everything]
    assert "Jane" in event_to_json(journal[-2].event)


def test_the_key_that_ends_a_message_is_pressed_again() -> None:
    takes = RecordMessage(call="c", n=2, max_ms=9000, final_silence_ms=1000, keep=True)
    journal = [
        entry(CallStarted, 0, takes, **STARTED),
        entry(MessageRecorded, 2000, effect=2, speech_ms=0, ended_by="key"),
        entry(MessageRecorded, 3000, effect=2, speech_ms=0, ended_by="silence"),
    ]
    journal = [replace(one, event=replace(one.event, seq=seq)) for seq, one in enumerate(journal)]
    of = record(Disposition.D4, entries=len(journal))
    made = make("again", of, journal, np.zeros(32_000, np.int16), country="GB", stock=None)
    assert made.script["replay"]["keys"] == [{"at": "1.980s", "key": "#"}]


@pytest.mark.asyncio
async def test_a_call_of_tones_alone_is_heard_by_its_keys(stage: Stage, toy: Toy, tmp_path: Path) -> None:
    toy.tones_are_keys = True
    answers = {"reason": Answer(press="1"), "screen.sight": Answer(press="2"), "screen.pain": Answer(press="1")}
    kept, sound, ended = await taken(stage, answers, keys="inband")
    made = make("again", record(ended, entries=len(kept.entries)), kept.entries, sound, country="GB", stock=None)
    assert made.script["replay"]["keys"] == []
    script = written(tmp_path / "calls", made, stage)
    assert (await rehearse(script, stage)).failures == ()
    silent = await rehearse(script, replace(stage, mute=True))
    assert FailureKind.HEARD_NOTHING in [failure.kind for failure in silent.failures]


def test_a_call_that_is_not_over_is_no_script() -> None:
    with pytest.raises(RecordsFailed):
        make(
            "again",
            record(None),
            [entry(CallStarted, 0, **STARTED)],
            np.zeros(8, np.int16),
            country="GB",
            stock=None,
        )


WORDS = np.rint(np.sin(np.arange(80_000) / 3) * 6000).astype(np.int16)
OVER = [
    entry(CallStarted, 0, **STARTED),
    entry(
        Heard, 4000, listen=1, cause="phrase", phrase="yes", text="yes", confidence=1.0, start_ms=3000, end_ms=3500
    ),
    entry(KeyPressed, 6000, key="1"),
    entry(HungUp, 8000, by="caller"),
]
"""A call of eight seconds with a word in it."""


def of_it(*left: int) -> list[Entry]:
    return [replace(one, event=replace(one.event, seq=seq)) for seq, one in enumerate(OVER) if seq not in left]


@pytest.mark.parametrize(
    ("left", "told"),
    [((1,), "lacks entry 1 "), ((2, 3), "lacks entries 2 to 3 "), ((1, 3), "lacks entries 1, 3 ")],
)
def test_a_journal_with_a_gap_is_no_script_and_it_is_said_what_is_missing(
    left: tuple[int, ...], told: str
) -> None:
    of = record(Disposition.D4, "hangup", entries=4)
    with pytest.raises(SessionError, match=told):
        make("again", of, of_it(*left), WORDS, country="GB", stock=None)
    assert make("again", of, of_it(), WORDS, country="GB", stock=None).script["replay"]["hang_up"] == "7.980s"


@pytest.mark.parametrize(
    ("sound", "told"), [(WORDS[:8000], "ends at 1.0 s"), (np.zeros(80_000, np.int16), "the recording is silent")]
)
def test_a_recording_without_what_was_heard_is_no_script(sound: Samples, told: str) -> None:
    with pytest.raises(AudioError, match=told):
        make("again", record(Disposition.D4, entries=4), of_it(), sound, country="GB", stock=None)


def test_what_was_not_recorded_after_the_last_word_is_silence_in_the_script() -> None:
    of = record(Disposition.D4, "hangup", entries=4)
    assert len(make("again", of, of_it(), WORDS[:30_000], country="GB", stock=None).sound) == 64_000


@pytest.mark.parametrize("started", ["garbage", 10**18])
def test_a_record_without_a_time_is_told(started: object) -> None:
    of = replace(record(Disposition.D4, entries=4), started=Instant(started))  # type: ignore[arg-type]
    with pytest.raises(SessionError, match="no time"):
        make("again", of, of_it(), WORDS, country="GB", stock=None)
