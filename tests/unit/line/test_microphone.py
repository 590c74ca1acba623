from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES, SILENCE
from nightbell.audio.level import rms_dbfs
from nightbell.audio.resample import from_telephone, to_telephone
from nightbell.errors import LineFailed
from nightbell.line import microphone
from nightbell.line.keyboard import Keyboard
from nightbell.line.microphone import MicrophoneLine, open_soundcard
from nightbell.line.port import Tick
from nightbell.testing.soundcard import LoopbackSoundcard

pytestmark = pytest.mark.asyncio


def tone(hertz: int, ms: int) -> np.ndarray:
    wave = np.sin(2 * np.pi * hertz * np.arange(ms * 8) / 8000)
    return np.asarray(np.rint(wave * 8000), dtype=np.int16)


def pitch(sound: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(sound.astype(np.float64)))) * 8000 / len(sound))


class Endless(io.StringIO):
    """A terminal at which nobody types: reading it never ends within a test."""

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        import threading

        threading.Event().wait(5)
        return iter(())


def line_on(card: LoopbackSoundcard, typed: io.StringIO | None = None) -> MicrophoneLine:
    return MicrophoneLine(Keyboard(typed or Endless()), card=card, called="+442079460000")


async def some_ticks(line: MicrophoneLine, count: int, card: LoopbackSoundcard) -> list[Tick]:
    ticks = []
    async for tick in line.ticks():
        ticks.append(tick)
        if len(ticks) == count:
            await line.hang_up()
        card.streams[0].pass_block()
        await asyncio.sleep(0)
    return ticks


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
async def test_what_is_spoken_arrives_at_8_khz(rate: int) -> None:
    card = LoopbackSoundcard(rate=rate)
    card.speak(from_telephone(tone(500, 800), rate))
    line = line_on(card)
    await line.answer()
    ticks = await some_ticks(line, 40, card)
    heard = np.concatenate([tick.frame for tick in ticks[10:30]])
    assert abs(pitch(heard) - 500) < 10
    assert abs(rms_dbfs(heard) - rms_dbfs(tone(500, 400))) < 1
    assert {tick.frame.shape for tick in ticks} == {(FRAME_SAMPLES,)}


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
async def test_what_is_played_reaches_the_loudspeaker_whole(rate: int) -> None:
    card = LoopbackSoundcard(rate=rate)
    card.speak(np.zeros(rate * 3, dtype=np.float32))
    line = line_on(card)
    await line.answer()
    sound = tone(700, 600)
    async for tick in line.ticks():
        if tick.number < 30:
            line.play(sound[tick.number * FRAME_SAMPLES : (tick.number + 1) * FRAME_SAMPLES])
        elif tick.number == 40:
            await line.hang_up()
        card.streams[0].pass_block()
    said = to_telephone(np.concatenate(card.said), rate)
    spoken = said[np.abs(said) > 100]
    assert abs(pitch(said[2000:4000]) - 700) < 10
    assert len(spoken) > 0.85 * len(sound)


async def test_a_block_that_never_came_is_concealed_and_flagged() -> None:
    card = LoopbackSoundcard()
    line = line_on(card)
    await line.answer()
    ticks = []
    async for tick in line.ticks():
        ticks.append(tick)
        if len(ticks) == 5:
            await line.hang_up()
    assert all(tick.concealed for tick in ticks)
    assert all(np.array_equal(tick.frame, SILENCE) for tick in ticks)


async def test_what_piles_up_is_dropped_so_that_the_delay_does_not_grow() -> None:
    card = LoopbackSoundcard(rate=8000)
    card.speak(np.concatenate([np.zeros(8000), from_telephone(tone(500, 200), 8000)]))
    line = line_on(card)
    await line.answer()
    for _ in range(60):
        card.streams[0].pass_block()
    await asyncio.sleep(0.01)
    ticks = await some_ticks(line, 20, card)
    loud = [tick.number for tick in ticks if rms_dbfs(tick.frame) > -30]
    assert loud
    assert loud[0] <= 3, "one second of old silence was not played out first"


async def test_keys_come_from_the_keyboard_and_words_do_not() -> None:
    card = LoopbackSoundcard()
    line = line_on(card, io.StringIO("hello\n12\n"))
    await line.answer()
    ticks = [tick async for tick in line.ticks()]
    assert [key for tick in ticks for key in tick.keys] == ["1", "2"]
    assert {tick.text for tick in ticks} == {None}
    assert ticks[-1].gone == "caller"


async def test_the_sound_card_is_let_go_at_the_end() -> None:
    card = LoopbackSoundcard(running=True)
    line = line_on(card, io.StringIO(""))
    await line.answer()
    assert [tick.gone async for tick in line.ticks()][-1] == "caller"
    assert card.streams[0].state == "closed"
    line.close()


@pytest.mark.parametrize("broken", ["none", "open"])
async def test_no_device_is_an_error_that_says_what_to_do(broken: str) -> None:
    with pytest.raises(LineFailed) as error:
        line_on(LoopbackSoundcard(broken=broken))
    assert error.value.exit_code == 3
    assert "leave out --mic" in error.value.hint


async def test_a_card_that_does_not_start_is_let_go() -> None:
    card = LoopbackSoundcard(broken="start")
    line = line_on(card)
    with pytest.raises(LineFailed):
        await line.answer()
    assert card.streams[0].state == "closed"


async def test_without_portaudio_there_is_no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr(microphone, "import_module", gone)
    with pytest.raises(LineFailed) as error:
        open_soundcard()
    assert (error.value.exit_code, "libportaudio2" in error.value.hint) == (3, True)
