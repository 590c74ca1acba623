"""A number that was keyed is in no script and in no sound of it, wherever and however it was keyed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.rehearsal.test_repro import MINE, STARTED, Kept, entry, record

from nightbell.audio.dtmf import HIGH_HZ, LOW_HZ, tone
from nightbell.audio.frame import Samples
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect, Listen
from nightbell.call.events import CallStarted, KeyPressed
from nightbell.call.session import Session
from nightbell.errors import AudioError
from nightbell.flow.load import load_flow
from nightbell.records.port import Entry
from nightbell.rehearsal.comparison.corpus import in_writing
from nightbell.rehearsal.fingerprint import fingerprint
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.repro.making import Made, make
from nightbell.rehearsal.repro.tones import heard_keys
from nightbell.rehearsal.runner import rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.rehearsal.tiers import take_written
from nightbell.terms.disposition import Disposition

HARBOUR = Path(__file__).parents[2] / "flows" / "harbour"
NUMBER = "07911654382"
STORY = "07700900123"
STEP_MS = 240
KEYED_MS = 3000


def numbered(*entries: Entry) -> list[Entry]:
    return [replace(one, event=replace(one.event, seq=seq)) for seq, one in enumerate(entries)]


def at_the(question: str) -> Entry:
    listen = Listen(call="c", n=1, mode="off", state="number", question=question)
    return entry(CallStarted, 0, listen, **STARTED)


def keys(text: str, source: str, start_ms: int = KEYED_MS, late_ms: int = 60) -> list[Entry]:
    """Return the events of keys; those of tones come when the tone is recognised."""
    late = late_ms if source == "inband" else 0
    return [entry(KeyPressed, start_ms + STEP_MS * n + late, key=key, source=source) for n, key in enumerate(text)]


def sounding(text: str, start_ms: int = KEYED_MS, *, ms: int = 100, noise: float = 60.0) -> Samples:
    """Return ten seconds of a quiet room in which keys sound."""
    room = np.random.default_rng(7).normal(0, noise, 80_000)
    for n, key in enumerate(text):
        at = (start_ms + STEP_MS * n) * 8
        room[at : at + ms * 8] += tone(key, ms)
    return np.rint(room).astype(np.int16)


def made_of(journal: list[Entry], sound: Samples) -> Made:
    of = record(Disposition.D4, entries=len(journal))
    return make("again", of, journal, sound, country="GB", stock=None)


def pressed(made: Made) -> str:
    return "".join(key["key"] for key in made.script["replay"]["keys"])


def heard(made: Made) -> str:
    return "".join(key for _, key in heard_keys(made.sound))


def loudest(samples: Samples) -> str:
    """Return the key whose tones are the strongest, however short they are."""

    def strength(hertz: int) -> float:
        return abs(complex(samples @ np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / 8000)))

    low, high = (max(set(tones.values()), key=strength) for tones in (LOW_HZ, HIGH_HZ))
    return next(key for key in LOW_HZ if (LOW_HZ[key], HIGH_HZ[key]) == (low, high))


@pytest.mark.parametrize("question", ["entry", "offer"])
@pytest.mark.parametrize("noise", [0.0, 60.0, 600.0])
def test_tones_of_a_number_become_those_of_another(question: str, noise: float) -> None:
    journal = numbered(at_the(question), *keys(f"{NUMBER}#", "inband"))
    sound = sounding(f"{NUMBER}#", noise=noise)
    made = made_of(journal, sound)
    assert heard(made)[-1] == "#"
    assert heard(made)[:-1] == (STORY if question == "entry" else STORY.replace("0", "7").replace("9", "7"))
    assert [at_ms for at_ms, _ in heard_keys(made.sound)] == [at_ms for at_ms, _ in heard_keys(sound)]
    assert pressed(made) == ""
    assert "a number that was keyed" in made.redacted
    assert np.array_equal(made.sound[: KEYED_MS * 8 - 800], sound[: KEYED_MS * 8 - 800])
    assert len(made.sound) == len(sound)


def test_tones_beside_signalled_keys_are_taken_out_too() -> None:
    journal = numbered(at_the("entry"), *keys(f"{NUMBER}#", "event"))
    made = made_of(journal, sounding(f"{NUMBER}#"))
    assert (pressed(made), heard(made)) == (f"{STORY}#", f"{STORY}#")


def test_the_rest_of_a_tone_that_a_gateway_cut_off_is_silent_or_another_key() -> None:
    journal = numbered(at_the("entry"), *keys(NUMBER, "event"))
    made = made_of(journal, sounding(NUMBER, ms=35, noise=0.0))
    for n, stand_in in enumerate(STORY):
        at = (KEYED_MS + STEP_MS * n) * 8
        left = made.sound[at : at + 280]
        assert not left.any() or loudest(left) == stand_in, f"key {n} is still there"


def test_tones_that_the_call_took_no_notice_of_are_silenced() -> None:
    journal = numbered(at_the("reason"), *keys("1", "event", 9000))
    made = made_of(journal, sounding(NUMBER))
    assert (pressed(made), heard(made)) == ("1", "")


@pytest.mark.parametrize(
    "sound", [np.full(80_000, 500, np.int16), sounding(NUMBER, KEYED_MS + 1500), sounding(NUMBER[:-1])]
)
def test_a_number_whose_tones_are_not_found_makes_no_script(sound: Samples) -> None:
    journal = numbered(at_the("entry"), *keys(NUMBER, "inband"))
    with pytest.raises(AudioError, match="cannot be taken out") as refused:
        made_of(journal, sound)
    assert refused.value.hint
    assert NUMBER[:4] not in str(refused.value)


def test_keys_of_menus_stay_as_they_are() -> None:
    menus = [entry(KeyPressed, 1000 + 4000 * n, key=key) for n, key in enumerate("29")]
    quick = keys("212", "event", 9500)
    journal = numbered(at_the("reason"), *menus, *quick)
    made = made_of(journal, np.zeros(96_000, np.int16))
    assert pressed(made) == "29212"
    assert made.redacted == ("the caller's number",)


@pytest.mark.parametrize("text", [NUMBER, "079*11#65*438#2", "4471"])
@pytest.mark.parametrize("step_ms", [240, 2900])
def test_a_number_keyed_anywhere_is_taken_out(text: str, step_ms: int) -> None:
    typed = [entry(KeyPressed, 1000 + step_ms * n, key=key) for n, key in enumerate(text)]
    made = made_of(numbered(at_the("offer"), *typed), np.zeros(400_000, np.int16))
    assert len(pressed(made)) == len(text)
    same = sum(was == now for was, now in zip(text, pressed(made), strict=True) if was.isdigit())
    assert same <= 2
    assert [n for n, key in enumerate(text) if not key.isdigit()] == [
        n for n, key in enumerate(pressed(made)) if not key.isdigit()
    ]
    assert "a number that was keyed" in made.redacted


@pytest.mark.parametrize(
    ("country", "begins"), [("GB", "07"), ("US", "2"), ("IE", "022"), ("AU", "02"), ("NZ", "03")]
)
def test_what_stands_in_is_dialled_as_at_home(country: str, begins: str) -> None:
    journal = numbered(at_the("entry"), *keys(f"{NUMBER}#", "event"))
    of = record(Disposition.D4, entries=len(journal))
    made = make("again", of, journal, np.zeros(80_000, np.int16), country=country, stock=None)
    assert pressed(made).startswith(begins)


def test_a_number_keyed_again_begins_again() -> None:
    twice = [*keys(f"{NUMBER[:9]}#", "event"), *keys(f"{NUMBER}#", "event", KEYED_MS + 3000)]
    made = made_of(numbered(at_the("entry"), *twice), np.zeros(80_000, np.int16))
    assert pressed(made) == f"{STORY[:9]}#{STORY}#"


@pytest.mark.asyncio
@pytest.mark.parametrize("offered", ["07611654382#", "4471654382#"])
async def test_what_stands_in_for_a_number_at_another_question_leads_the_same_way(offered: str) -> None:
    flow = load_flow(HARBOUR)
    kept = Kept()
    script = Script(
        name="call",
        about="",
        file="call.yaml",
        answers=(
            ("reason", (Answer(press="1"),)),
            ("sight", (Answer(press="2"),)),
            ("number.offer", (Answer(press=offered),)),
            ("number.entry", (Answer(press=f"{NUMBER}#"),)),
        ),
        expect=Expect(disposition=Disposition.D5, at_least=True),
        caller=MINE,
        tier="text",
    )
    stage = in_writing(flow, Recordings(Path()))
    result = await rehearse(script, replace(stage, take=take_written, watch=lambda _: (kept,)))
    assert result.disposition is not None
    of = replace(record(result.disposition, entries=len(kept.entries)), clinic="harbour")
    sound = np.zeros(result.audio_ms * 8, np.int16)
    plan = compile_flow(flow)
    made = make("again", of, kept.entries, sound, country="GB", stock=None, plan=plan)

    session, effects = Session(plan), list[Effect]()
    typed = iter(pressed(made))
    for one in kept.entries:
        event = replace(one.event, key=next(typed)) if isinstance(one.event, KeyPressed) else one.event
        effects += session.handle(event)
    assert fingerprint(effects) == made.effects
    was = "".join(one.event.key for one in kept.entries if isinstance(one.event, KeyPressed))
    at = was.index(offered)
    assert sum(a == b for a, b in zip(offered, pressed(made)[at:], strict=False) if a.isdigit()) <= 3
