"""Ears: one call's hearing. Frames go in, what was heard comes out: speech begun, utterances, keys.

Every frame passes the ``front``: echo guard, key detector and voice activity. An utterance begins
``preroll_ms`` before its onset and is over when it stands as a phrase and that phrase's own pause has passed, when
the listen's pause has passed, or when it is too long. A new sound within the pause goes on in the same utterance,
and a new listen takes the utterance under way with it, decoded anew.

Patient ears await the decoder within each frame, so that virtual time is exact; impatient ones decode in tasks of
their own and tell on a later frame. They never say what words mean; without recognisers, keys still work.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from nightbell.audio.frame import FRAME_MS
from nightbell.conversation.decoding import Decoder, DecodingFailed
from nightbell.conversation.decoding_tasks import DecodingTasks
from nightbell.conversation.ear_events import Deaf, Key, SpeechBegan
from nightbell.conversation.ear_settings import EarSettings
from nightbell.conversation.front import Front
from nightbell.conversation.own_voice import OwnVoice
from nightbell.conversation.take import Take
from nightbell.speech.endpoint import Endpoint, advance

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame, Samples
    from nightbell.call.effects import Listen
    from nightbell.conversation.ear_events import Cause, EarEvent, Reason, Utterance
    from nightbell.speech.port import ClosedRecogniser, OpenRecogniser, SharedActivity, VoiceActivity
    from nightbell.speech.window import Window

__all__ = ["EarSettings", "Ears"]


class Ears:
    """The hearing of one call."""

    def __init__(
        self,
        closed: ClosedRecogniser | None,
        open_: OpenRecogniser | None,
        activity: VoiceActivity | SharedActivity,
        settings: EarSettings | None = None,
        *,
        patient: bool = False,
        without: Reason = "missing",
        front: Front | None = None,
    ) -> None:
        """Take the recognisers of one call.

        Args:
            closed: closed by ``close``; None when its model is missing: the first listen then tells Deaf.
            open_: shared by calls, not closed here; None leaves ``open_text`` None.
            activity: used by this call alone.
            settings: thresholds and limits.
            patient: await the decoder within each frame (virtual time); else it runs beside the frames.
            without: why ``closed`` is None.
            front: what frames pass first; one of its own when left out.
        """
        self._settings = settings or EarSettings()
        self._without: Reason | None = without if closed is None else None
        self._decoder = Decoder(closed, open_, self._settings.limits)
        self._patient = patient
        self._front = front or Front(activity, quiet_peak=self._settings.quiet_peak)
        self._endpoint = Endpoint()
        self._voice = OwnVoice()
        self._preroll: deque[Samples] = deque(maxlen=max(1, self._settings.preroll_ms // FRAME_MS))
        self._listen: Listen | None = None
        self._take: Take | None = None
        self._told = False
        self._leaving: list[Take] = []
        self._deaf: Reason | None = None
        self._said_deaf = False
        self._tasks = DecodingTasks(self._decoder, self._takes, self._fail)

    @property
    def speaking(self) -> bool:
        """True while an utterance is under way, its pauses included."""
        return self._endpoint.speaking

    @property
    def silence_ms(self) -> int:
        """Milliseconds since the last sound of it; 0 when there is none."""
        return self._endpoint.silence_ms

    def listen(self, effect: Listen, audio_ms: int) -> None:
        """Replace what is listened for; an utterance under way is decoded anew for it.

        Args:
            effect: from the session; its ``n`` comes back in ``Utterance.listen``. A language that the
                recognisers do not know is listened to by keys alone.
            audio_ms: position in the call's audio at which it takes effect.
        """
        del audio_ms  # frames count the time; the position is the journal's
        if effect.language not in self._settings.languages:
            effect = replace(effect, mode="off", phrases=())
        self._listen = effect
        if effect.mode == "closed" and self._without is not None:
            self._fail(self._without)
        if self._take is not None:
            self._take.listen = effect
            self._take.begin_anew()
            self._tasks.wake()
        elif self._endpoint.speaking:
            self._begin()

    async def hear(self, frame: Frame, played: Frame | None, audio_ms: int) -> tuple[EarEvent, ...]:
        """Take one 20 ms frame of the line.

        Args:
            frame: what the line brought, shape (160,).
            played: what was sent in the same tick; None for silence.
            audio_ms: position of the frame's first sample in the call's audio.

        Returns:
            What was heard, in order; nearly always empty.
        """
        events: list[EarEvent] = []
        sound, keys, window = await self._front.take(frame, played, audio_ms)
        if keys:
            events += map(Key, keys)
        self._preroll.append(sound)
        if self._take is not None:
            self._take.sound.append(sound)
        if window is not None:
            self._advance(window)
        if self._endpoint.speaking and self._endpoint.noticed and not self._told and self._listening:
            self._told = True
            events.append(SpeechBegan(self._endpoint.start_ms))
        await self._decode()
        events += self._left()
        if self._deaf is not None and not self._said_deaf:
            self._said_deaf = True
            events.append(Deaf(self._deaf))
        return tuple(events)

    @property
    def backlog_ms(self) -> int:
        """Sound that waits for the decoder."""
        return sum(take.waiting_ms for take in self._takes())

    def rest(self, frame: Frame, played: Frame | None) -> bool:
        """Take a tick in which nothing can be heard, because nothing is there; False: it is one to ``hear``.

        Patient ears hear every tick: what they make of a call is remembered frame by frame.
        """
        if self._patient or self._take is not None or self._leaving or self._endpoint.speaking:
            return False
        if (self._deaf is not None and not self._said_deaf) or not self._front.rests(frame, played):
            return False
        self._preroll.append(frame)
        return True

    async def finish(self) -> tuple[Utterance, ...]:
        """End what is under way now, because the caller did; return all that was said and is not told yet.

        Of what was cut off, the open recogniser's words alone count: half a phrase is no answer.
        """
        take = self._take
        if take is not None and take.listen.mode != "off":
            take.closing, take.fed = False, len(take.sound)
            self._end(take, "open" if take.listen.mode == "open" else "rejected")
        await self._tasks.close()  # they would write the same down; the next frame begins them anew
        left, self._leaving = self._leaving, []
        said = [await self._written(each) for each in left if self._deaf is None]
        return tuple(one for one, of in zip(said, left, strict=False) if one and (of.told or of.held_words))

    async def _written(self, take: Take) -> Utterance | None:
        """Return an utterance that is over; None where the recognisers are out."""
        try:
            await self._decoder.work(take)
        except DecodingFailed as error:
            self._fail(error.reason)
            return None
        return self._voice.judge(take).utterance()

    async def close(self) -> None:
        """Stop decoding and let go of the closed recogniser; safe to repeat."""
        await self._tasks.close()
        for take in self._takes():
            await self._decoder.drop(take)
        self._leaving, self._take = [], None
        await self._decoder.close()

    @property
    def _listening(self) -> bool:
        return self._listen is not None and self._listen.mode != "off"

    def _advance(self, window: Window) -> None:
        """Take a judged window; begin an utterance where speech begins."""
        before = self._endpoint
        self._endpoint = advance(before, window, self._settings.endpoint)
        if self._endpoint.speaking and not before.speaking:
            self._told = False
            self._begin()
        elif self._endpoint.speaking and self._take is None:
            self._idle()

    def _begin(self) -> None:
        if self._listen is not None and self._deaf is None:
            self._take = Take(self._listen, sound=list(self._preroll))

    def _idle(self) -> None:
        endpoint, settings = self._endpoint, self._settings
        long = endpoint.now_ms - endpoint.start_ms >= settings.idle_max_ms
        if long or endpoint.silence_ms >= settings.idle_pause_ms:
            if self._told and self._listen is not None:
                self._leaving.append(Take(self._listen, told=True, abandoned=True).ended(endpoint))
            self._endpoint = endpoint.rest()

    async def _decode(self) -> None:
        """Bring the takes up to date, or let the worker do so, and see what follows."""
        if self._deaf is not None or (self._take is None and not self._leaving):
            return
        if not self._patient:
            self._watch()
            if self._take is not None:
                self._decide(self._take)
            if not all(take.done for take in self._takes()):
                self._tasks.wake()
            return
        try:
            for take in self._leaving:
                await self._decoder.work(take)
            while self._take is not None:
                take = self._take
                await self._decoder.work(take)
                self._decide(take)
                if take is self._take and take.done:
                    break
            for take in self._leaving:
                await self._decoder.work(take)
        except DecodingFailed as error:
            self._fail(error.reason)

    def _decide(self, take: Take) -> None:
        """Ask for the last hypothesis when the pause allows it; end the utterance when that stands."""
        endpoint, listen = self._endpoint, take.listen
        too_long = endpoint.now_ms - endpoint.start_ms >= listen.max_speech_ms
        if listen.mode == "off":
            if too_long or endpoint.silence_ms >= self._settings.idle_pause_ms:
                self._end(take, None)
        elif take.final is None:
            settled = endpoint.silence_ms - take.waiting_ms >= self._settings.settled_ms
            pause = take.pause_ms(take.hypothesis) if settled else listen.pause_ms
            if not take.closing and (too_long or endpoint.silence_ms >= pause):
                take.close(endpoint.last_ms)
        elif too_long:
            self._end(take, "too_long")
        elif endpoint.last_ms > take.asked_ms:
            take.begin_anew()
        elif endpoint.silence_ms >= take.pause_ms(take.final):
            if listen.mode == "open":
                self._end(take, "open")
            else:
                self._end(take, "rejected" if take.final.phrase is None else "phrase")

    def _end(self, take: Take, cause: Cause | None) -> None:
        """End the utterance; what it was is told when the open recogniser, if needed, has answered."""
        endpoint = self._endpoint
        take.ended(endpoint).cause = cause
        take.transcribed = cause == "phrase" and not take.is_doubtful(self._settings.doubted)
        take.told = self._told
        take.abandoned = cause is None or endpoint.speech_ms < self._settings.blip_ms
        if cause != "phrase" and not take.abandoned and take.is_machine():
            take.abandoned, take.snr_db = True, None  # a fax has nothing to say, however clearly it says it
        self._endpoint = endpoint.rest()
        self._take = None
        self._preroll.clear()
        self._leaving.append(take)

    def _left(self) -> list[EarEvent]:
        """Return the utterances that are over and decoded, oldest first."""
        events: list[EarEvent] = []
        while self._leaving and self._leaving[0].done:
            take = self._voice.judge(self._leaving.pop(0))
            events += [take.utterance()] if take.told or take.held_words else []
        return events

    def _takes(self) -> tuple[Take, ...]:
        """Return the utterances that are not told yet, the oldest first."""
        return (*self._leaving, *((self._take,) if self._take else ()))

    def _watch(self) -> None:
        """See to the tasks: begin them, notice the death of one, give up when they fall too far behind."""
        self._tasks.watch()  # only a fault of ours ends one: let it be seen
        if self._listening and self.backlog_ms > self._settings.backlog_ms:
            self._fail("overloaded")

    def _fail(self, reason: Reason) -> None:
        if self._deaf is None:
            self._deaf = reason
            self._leaving, self._take = [], None
