from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.level import active_dbfs, peak_dbfs
from nightbell.audio.resample import Sound
from nightbell.speech.take import Fault, finished, sound_faults, words_faults

RATE = 48_000


def voice(seconds: float = 2.0, *, dbfs: float = -20.0, room: float = -80.0, lead: float = 0.3) -> Sound:
    """Make what a voice is to a meter: bursts of a complex tone with soft edges and pauses, in a room."""
    at = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * k * at + k) / k for k in range(1, 12))
    swell = np.clip(np.sin(2 * np.pi * 2.0 * at), 0, None)
    burst = tone * swell
    burst *= 10 ** (dbfs / 20) / np.sqrt(np.mean(np.square(burst[swell > 0.05])))
    quiet = np.zeros(int(lead * RATE))
    sound = np.concatenate([quiet, burst, quiet])
    noise = np.random.default_rng(5).standard_normal(len(sound)) * 10 ** (room / 20)
    return np.asarray(sound + noise, dtype=np.float32)


def kinds(sound: Sound, rate: int = RATE) -> set[Fault]:
    return {fault.kind for fault in sound_faults(sound, rate)}


def test_a_good_take_has_no_fault() -> None:
    assert sound_faults(voice(), RATE) == ()


@pytest.mark.parametrize(
    ("sound", "kind"),
    [
        (np.zeros(RATE, dtype=np.float32), Fault.SILENT),
        (voice(dbfs=-50, room=-95), Fault.QUIET),
        (voice(dbfs=-20, room=-26), Fault.NOISY),
        (voice()[int(0.42 * RATE) :], Fault.CUT_START),
        (voice()[: int(1.42 * RATE)], Fault.CUT_END),
    ],
    ids=["silent", "quiet", "noisy", "cut start", "cut end"],
)
def test_each_fault_is_found_alone(sound: Sound, kind: Fault) -> None:
    assert kinds(sound) == {kind}


@pytest.mark.parametrize("top", [1.0, 0.4])
def test_clipping_is_found_at_full_scale_and_turned_down_afterwards(top: float) -> None:
    loud = np.clip(voice(dbfs=-6) * 1.5, -1.0, 1.0) * top
    assert Fault.CLIPPED in kinds(loud.astype(np.float32))


def test_a_loud_take_that_is_not_clipped_is_too_loud() -> None:
    at = np.arange(RATE) / RATE
    square = np.sign(np.sin(2 * np.pi * 300 * at)) * 0.45 * (1 + 0.2 * at)  # its top is never level
    edge = np.zeros(RATE // 2)
    assert kinds(np.concatenate([edge, square, edge]).astype(np.float32)) == {Fault.LOUD}


def test_a_fault_says_what_to_do() -> None:
    fault = sound_faults(voice(dbfs=-50, room=-95), RATE)[0]
    assert (
        str(fault)
        == "too quiet: the voice is at -50 dB, -42 is the least; sit closer to the microphone or turn it up"
    )


def test_what_is_kept_is_trimmed_at_8_khz_and_at_the_prompts_level() -> None:
    kept = finished(voice(2.0, dbfs=-33), RATE)
    assert kept.dtype == np.int16
    assert 1.7 < len(kept) / 8000 < 1.9, "the silence around the voice is gone"
    assert abs(active_dbfs(kept) + 20) < 1
    assert peak_dbfs(kept) <= -3.0


MENU = "If you are worried, say yes, or press one. If not, say appointments, or press two."


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        (MENU, "if you are worried say yes or press one if not say appointments or press two"),
        (MENU, "if you're worried say yes or press 1 if not say appointments or press too"),
        ("Please hang up and dial nine nine nine now.", "please hang up and dial 999 now"),
        ("Please hang up and dial 999 now.", "please hang up and dial nine nine nine now"),
        ("Within 30 minutes, by 10:15 p.m.", "within thirty minutes by ten fifteen pm"),
        ("The clinic's harbour, in colour.", "the clinics harbor in color"),
        ("We ring you from 020 7946 0142.", "we ring you from 2079 46 142"),
        ("will ring you by", "well ring you by"),
        ("from", "from"),
    ],
)
def test_what_was_said_is_taken_however_the_recogniser_writes_it(wanted: str, heard: str) -> None:
    assert words_faults(wanted, heard, "GB") == ()


@pytest.mark.parametrize(
    ("wanted", "heard", "told"),
    [
        (MENU, "", "no words were understood"),
        (MENU, "the clinic will ring you back tomorrow", "was heard for"),
        (MENU, "if you are worried say yes or press one if not say appointments", '"or press two" was not heard'),
        ("Please hang up and dial 999 now.", "please hang up and dial 99 now", '"nine" was not heard'),
        (
            "Do not wait for us; hang up and ring them.",
            "do wait for us hang up and ring them",
            '"not" was not heard',
        ),
        (
            "Say two, or press two, please, after it.",
            "say two or press ten please after it",
            '"ten" was heard for "two"',
        ),
        ("Thank you.", "thank them", '"them" was heard for "you"'),
        (
            "Ring us again if nobody rings by then, or if it gets worse, and keep your telephone free.",
            "ring us again if nobody at all today rings by then or if it gets worse and keep your telephone free",
            '"at all today" was heard too',
        ),
    ],
)
def test_what_was_missed_is_told_in_words(wanted: str, heard: str, told: str) -> None:
    (fault,) = words_faults(wanted, heard, "GB")
    assert fault.kind is Fault.WORDS
    assert told in fault.message, fault.message


def test_whoever_reads_other_words_is_not_told_each_of_them() -> None:
    heard = "please hold the line while we do something else entirely today for me"
    (fault,) = words_faults("I am getting a person for you. For trouble breathing, press nine.", heard, "GB")
    assert fault.message.count("heard") == 4
    assert "more: is it another prompt's words?" in fault.message


def test_a_text_without_words_has_nothing_to_miss() -> None:
    assert words_faults("...", "anything", "GB") == ()
