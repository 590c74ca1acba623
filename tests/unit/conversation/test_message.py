from __future__ import annotations

import pytest

from nightbell.call.effects import Listen, RecordMessage
from nightbell.conversation.ear_events import Utterance
from nightbell.conversation.message import Message


class Ear:
    """Ears that keep what they are told to listen for."""

    def __init__(self) -> None:
        self.listens: list[Listen] = []
        self.left: tuple[Utterance, ...] = ()

    async def finish(self) -> tuple[Utterance, ...]:
        return self.left

    def listen(self, effect: Listen, audio_ms: int) -> None:
        del audio_ms
        self.listens.append(effect)


def taking(max_ms: int = 60_000, ear: Ear | None = None) -> Message:
    message = Message(ear or Ear())  # type: ignore[arg-type]
    message.start(RecordMessage(call="c", n=5, keep=True, max_ms=max_ms, final_silence_ms=3000), 1000)
    return message


def sound(start_ms: int, end_ms: int, text: str = "") -> Utterance:
    return Utterance(listen=5, cause="open", open_text=text, start_ms=start_ms, end_ms=end_ms)


def test_words_end_a_message() -> None:
    message = taking()
    message.speech_began()
    assert message.heard(sound(2000, 5000, "it is about my lip")) == {
        "effect": 5,
        "speech_ms": 3000,
        "ended_by": "silence",
        "text": "it is about my lip",
    }
    assert not message.taking


def test_a_noise_before_the_words_ends_nothing_and_the_wait_begins_anew() -> None:
    message = taking()
    message.speech_began()
    assert message.waited(40_000) is None, "words are on their way"
    assert message.heard(sound(8000, 8400)) is None
    assert message.taking
    assert message.waited(8400 + 8000 + 3000 - 20) is None
    ended = message.waited(8400 + 8000 + 3000)
    assert ended is not None
    assert ended["speech_ms"] == 0


def test_noises_without_end_do_not_hold_a_message_open_for_ever() -> None:
    message = taking(max_ms=20_000)
    assert message.heard(sound(20_000, 20_900)) is None
    ended = message.heard(sound(20_950, 21_100))
    assert ended is not None
    assert (ended["speech_ms"], ended["ended_by"]) == (0, "silence")


@pytest.mark.asyncio
@pytest.mark.parametrize("by", ["key", "hangup"])
async def test_what_was_said_before_the_caller_ended_it_counts_and_what_is_being_written_down(by: str) -> None:
    ear = Ear()
    message = taking(ear=ear)
    message.speech_began()
    ear.left = (sound(2000, 4000, "it is about my lip"), sound(4500, 5000, "it went white"))

    assert await message.ended(by) == {
        "effect": 5,
        "speech_ms": 2500,
        "ended_by": by,
        "text": "it is about my lip it went white",
    }


@pytest.mark.asyncio
async def test_a_message_ended_before_a_word_is_empty() -> None:
    assert (await taking().ended("key"))["speech_ms"] == 0
