"""espeak's child: killed in a job, hanging, talking nonsense, missing; and the child's own side."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from nightbell.errors import ModelMissing, SynthesisFailed
from nightbell.speech import espeak_child
from nightbell.speech.espeak import EspeakVoice

STAND_IN = (sys.executable, str(Path(__file__).parent / "espeak_stand_in.py"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("die", "process died"),
        ("hang", "did not answer within 200 ms"),
        ("nonsense", "answered nonsense"),
        ("swallow", "failed to render"),
        ("half", "no usable sound"),
    ],
)
@pytest.mark.asyncio
async def test_a_job_that_goes_wrong_raises_and_the_next_one_works(words: str, says: str) -> None:
    voice = EspeakVoice(command=STAND_IN)
    before = await voice.render("one")
    voice._limit_ms = 200
    with pytest.raises(SynthesisFailed, match=says):
        await voice.render(words)
    voice._limit_ms = 20_000
    assert (await voice.render("one")).tolist() == before.tolist()
    await voice.close()


async def started(voice: EspeakVoice) -> Process:
    async with asyncio.timeout(10):
        while (child := voice._child) is None:  # noqa: ASYNC110 - the voice has no event for it
            await asyncio.sleep(0)
    return child


@pytest.mark.asyncio
async def test_a_child_killed_in_the_middle_of_a_job_is_replaced() -> None:
    voice = EspeakVoice(command=STAND_IN)
    job = asyncio.create_task(voice.render("hang"))
    child = await started(voice)
    child.kill()
    with pytest.raises(SynthesisFailed, match="process died"):
        await job
    # asyncio says 255 where the kill that follows took the status before its watcher did.
    assert child.returncode in {-signal.SIGKILL, 255}
    assert len(await voice.render("one"))
    await voice.close()


@pytest.mark.asyncio
async def test_a_cancelled_job_ends_its_child_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    voice = EspeakVoice(command=STAND_IN)
    job = asyncio.create_task(voice.render("hang"))
    child = await started(voice)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert child.returncode is not None
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    await voice.close()


@pytest.mark.asyncio
async def test_a_missing_library_says_how_to_install_it() -> None:
    voice = EspeakVoice(command=(*STAND_IN, "missing"))
    with pytest.raises(ModelMissing) as caught:
        await voice.render("one")
    assert "apt-get install espeak-ng" in caught.value.hint
    await voice.close()


class Engine:
    """Writes what it is told, or fails as pyttsx3 does: by raising, or by writing nothing."""

    def __init__(self) -> None:
        self.job = ("", "")

    def save_to_file(self, words: str, path: str) -> None:
        self.job = (words, path)

    def runAndWait(self) -> None:  # noqa: N802 - pyttsx3's name
        words, path = self.job
        if words == "raise":
            raise RuntimeError("run loop already started")
        if words != "swallow":
            Path(path).write_bytes(b"sound")


def test_the_child_answers_every_job_and_outlives_its_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(espeak_child, "_engine", lambda _speaker, _rate: Engine())
    jobs = [json.dumps({"words": w, "path": str(tmp_path / w)}) + "\n" for w in ("raise", "swallow", "one")]
    replies = io.StringIO()
    assert espeak_child.serve(io.StringIO("".join(jobs)), replies, "gmw/en", 160) == 0
    assert [json.loads(line) for line in replies.getvalue().splitlines()] == [
        {"ready": "yes"},
        {"failed": "RuntimeError"},
        {"failed": "no file was written"},
        {"done": str(tmp_path / "one")},
    ]


def test_the_child_tells_why_its_engine_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_speaker: str, _rate: int) -> Engine:
        raise RuntimeError("no espeak")

    monkeypatch.setattr(espeak_child, "_engine", broken)
    replies = io.StringIO()
    assert espeak_child.serve(io.StringIO(), replies, "gmw/en", 160) == 3
    assert json.loads(replies.getvalue()) == {"missing": "RuntimeError: no espeak"}
