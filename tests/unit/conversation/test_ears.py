from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_MS, FRAME_SAMPLES, SILENCE
from nightbell.call.effects import Listen
from nightbell.conversation.decoding import DecodingLimits
from nightbell.conversation.ear_events import Deaf, Key, SpeechBegan, Utterance
from nightbell.conversation.ears import Ears, EarSettings
from nightbell.conversation.front import ECHO_DOUBT
from nightbell.errors import RecognitionFailed
from nightbell.speech.port import Hypothesis
from nightbell.terms.phrase import Phrase
from nightbell.testing.heard import Quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.audio.frame import Frame, Samples
    from nightbell.conversation.ear_events import EarEvent

LOUD = 3000
QUIET = 20
ROOM = 150
SOFT = 600
"""Loud enough to be speech: 14 dB below LOUD, 12 above ROOM."""
YES = Phrase("yes", pause_ms=300)
NO = Phrase("no", pause_ms=700)


class LevelActivity:
    """Speech is what is loud."""

    def probability(self, window: Samples) -> float:
        return 0.95 if np.abs(window).max() > 1000 else 0.02

    def reset(self) -> None:
        """Keep nothing."""


@dataclass
class FakeStream:
    owner: FakeClosed
    phrases: tuple[Phrase, ...]
    heard_ms: int = 0
    over: str = ""

    async def feed(self, samples: Samples) -> Hypothesis:
        await self.owner.trouble("feed")
        self.heard_ms += int(np.count_nonzero(np.abs(samples) > 200)) // 8
        return self._now()

    async def finish(self) -> Hypothesis:
        await self.owner.trouble("finish")
        self.over = "finished"
        now = self._now()
        return self.owner.finals.pop(0) if self.owner.finals else Hypothesis(now.text, now.phrase, 0.9)

    async def discard(self) -> None:
        self.over = "discarded"

    def _now(self) -> Hypothesis:
        said = ""
        for from_ms, text in self.owner.says:
            if self.heard_ms >= from_ms:
                said = text
        return Hypothesis(said, said if said in [phrase.text for phrase in self.phrases] else None)


@dataclass
class FakeClosed:
    """Says what it is told to, by how much loud sound it has had."""

    says: list[tuple[int, str]] = field(default_factory=list)
    finals: list[Hypothesis] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)
    closed: int = 0

    async def open(self, phrases: Sequence[Phrase]) -> FakeStream:
        await self.trouble("open")
        self.streams.append(FakeStream(self, tuple(phrases)))
        return self.streams[-1]

    async def close(self) -> None:
        self.closed += 1

    async def trouble(self, where: str) -> None:
        if self.troubles and self.troubles[0][0] == where:
            _, what = self.troubles.pop(0)
            if what == "hang":
                await asyncio.Event().wait()
            cause = EOFError() if what == "die" else TimeoutError() if what == "hung" else None
            raise RecognitionFailed("on purpose", provider="fake") from cause


@dataclass
class FakeOpen:
    text: str = ""
    lengths_ms: list[int] = field(default_factory=list)
    hangs: bool = False

    async def transcribe(self, samples: Samples) -> str:
        self.lengths_ms.append(samples.size // 8)
        if self.hangs:
            await asyncio.Event().wait()
        return self.text


class Bench:
    """Ears and the position in the call."""

    def __init__(self, closed: FakeClosed | None, open_: FakeOpen | None = None, *, patient: bool = True) -> None:
        limits = DecodingLimits(open_s=0.02, feed_s=0.02, finish_s=0.02, transcribe_s=0.02)
        self.ears = Ears(closed, open_, LevelActivity(), EarSettings(limits=limits), patient=patient)
        self.at_ms = 0
        self.events: list[tuple[int, EarEvent]] = []
        self._chance = np.random.default_rng(1)

    def listen(
        self,
        *phrases: Phrase,
        mode: Literal["closed", "open", "off"] = "closed",
        n: int = 1,
        max_speech_ms: int = 15000,
        language: str = "en",
    ) -> None:
        effect = Listen(
            call="c",
            n=n,
            mode=mode,
            phrases=phrases,
            pause_ms=1000,
            max_speech_ms=max_speech_ms,
            language=language,
        )
        self.ears.listen(effect, self.at_ms)

    async def sound(self, ms: int, level: int) -> None:
        for _ in range(ms // FRAME_MS):
            frame = self._chance.normal(0, level, FRAME_SAMPLES).clip(-32000, 32000).astype(np.int16)
            await self.frame(frame)

    async def frame(self, frame: Frame, played: Frame | None = None) -> None:
        for event in await self.ears.hear(frame, played, self.at_ms):
            self.events.append((self.at_ms + FRAME_MS, event))
        self.at_ms += FRAME_MS
        await asyncio.sleep(0)

    async def say(self, ms: int = 400, then_ms: int = 1500) -> None:
        await self.sound(ms, LOUD)
        await self.sound(then_ms, QUIET)

    @property
    def utterances(self) -> list[Utterance]:
        return [event for _, event in self.events if isinstance(event, Utterance)]

    def when(self, kind: type[EarEvent]) -> int:
        return next(at for at, event in self.events if isinstance(event, kind))


@pytest.mark.asyncio
async def test_a_phrase_counts_after_its_own_pause() -> None:
    bench = Bench(FakeClosed(says=[(100, "yes")]), FakeOpen("never asked"))
    bench.listen(YES, NO, n=7)
    await bench.sound(600, QUIET)
    await bench.say(400)
    (heard,) = bench.utterances
    assert (heard.listen, heard.cause, heard.phrase, heard.text, heard.confidence) == (
        7,
        "phrase",
        "yes",
        "yes",
        0.9,
    )
    assert heard.open_text is None
    assert abs(heard.start_ms - 600) <= 32
    assert abs(heard.end_ms - 1000) <= 16
    assert 300 <= bench.when(Utterance) - 1000 <= 360
    assert heard.snr_db is not None
    assert heard.snr_db > 30
    assert bench.when(SpeechBegan) - 600 <= 100


@pytest.mark.parametrize(
    ("confidence", "ms", "asked"), [(0.33, 1800, True), (0.33, 600, False), (0.9, 1800, False)]
)
@pytest.mark.asyncio
async def test_a_doubtful_phrase_that_took_too_long_to_say_is_heard_by_the_open_recogniser_too(
    confidence: float, ms: int, *, asked: bool
) -> None:
    closed = FakeClosed(says=[(100, "yes")], finals=[Hypothesis("yes", "yes", confidence)])
    bench = Bench(closed, FakeOpen("my cheek has gone blotchy"))
    bench.listen(YES, NO)
    await bench.sound(600, QUIET)
    await bench.say(ms)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase) == ("phrase", "yes")
    assert heard.open_text == ("my cheek has gone blotchy" if asked else None)


@pytest.mark.asyncio
async def test_a_no_waits_longer_and_speech_within_the_pause_goes_on() -> None:
    closed = FakeClosed(says=[(100, "no"), (600, "no wait yes")])
    bench = Bench(closed, FakeOpen("no wait yes"))
    bench.listen(YES, NO)
    await bench.sound(600, QUIET)
    await bench.say(400, then_ms=500)
    assert bench.utterances == []
    await bench.say(400)
    (heard,) = bench.utterances
    assert (heard.cause, heard.text, heard.open_text) == ("rejected", "no wait yes", "no wait yes")
    assert sum(isinstance(event, SpeechBegan) for _, event in bench.events) == 1
    assert len(closed.streams) == 1


@pytest.mark.asyncio
async def test_what_is_no_phrase_waits_for_the_listens_pause_and_asks_the_open_recogniser() -> None:
    open_ = FakeOpen("my lip has gone white")
    bench = Bench(FakeClosed(says=[(100, "no yes")]), open_)
    bench.listen(YES, NO)
    await bench.sound(600, QUIET)
    await bench.say(400)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase, heard.open_text) == ("rejected", None, "my lip has gone white")
    assert 1000 <= bench.when(Utterance) - 1000 <= 1060
    assert open_.lengths_ms[0] >= 300 + 400 - 100, "the preroll is decoded too"


@pytest.mark.asyncio
async def test_a_final_that_needs_a_longer_pause_is_held_until_then() -> None:
    bench = Bench(FakeClosed(says=[(100, "yes")], finals=[Hypothesis("no", "no", 0.8)]))
    bench.listen(YES, NO)
    await bench.sound(600, QUIET)
    await bench.say(400)
    (heard,) = bench.utterances
    assert heard.phrase == "no"
    assert 700 <= bench.when(Utterance) - 1000 <= 760


@pytest.mark.asyncio
async def test_speech_after_a_finished_stream_is_decoded_with_what_came_before() -> None:
    closed = FakeClosed(says=[(100, "yes"), (600, "no")], finals=[Hypothesis("yes", None, 0.8)])
    bench = Bench(closed)
    bench.listen(YES, NO)
    await bench.sound(600, QUIET)
    await bench.say(400, then_ms=500)
    await bench.say(400)
    (heard,) = bench.utterances
    assert heard.phrase == "no"
    assert [stream.over for stream in closed.streams] == ["finished", "finished"]


@pytest.mark.asyncio
async def test_a_phrase_found_only_at_the_end_still_counts() -> None:
    bench = Bench(FakeClosed(says=[], finals=[Hypothesis("yes", "yes", 0.7)]))
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400)
    assert [(heard.cause, heard.phrase) for heard in bench.utterances] == [("phrase", "yes")]


@pytest.mark.asyncio
async def test_endless_speech_is_too_long() -> None:
    bench = Bench(FakeClosed(says=[(100, "yes yes")]), FakeOpen("on and on"))
    bench.listen(YES, max_speech_ms=3000)
    await bench.sound(600, QUIET)
    await bench.sound(3200, LOUD)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase, heard.open_text) == ("too_long", None, "on and on")


@pytest.mark.asyncio
async def test_a_phrase_found_in_endless_sound_is_no_answer() -> None:
    bench = Bench(FakeClosed(says=[(100, "no no"), (2500, "no")]), FakeOpen(""))
    bench.listen(NO, max_speech_ms=3000)
    await bench.sound(600, QUIET)
    await bench.sound(3200, LOUD)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase, heard.text) == ("too_long", None, "no")


@pytest.mark.asyncio
async def test_open_listening_takes_the_words_and_only_suspects_the_phrase() -> None:
    bench = Bench(FakeClosed(says=[(100, "chest pain")]), FakeOpen("my chest hurts"))
    bench.listen(Phrase("chest pain"), mode="open")
    await bench.sound(600, QUIET)
    await bench.say(400)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase, heard.suspected, heard.open_text) == (
        "open",
        None,
        "chest pain",
        "my chest hurts",
    )
    assert bench.when(Utterance) - 1000 >= 1000


@pytest.mark.asyncio
async def test_a_new_listen_decodes_the_utterance_under_way_anew() -> None:
    closed = FakeClosed(says=[(100, "yes")])
    bench = Bench(closed)
    bench.listen(NO, n=1)
    await bench.sound(600, QUIET)
    await bench.sound(400, LOUD)
    bench.listen(YES, n=2)
    await bench.sound(600, QUIET)
    (heard,) = bench.utterances
    assert (heard.listen, heard.phrase) == (2, "yes")
    assert [stream.over for stream in closed.streams] == ["discarded", "finished"]
    assert closed.streams[1].heard_ms >= 360
    assert sum(isinstance(event, SpeechBegan) for _, event in bench.events) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(("mode", "language"), [("off", "en"), ("closed", "cy"), ("open", "cy")])
async def test_off_or_in_a_language_nobody_knows_there_are_keys_alone(
    mode: Literal["closed", "open", "off"], language: str
) -> None:
    closed = FakeClosed(says=[(100, "yes")])
    bench = Bench(closed)
    bench.listen(mode=mode, language=language)
    await bench.sound(600, QUIET)
    await bench.say(400)
    time = np.arange(FRAME_SAMPLES * 5) / 8000
    nine = (np.sin(2 * np.pi * 852 * time) + np.sin(2 * np.pi * 1477 * time)) * 6000
    for frame in nine.astype(np.int16).reshape(-1, FRAME_SAMPLES):
        await bench.frame(frame)
    assert [event for _, event in bench.events] == [Key("9")]
    assert closed.streams == []


@pytest.mark.asyncio
async def test_a_knock_that_was_told_ends_in_an_utterance_without_words() -> None:
    open_ = FakeOpen("bang")
    bench = Bench(FakeClosed(says=[(20, "yes")]), open_)
    bench.listen(YES, n=4)
    await bench.sound(600, QUIET)
    await bench.say(80)
    assert bench.when(SpeechBegan) < bench.when(Utterance)
    (knock,) = bench.utterances
    assert (knock.listen, knock.cause, knock.phrase, knock.text, knock.open_text) == (
        4,
        "rejected",
        None,
        "",
        None,
    )
    assert knock.end_ms - knock.start_ms <= 120
    assert open_.lengths_ms == []
    await bench.say(400)
    assert [heard.text for heard in bench.utterances] == ["", "yes"]


@pytest.mark.asyncio
@pytest.mark.parametrize("then", ["off", "deaf", "anew"])
async def test_every_beginning_that_was_told_has_one_end(then: str) -> None:
    bench = Bench(FakeClosed(troubles=[("feed", "raise")] * 2 if then == "deaf" else []), FakeOpen(""))
    bench.listen(YES, n=1)
    for length in (70, 90, 400, 60, 1200):
        await bench.sound(600, QUIET)
        await bench.sound(length // 2 // FRAME_MS * FRAME_MS + 60, LOUD)
        if then != "deaf":
            bench.listen(*((YES,) if then == "anew" else ()), n=2, mode="off" if then == "off" else "closed")
        await bench.sound(length, LOUD)
        await bench.sound(1500, QUIET)
        bench.listen(YES, n=1)
    kinds = [type(event) for _, event in bench.events if isinstance(event, SpeechBegan | Utterance)]
    assert kinds == [SpeechBegan, Utterance] * 5


@pytest.mark.asyncio
async def test_doubtful_sound_under_a_prompt_cuts_nothing_and_counts_when_it_holds_words() -> None:
    class Doubtful(LevelActivity):
        def probability(self, window: Samples) -> float:
            return 0.6 if np.abs(window).max() > 1000 else 0.02

    prompt = (np.sin(np.arange(FRAME_SAMPLES) / 3) * 8000).astype(np.int16)
    told: dict[str, list[EarEvent]] = {}
    for words in ("yes", "yes yes"):
        bench = Bench(FakeClosed(says=[(100, words)]), FakeOpen(""))
        bench.ears._front._activity = Doubtful()
        bench.listen(YES)
        chance = np.random.default_rng(2)
        for at in range(0, 5000, FRAME_MS):
            level = LOUD // 2 if 3000 <= at < 3400 else QUIET * 10  # 17 dB: not stark
            await bench.frame(chance.normal(0, level, FRAME_SAMPLES).astype(np.int16), prompt)
        told[words] = [event for _, event in bench.events]
    (heard,) = told["yes"]
    assert isinstance(heard, Utterance)
    assert heard.phrase == "yes"
    assert told["yes yes"] == []


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["open", "feed", "finish"])
@pytest.mark.parametrize("what", ["raise", "hang"])
async def test_one_failure_is_tried_again_from_the_buffer(where: str, what: str) -> None:
    bench = Bench(FakeClosed(says=[(100, "yes")], troubles=[(where, what)]))
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400)
    assert [heard.phrase for heard in bench.utterances] == ["yes"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("what", "reason", "patient"),
    [
        ("raise", "raised", True),
        ("hang", "hung", True),
        ("hung", "hung", True),
        ("die", "died", True),
        ("raise", "raised", False),
    ],
)
async def test_a_second_failure_makes_deaf_once_and_speech_is_still_noticed(
    what: str,
    reason: Literal["raised", "hung", "died"],
    patient: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    bench = Bench(FakeClosed(troubles=[("feed", what)] * 2), patient=patient)
    bench.listen(YES)
    await bench.sound(600, QUIET)
    for _ in range(2):
        await bench.sound(400, LOUD)
        await bench.sound(1500, QUIET)
    kinds = [type(event) for _, event in bench.events]
    assert kinds.count(Deaf) == 1
    assert Deaf(reason) in [event for _, event in bench.events]
    assert kinds.count(SpeechBegan) == kinds.count(Utterance) == 2
    assert all((heard.phrase, heard.text, heard.open_text) == (None, "", None) for heard in bench.utterances)
    await bench.ears.close()


@pytest.mark.asyncio
async def test_an_open_recogniser_that_hangs_makes_deaf() -> None:
    bench = Bench(FakeClosed(), FakeOpen(hangs=True))
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400)
    assert bench.events[-1][1] == Deaf("hung")


@pytest.mark.asyncio
async def test_without_a_model_the_first_listen_says_so() -> None:
    bench = Bench(None)
    await bench.sound(100, QUIET)
    assert bench.events == []
    bench.listen(YES)
    await bench.sound(100, QUIET)
    assert [event for _, event in bench.events] == [Deaf("missing")]


@pytest.mark.asyncio
async def test_impatient_ears_tell_the_same_a_little_later() -> None:
    closed = FakeClosed(says=[(100, "yes")])
    bench = Bench(closed, patient=False)
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase) == ("phrase", "yes")
    assert 300 <= bench.when(Utterance) - 1000 <= 420
    await bench.ears.close()
    await bench.ears.close()
    assert closed.closed == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("patient", [True, False])
async def test_impatient_ears_alone_let_a_silent_tick_rest(*, patient: bool) -> None:
    ears = Ears(None, None, Quiet(), EarSettings(quiet_peak=64), patient=patient)
    for number in range(1000):
        if not ears.rest(SILENCE, None):
            await ears.hear(SILENCE, None, number * 20)
    assert ears.rest(SILENCE, None) is not patient


@pytest.mark.asyncio
async def test_impatient_ears_never_wait_and_give_up_when_they_fall_behind() -> None:
    bench = Bench(FakeClosed(troubles=[("feed", "hang")]), patient=False)
    bench.ears._settings = EarSettings(backlog_ms=1000)
    bench.ears._decoder._limits = DecodingLimits(feed_s=60)
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.sound(2000, LOUD)
    assert [event for _, event in bench.events if not isinstance(event, SpeechBegan)] == [Deaf("overloaded")]
    await bench.ears.close()


@dataclass
class SlowClosed(FakeClosed):
    """Takes sound, whatever there is of it, as long as eight frames last."""

    async def trouble(self, where: str) -> None:
        for _ in range(8 if where == "feed" else 0):
            await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_decoder_that_lags_within_the_pause_makes_nobody_wait_for_the_longer_one() -> None:
    bench = Bench(SlowClosed(says=[(100, "yes")]), patient=False)
    bench.ears._decoder._limits = DecodingLimits()
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400)
    assert [heard.phrase for heard in bench.utterances] == ["yes"]
    assert 300 <= bench.when(Utterance) - 1000 <= 700
    await bench.ears.close()


@dataclass
class GatedOpen(FakeOpen):
    """Busy with other calls until the gate opens."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def transcribe(self, samples: Samples) -> str:
        await self.gate.wait()
        return await super().transcribe(samples)


@pytest.mark.asyncio
async def test_the_next_words_are_decoded_while_the_open_recogniser_is_busy_and_told_in_order() -> None:
    closed, open_ = FakeClosed(says=[(100, "mumble"), (600, "yes")]), GatedOpen("what is it")
    bench = Bench(closed, open_, patient=False)
    bench.ears._decoder._limits = DecodingLimits()
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400, then_ms=1200)
    await bench.say(800, then_ms=500)
    assert [stream.over for stream in closed.streams] == ["finished", "finished"]
    assert bench.utterances == []
    open_.gate.set()
    await bench.sound(60, QUIET)
    assert [(heard.cause, heard.phrase, heard.open_text) for heard in bench.utterances] == [
        ("rejected", None, "what is it"),
        ("phrase", "yes", None),
    ]
    await bench.ears.close()


@pytest.mark.asyncio
async def test_a_caller_who_is_gone_is_heard_to_the_last_word() -> None:
    """One utterance waits for the open recogniser, one is under way: both are told, in order."""
    closed, open_ = FakeClosed(says=[(100, "mumble")]), GatedOpen("i cannot see")
    bench = Bench(closed, open_, patient=False)
    bench.ears._decoder._limits = DecodingLimits()
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.say(400, then_ms=1200)
    await bench.sound(600, LOUD)
    assert bench.utterances == []
    open_.gate.set()
    said = await bench.ears.finish()
    assert [(each.cause, each.phrase, each.open_text) for each in said] == [
        ("rejected", None, "i cannot see"),
        ("rejected", None, "i cannot see"),
    ]
    assert said[0].end_ms < said[1].start_ms
    assert await bench.ears.finish() == ()
    await bench.ears.close()


@pytest.mark.asyncio
async def test_words_that_a_key_ends_while_they_are_written_down_are_not_lost_and_the_ears_go_on() -> None:
    open_ = GatedOpen("it is about my lip")
    bench = Bench(FakeClosed(says=[(100, "yes")]), open_, patient=False)
    bench.ears._decoder._limits = DecodingLimits()
    bench.listen(mode="open")
    await bench.sound(600, QUIET)
    await bench.say(400, then_ms=1200)
    open_.gate.set()
    assert [(each.cause, each.open_text) for each in await bench.ears.finish()] == [("open", "it is about my lip")]
    bench.listen(YES, n=2)
    await bench.say(400)
    assert [(each.listen, each.phrase) for each in bench.utterances] == [(2, "yes")]
    await bench.ears.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("patient", [True, False])
async def test_a_phrase_that_the_hang_up_cut_is_no_answer_and_a_knock_no_word(*, patient: bool) -> None:
    bench = Bench(FakeClosed(says=[(100, "no")]), FakeOpen("no"), patient=patient)
    bench.listen(NO)
    await bench.sound(600, QUIET)
    await bench.sound(400, LOUD)
    assert [(each.cause, each.phrase) for each in await bench.ears.finish()] == [("rejected", None)]
    knock = Bench(FakeClosed(), FakeOpen(""), patient=patient)
    knock.listen(NO)
    await knock.sound(600, QUIET)
    await knock.sound(60, LOUD)
    assert [each.open_text for each in await knock.ears.finish()] in ([], [None])
    off = Bench(FakeClosed(), FakeOpen("never asked"), patient=patient)
    off.listen(mode="off")
    await off.sound(600, QUIET)
    await off.sound(600, LOUD)
    assert [each.open_text for each in await off.ears.finish()] in ([], [None])


@pytest.mark.asyncio
async def test_recognisers_that_fail_at_the_last_word_keep_nobody_on_the_line() -> None:
    class Failing(FakeOpen):
        async def transcribe(self, samples: Samples) -> str:
            raise RecognitionFailed("on purpose", provider="fake")

    bench = Bench(FakeClosed(), Failing(), patient=False)
    bench.listen(YES)
    await bench.sound(600, QUIET)
    await bench.sound(600, LOUD)
    assert await bench.ears.finish() == ()


@pytest.mark.asyncio
async def test_cancellation_goes_through() -> None:
    bench = Bench(FakeClosed(troubles=[("feed", "hang")]))
    bench.ears._decoder._limits = DecodingLimits(feed_s=60)
    bench.listen(YES)
    task = asyncio.create_task(bench.sound(800, LOUD))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_whatever_may_cut_a_prompt_is_compared_with_that_prompt_first() -> None:
    endpoint = EarSettings().endpoint
    assert min(endpoint.onset_stark, endpoint.onset_playing, endpoint.onset_cold) > ECHO_DOUBT


@pytest.mark.asyncio
async def test_a_fax_is_noise_whatever_the_recognisers_make_of_it() -> None:
    bench = Bench(FakeClosed(says=[(100, "mumble")]), FakeOpen("help me"))
    bench.listen(YES)
    await bench.sound(600, QUIET)
    tone = (8000 * np.sin(2 * np.pi * 1100 * np.arange(FRAME_SAMPLES * 30) / 8000)).astype(np.int16)
    for at in range(0, tone.size, FRAME_SAMPLES):
        await bench.frame(tone[at : at + FRAME_SAMPLES])
    await bench.sound(1500, QUIET)
    (heard,) = bench.utterances
    assert (heard.cause, heard.phrase, heard.text, heard.open_text) == ("rejected", None, "", None)
    assert heard.snr_db is None


@pytest.mark.asyncio
async def test_what_stands_far_below_the_voice_that_was_understood_is_faint() -> None:
    """Nobody is faint before a voice is known; a voice is known by what was understood clearly."""
    closed = FakeClosed(says=[(100, "yes")])
    bench = Bench(closed, FakeOpen("you know"))
    bench.listen(YES)
    await bench.sound(800, ROOM)
    closed.says = []
    await bench.sound(1000, SOFT)
    await bench.sound(1500, ROOM)
    closed.says = [(100, "yes")]
    await bench.say(then_ms=0)
    await bench.sound(1500, ROOM)
    closed.says = []
    for level in (SOFT, LOUD):
        await bench.sound(1000, level)
        await bench.sound(1500, ROOM)
    assert [(each.cause, each.faint) for each in bench.utterances] == [
        ("rejected", False),
        ("phrase", False),
        ("rejected", True),
        ("rejected", False),
    ]
