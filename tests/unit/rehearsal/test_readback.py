"""What was heard of a wording: spelling and figures made one, numbers and times to the word."""

from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.frame import Samples
from nightbell.flow.load import load_flow
from nightbell.rehearsal.pieces import CUTS_S
from nightbell.rehearsal.readback import Told, as_told, compare, read_back, told_by
from nightbell.terms.segment import Segment

TOLD = Told(
    prompt="end",
    segments=(Segment("words", "x"),),
    words="Hang up and dial nine nine nine. The clinic will ring you by ten forty five tonight, from "
    "zero two zero, seven nine four six, zero one four two, about the colour.",
    exact=("ten forty five tonight", "zero two zero, seven nine four six, zero one four two", "nine nine nine"),
)


def test_where_nothing_is_heard_every_word_is_wrong_and_all_is_lost() -> None:
    found = compare(TOLD, "", "GB")

    assert (found.rate, found.lost) == (1.0, TOLD.exact)


@pytest.mark.parametrize(
    "heard",
    [
        "hang up and dial 999 the clinic will ring you by 10:45 tonight from 020 7946 0142 about the color",
        "hang up and dial 999 the clinic will ring you by 1045 to night from 0 to 0 7946 0142 about the color",
        TOLD.words.lower(),
    ],
)
def test_figures_and_spelling_are_no_errors(heard: str) -> None:
    found = compare(TOLD, heard, "GB")

    assert (found.errors, found.lost) == (0, ())


@pytest.mark.parametrize(
    ("heard", "lost"),
    [
        ("hang up and dial 99 the clinic will ring you by 10:45 tonight from 02079460142 about the colour", 1),
        ("hang up and dial 999 the clinic will ring you by 10:54 tonight from 02079460142 about the colour", 1),
        ("hang up and dial 999 the clinic will ring you by 10:45 tonight from 02079460143 about the colour", 1),
        ("mumble", 3),
    ],
)
def test_one_wrong_digit_is_told_whatever_the_rate(heard: str, lost: int) -> None:
    assert len(compare(TOLD, heard, "GB").lost) == lost


def test_a_number_inside_a_longer_one_is_another_number() -> None:
    heard = "hang up and dial 9999 the clinic will ring you by 10:45 tonight from 020 7946 0142 about the colour"

    found = compare(TOLD, heard, "GB")

    assert found.lost == ("nine nine nine",)
    assert found.rate < 0.2, "it is one word too many"


def test_keys_and_counts_in_the_words_must_be_right_and_one_is_mostly_no_number(
    pytestconfig: pytest.Config,
) -> None:
    flow = load_flow(pytestconfig.rootpath / "flows" / "rosewood")
    words = "If one side hurts in ten minutes, or twenty four hours, press one, or nine, or dial 999 at ten."
    segments = (Segment("words", words), Segment("time", "ten forty five tonight"))

    told = as_told("end", segments, flow)

    numbers = {"ten", "twenty four", "one", "nine", "nine nine nine", "ten forty five tonight"}
    assert set(told.exact) == numbers
    assert compare(told, f"{words} ten forty five tonight", "GB").lost == ()
    assert compare(told, f"{words} ten forty five tonight".replace("nine,", "five,"), "GB").lost == ("nine",)


def test_errors_are_words_lost_added_or_taken_for_others() -> None:
    heard = "hang on and dial 999 clinic will ring you you by 10:45 tonight from 02079460142 about the colour"

    assert compare(TOLD, heard, "GB").errors == 3


@pytest.mark.asyncio
async def test_long_sound_is_heard_in_pieces_that_lose_nothing() -> None:
    sound = np.ones(8000 * 60, dtype=np.int16) * 900
    sound[:800] = 0  # too short to be made shorter
    sound[8000 * 20 : 8000 * 20 + 4000] = 0
    pieces: list[int] = []

    async def say(prompt: str, segments: object) -> Samples:
        return sound

    async def hear(samples: Samples) -> str:
        pieces.append(len(samples))
        return "x"

    await read_back(TOLD, say, hear, "GB")

    uncut = len(CUTS_S) * len(sound)
    folded = [len(sound) - 4000 + pause_ms * 8 for pause_ms in (250, 150)]
    assert sum(pieces) == uncut + 3 * sum(folded), "every way, and with the pause made shorter"
    assert max(pieces) <= 8000 * 24
    assert abs(pieces[0] - 8000 * 20 - 2000) <= 2000, "it is cut in the pause"


def test_every_end_of_the_shipped_line_is_told_with_its_number_and_several_times(
    pytestconfig: pytest.Config,
) -> None:
    flow = load_flow(pytestconfig.rootpath / "flows" / "rosewood")

    told = {each.prompt: each for each in told_by(flow)}

    assert {"emergency", "emergency_end", "hold"} <= set(told)
    assert "nine nine nine" in told["emergency_end"].exact
    times = {segment.text for each in told.values() for segment in each.segments if segment.form == "time"}
    assert len(times) >= 3
    assert all(not any(sign.isdigit() for sign in each.words) for each in told.values())


@pytest.mark.asyncio
async def test_what_is_heard_right_one_way_was_said_right() -> None:
    """A recogniser that stops early over long sound is not the voice's fault; one who never hears it is."""
    sound = np.ones(8000 * 20, dtype=np.int16) * 900
    longest: list[float] = []

    async def say(prompt: str, segments: object) -> Samples:
        return sound

    async def never(samples: Samples) -> str:
        return "hang up and dial"

    async def halves(samples: Samples) -> str:
        longest.append(len(samples) / 8000)
        return TOLD.words if len(longest) == 2 else ""

    found = await read_back(TOLD, say, halves, "GB")
    assert (found.lost, found.errors, longest[0]) == ((), 0, 20.0)
    assert (await read_back(TOLD, say, never, "GB")).lost == TOLD.exact
