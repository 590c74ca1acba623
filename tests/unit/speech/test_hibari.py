"""Hibari: the same bytes in every process, and an honest word when it cannot speak."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import hibari
import numpy as np
import pytest

from nightbell.errors import ModelCorrupt, ModelMissing, SynthesisFailed
from nightbell.speech.hibari import HibariVoice

WORDS = "Are you worried about a treatment you have had?"
ALONE = (
    "import asyncio, hashlib, sys\n"
    "from nightbell.speech.hibari import HibariVoice\n"
    "sound = asyncio.run(HibariVoice(seed=int(sys.argv[2])).render(sys.argv[1]))\n"
    "print(hashlib.sha256(sound.tobytes()).hexdigest())\n"
)


def in_its_own_process(seed: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, WORDS, str(seed)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_two_processes_render_the_same_bytes_and_another_seed_others() -> None:
    first = in_its_own_process(7)
    assert first == in_its_own_process(7)
    assert first != in_its_own_process(8)
    assert len(first) == 64


@pytest.mark.asyncio
async def test_what_was_said_before_does_not_change_what_is_said_now() -> None:
    voice = HibariVoice()
    fresh = hashlib.sha256((await voice.render(WORDS)).tobytes()).hexdigest()
    await voice.render("something else first")
    assert hashlib.sha256((await voice.render(WORDS)).tobytes()).hexdigest() == fresh
    await voice.close()


def test_speaker_seed_and_pace_are_in_the_name() -> None:
    names = {HibariVoice().name, HibariVoice(seed=8).name, HibariVoice(speed=0.9).name, HibariVoice("emma").name}
    assert len(names) == 4


@pytest.mark.asyncio
async def test_a_speaker_that_is_not_on_this_machine_is_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))

    def no_network(*_args: object) -> str:
        raise AssertionError("a voice was downloaded")

    monkeypatch.setattr("hibari.voices.download", no_network)
    with pytest.raises(ModelMissing) as caught:
        await HibariVoice("emma").render("one")
    assert "nightbell setup" in caught.value.hint
    with pytest.raises(ModelMissing, match="no voice 'nobody'"):
        await HibariVoice("nobody").render("one")


@pytest.mark.asyncio
async def test_a_damaged_speaker_file_is_found_before_it_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    (tmp_path / "bf_emma.int8.onnx").write_bytes(b"half a download")
    with pytest.raises(ModelCorrupt):
        await HibariVoice("emma").render("one")


@pytest.mark.asyncio
async def test_an_engine_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    usual = hibari.Hibari.__call__

    def hangs(self: hibari.Hibari, words: str, speed: float = 1.0, seed: int | None = None) -> np.ndarray:
        if words == "hang":
            let_go.wait(30)
        return np.asarray(usual(self, words, speed, seed))

    voice = HibariVoice()
    await voice.render("one")
    monkeypatch.setattr(hibari.Hibari, "__call__", hangs)
    voice._limit_ms = 100
    with pytest.raises(SynthesisFailed, match="longer than 100 ms"):
        await voice.render("hang")
    voice._limit_ms = 20_000
    assert len(await asyncio.wait_for(voice.render("one"), 10))
    let_go.set()
    await voice.close()


@pytest.mark.asyncio
async def test_an_engine_that_raises_is_a_failure_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> np.ndarray:
        raise ValueError("inside")

    monkeypatch.setattr(hibari.Hibari, "__call__", broken)
    with pytest.raises(SynthesisFailed, match="ValueError"):
        await HibariVoice().render("one")
