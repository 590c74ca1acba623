from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nightbell.audio.dtmf import tone
from nightbell.audio.edges import last_sound_ms, silence
from nightbell.audio.frame import FRAME_SAMPLES, SILENCE, Samples
from nightbell.audio.g711 import round_trip
from nightbell.audio.level import rms_dbfs
from nightbell.audio.noise import pink
from nightbell.audio.wav import read_wav
from nightbell.errors import AudioError, LineFailed, TermError
from nightbell.line.scripted import ECHO_DB, ECHO_DELAY_MS, ScriptedLine

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.line.port import Tick

pytestmark = pytest.mark.asyncio


def buzz(ms: int, *, dbfs: float = -20.0) -> Samples:
    time = np.arange(ms * 8) / 8000
    return np.rint(np.sin(2 * np.pi * 440 * time) * 32767 * 2**0.5 * 10 ** (dbfs / 20)).astype(np.int16)


async def run(line: ScriptedLine, ticks: int, *, play: dict[int, Samples] | None = None) -> list[Tick]:
    await line.answer()
    seen = []
    async for tick in line.ticks():
        seen.append(tick)
        if play and tick.number in play:
            line.play(play[tick.number])
        if tick.number == ticks - 1:
            break
    return seen


async def test_words_arrive_to_the_sample_where_they_were_said_to_lie() -> None:
    line = ScriptedLine()
    words = np.concatenate([buzz(333), silence(200)])
    given = line.handset.say(words, at_ms=110)
    ticks = await run(line, 60)
    heard = np.concatenate([tick.frame for tick in ticks])
    assert given.start_ms == 120
    assert given.end_ms == 120 + 533
    assert given.last_sound_ms == 120 + (last_sound_ms(words) or 0) == 120 + 340
    assert np.array_equal(heard[120 * 8 : 120 * 8 + len(words)], round_trip(words))
    assert not heard[: 120 * 8].any()


async def test_a_tick_in_which_nothing_sounds_is_silence_itself() -> None:
    """The front tells it by identity, and spares itself the work."""
    line = ScriptedLine()
    line.handset.say(buzz(100), at_ms=100)
    line.handset.press("5", at_ms=400)
    ticks = await run(line, 30)
    assert [tick.number for tick in ticks if tick.frame is not SILENCE] == [5, 6, 7, 8, 9]
    noisy = ScriptedLine(bed=pink(8000, 1))
    assert all(tick.frame is not SILENCE for tick in await run(noisy, 5))


async def test_what_is_said_next_waits_its_turn() -> None:
    line = ScriptedLine()
    first = line.handset.say(buzz(100))
    second = line.handset.say(buzz(100))
    keys = line.handset.press("12")
    assert (first.start_ms, second.start_ms, keys.start_ms, keys.last_sound_ms) == (0, 100, 200, 440)
    ticks = await run(line, 40)
    assert {tick.number: tick.keys for tick in ticks if tick.keys} == {10: ("1",), 22: ("2",)}


async def test_inband_keys_are_sound_and_no_event() -> None:
    line = ScriptedLine(keys="inband")
    given = line.handset.press("7", at_ms=40)
    ticks = await run(line, 20)
    heard = np.concatenate([tick.frame for tick in ticks])
    assert [tick.keys for tick in ticks if tick.keys] == []
    assert np.array_equal(heard[320:1120], round_trip(tone("7")))
    assert given.end_ms == 140


async def test_silent_words_and_keys_that_are_none_are_refused() -> None:
    line = ScriptedLine()
    with pytest.raises(AudioError, match="silent"):
        line.handset.say(silence(500))
    with pytest.raises(TermError):
        line.handset.press("1A")


async def test_recording_has_both_ends_to_the_sample(tmp_path: Path) -> None:
    line = ScriptedLine()
    line.handset.say(buzz(60), at_ms=40)
    prompt = buzz(20, dbfs=-10)
    await run(line, 10, play={4: prompt})
    line.write(tmp_path / "call.wav")
    caller, ours = line.recording()
    assert len(caller) == len(ours) == 10 * FRAME_SAMPLES
    assert np.array_equal(caller[40 * 8 : 100 * 8], round_trip(buzz(60)))
    # Played in tick 4, whose caller sound ends at 100 ms: the caller hears it from there on.
    assert np.array_equal(ours[100 * 8 : 120 * 8], round_trip(prompt))
    assert not ours[: 100 * 8].any()
    assert not ours[120 * 8 :].any()
    assert line.loudest_dbfs(100, 120) > -12
    assert line.loudest_dbfs(0, 100) == line.loudest_dbfs(120, 200) == -120
    both = read_wav(tmp_path / "call.wav")
    assert len(both) == len(caller)


async def test_bed_lies_under_the_whole_call_at_its_own_level_and_goes_round() -> None:
    bed = pink(8000, seed=3)
    line = ScriptedLine(bed=bed)
    heard = np.concatenate([tick.frame for tick in await run(line, 100)])
    assert rms_dbfs(heard) == pytest.approx(rms_dbfs(bed), abs=0.1)
    assert np.array_equal(heard[:8000], heard[8000:])
    assert np.array_equal(heard[:8000], round_trip(bed))


async def test_loud_words_over_a_loud_bed_clip_and_do_not_wrap() -> None:
    line = ScriptedLine(bed=np.full(800, 30000, dtype=np.int16))
    line.handset.say(np.full(160, 30000, dtype=np.int16))
    ticks = await run(line, 1)
    assert (ticks[0].frame > 30000).all()


async def test_echo_comes_back_late_and_quiet() -> None:
    line = ScriptedLine(echo_db=ECHO_DB)
    prompt = buzz(20, dbfs=-10)
    ticks = await run(line, 30, play={4: prompt})
    sounding = [tick.number for tick in ticks if tick.frame.any()]
    assert sounding == [4 + 1 + ECHO_DELAY_MS // 20]
    assert rms_dbfs(ticks[sounding[0]].frame) == pytest.approx(rms_dbfs(prompt) + ECHO_DB, abs=0.5)


async def test_a_call_that_never_ends_is_ended_by_the_line() -> None:
    line = ScriptedLine(limit_ms=200)
    ticks = await run(line, 1000)
    assert len(ticks) == 10
    assert ticks[-1].gone == "line"


async def test_caller_who_hung_up_before_the_answer() -> None:
    line = ScriptedLine()
    line.handset.hang_up()
    with pytest.raises(LineFailed, match="gone"):
        await line.answer()


async def test_hanging_up_waits_until_the_words_are_out() -> None:
    line = ScriptedLine()
    line.handset.say(buzz(100))
    assert line.handset.hang_up() == 100
    ticks = await run(line, 100)
    assert [tick.gone for tick in ticks] == [""] * 5 + ["caller"]


async def test_second_frame_in_a_tick_and_wrong_frames_are_refused() -> None:
    line = ScriptedLine()
    await line.answer()
    ticks = line.ticks()
    await anext(ticks)
    line.play(buzz(20))
    with pytest.raises(LineFailed, match="two frames"):
        line.play(buzz(20))
    with pytest.raises(LineFailed, match="no frame"):
        line.play(buzz(10))


async def test_paced_ticks_do_not_drift_when_a_tick_takes_long() -> None:
    line = ScriptedLine(paced=True)
    line.handset.hang_up(at_ms=300)
    await line.answer()
    loop = asyncio.get_running_loop()
    began = loop.time()
    async for tick in line.ticks():
        while tick.number == 2 and loop.time() < began + 0.1:  # a consumer that holds the loop for two frames
            pass
    assert loop.time() - began == pytest.approx(16 * 0.02, abs=0.02)
