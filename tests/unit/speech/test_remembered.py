"""Recognisers with a memory: the same words for the same sound without being asked, and for no other sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.frame import Samples
from nightbell.errors import RecognitionFailed, SettingsError
from nightbell.speech.port import ClosedStream, Hypothesis
from nightbell.speech.remembered import RememberedOpen, RememberedRecogniser
from nightbell.speech.transcripts import Transcripts
from nightbell.terms.phrase import Phrase

MENU = (Phrase("yes"), Phrase("no"))
PIECES = [np.full(160, number, dtype=np.int16) for number in range(5)]


@dataclass
class Listener:
    """Writes down the sum of what it hears; counts how often it is asked."""

    asked: int = 0
    opened: list[tuple[str, ...]] = field(default_factory=list)
    mishears: int = 0
    broken: bool = False

    async def open(self, phrases: Sequence[Phrase]) -> ClosedStream:
        self.opened.append(tuple(phrase.text for phrase in phrases))
        return _Stream(self)

    async def transcribe(self, samples: Samples) -> str:
        self.asked += 1
        if self.broken:
            raise RecognitionFailed("broken", provider="listener")
        return f"words {int(samples.sum())}"

    async def close(self) -> None:
        """Hold nothing."""


@dataclass
class _Stream:
    listener: Listener
    total: int = 0

    async def feed(self, samples: Samples) -> Hypothesis:
        self.listener.asked += 1
        if self.listener.broken:
            raise RecognitionFailed("broken", provider="listener")
        self.total += int(samples.sum()) + self.listener.mishears
        return Hypothesis(f"so far {self.total}")

    async def finish(self) -> Hypothesis:
        self.listener.asked += 1
        return Hypothesis(f"in all {self.total}", "yes", 0.75)

    async def discard(self) -> None:
        """Hold nothing."""


async def heard(
    listener: Listener,
    memory: Transcripts,
    pieces: Sequence[Samples] = PIECES,
    *,
    phrases: Sequence[Phrase] = MENU,
    name: str = "listener 1",
) -> list[Hypothesis]:
    recogniser = RememberedRecogniser(listener, memory, name)
    stream = await recogniser.open(phrases)
    written = [await stream.feed(piece) for piece in pieces]
    written.append(await stream.finish())
    await recogniser.close()
    return written


@pytest.mark.asyncio
async def test_the_same_sound_is_written_down_the_same_and_nobody_is_asked(tmp_path: Path) -> None:
    with Transcripts(tmp_path / "memory") as memory:
        first = await heard(Listener(), memory)
        assert (memory.taken, memory.decoded) == (0, 6)
    listener = Listener()
    with Transcripts(tmp_path / "memory") as memory:
        assert await heard(listener, memory) == first
        assert (memory.taken, memory.decoded) == (6, 0)
    assert (listener.asked, listener.opened) == (0, [])
    assert first[-1] == Hypothesis("in all 1600", "yes", 0.75)


@pytest.mark.asyncio
@pytest.mark.parametrize("other", ["sound", "silence", "pieces", "grammar", "spelling", "recogniser"])
async def test_for_anything_else_the_recogniser_is_asked(tmp_path: Path, other: str) -> None:
    with Transcripts(tmp_path) as memory:
        await heard(Listener(), memory)
        phrases: tuple[Phrase, ...] = MENU
        pieces, name, listener = list(PIECES), "listener 1", Listener()
        if other == "sound":
            pieces[0] = pieces[0].copy()
            pieces[0][159] = 1
        elif other == "silence":
            pieces = [np.zeros_like(piece) for piece in pieces]
        elif other == "pieces":
            pieces = [np.concatenate(pieces)]
        elif other == "grammar":
            phrases = (*MENU, Phrase("maybe"))
        elif other == "spelling":
            phrases = (Phrase("yes", says=("yess",)), MENU[1])
        else:
            name = "listener 2"
        before = memory.decoded
        await heard(listener, memory, pieces, phrases=phrases, name=name)
        assert listener.asked >= len(pieces) + 1
        assert memory.decoded > before


@pytest.mark.asyncio
async def test_at_the_first_new_piece_it_hears_the_utterance_from_its_beginning(
    tmp_path: Path,
) -> None:
    longer = [*PIECES, np.full(160, 9, dtype=np.int16)]
    with Transcripts(tmp_path) as memory:
        await heard(Listener(), memory)
        listener = Listener()
        written = await heard(listener, memory, longer)
        assert listener.asked == len(longer) + 1
    with Transcripts(tmp_path / "empty") as memory:
        assert written == await heard(Listener(), memory, longer)


@pytest.mark.asyncio
async def test_a_recogniser_that_writes_otherwise_than_was_remembered_is_told(tmp_path: Path) -> None:
    with Transcripts(tmp_path) as memory:
        await heard(Listener(), memory)
        with pytest.raises(SettingsError, match="something else than was remembered") as caught:
            await heard(Listener(mishears=1), memory, [*PIECES, PIECES[1]])
        assert str(tmp_path) in caught.value.hint


@pytest.mark.asyncio
async def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    listener = Listener(broken=True)
    with Transcripts(tmp_path) as memory:
        with pytest.raises(RecognitionFailed):
            await heard(listener, memory)
        with pytest.raises(RecognitionFailed):
            await RememberedOpen(listener, memory, "open 1").transcribe(PIECES[1])
        listener.broken = False
        assert (await heard(listener, memory))[-1].text == "in all 1600"


@pytest.mark.asyncio
async def test_the_open_recogniser_is_asked_once_for_a_sound(tmp_path: Path) -> None:
    listener = Listener()
    with Transcripts(tmp_path) as memory:
        open_ = RememberedOpen(listener, memory, "open 1")
        assert [await open_.transcribe(PIECES[at]) for at in (1, 1, 2)] == ["words 160", "words 160", "words 320"]
        assert await RememberedOpen(listener, memory, "open 2").transcribe(PIECES[1]) == "words 160"
    assert (listener.asked, memory.taken, memory.decoded) == (3, 1, 3)


def test_a_memory_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("none")
    with pytest.raises(SettingsError, match="cannot be kept"), Transcripts(tmp_path / "file"):
        pass
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "transcripts.sqlite3").write_bytes(b"no database at all" * 99)
    with pytest.raises(SettingsError, match="cannot be kept"), Transcripts(tmp_path / "memory"):
        pass
