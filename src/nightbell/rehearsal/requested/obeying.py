"""Obeying: one answer carried out as a carrier does, on the caller's side of a call and in the call's own time.

What a carrier cannot hear is lost here too (ADR 0041): words where only keys are waited for, words under what they
may not cut, keys while it hears speech. It is told in ``lost``, so that nothing is passed over in silence.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from nightbell.audio.frame import RATE, SAMPLES_PER_MS
from nightbell.rehearsal.written import SPOKEN_WORD_MS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from nightbell.audio.frame import Samples
    from nightbell.line.webhook.told import Gather, Join, Record
    from nightbell.rehearsal.requested.side import CallerSide, Did

__all__ = ["Asks", "Obeying"]

_TALK_MS: Final = 60_000
"""How long a caller and a person talk."""
_VOICE: Final = 3_000
"""Level of the carrier's own voice, which says the last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What a carrier asks next, and what the caller did until then."""

    url: str
    did: dict[str, str] = field(default_factory=dict)
    gone: bool = False
    """The caller hung up: the line is told so, and asked nothing."""
    tells: tuple[tuple[str, dict[str, str]], ...] = ()
    """What is told beforehand, and where."""
    keeps: tuple[str, int] | None = None
    """A recording that the carrier has now: its id and its milliseconds."""


class Obeying:
    """One call's carrier."""

    def __init__(
        self, side: CallerSide, *, fetch: Callable[[str], Awaitable[Samples]], heard_out: Callable[[], None]
    ) -> None:
        """Take both ends.

        Args:
            side: the caller's.
            fetch: fetches a sound.
            heard_out: told that what is played was heard to its end.
        """
        self.now_ms = 0
        """How much of the call has passed."""
        self.lost: list[str] = []
        """What the caller did and no carrier could have told."""
        self._side = side
        self._fetch = fetch
        self._heard_out = heard_out

    async def gather(self, told: Gather) -> Asks:
        """Say something and wait for keys or words."""
        sound = await self._sound(told)
        began, lasts = self.now_ms, len(sound) // SAMPLES_PER_MS
        did = self._next(told, began + lasts, playing=True)
        self._side.play(sound, began, (did.at_ms - began) if did is not None else lasts)
        if did is None:
            self._go(began + lasts)
            if lasts:
                self._heard_out()
            did = self._next(told, self.now_ms + told.wait_ms, playing=False)
        if did is None:
            self._go(self.now_ms + told.wait_ms)
            return Asks(url=told.next)
        self._go(max(did.at_ms, self.now_ms))
        if did.kind == "down":
            return Asks(url=told.next, gone=True)
        return self._keyed(told, did.what) if did.kind == "key" else self._spoken(told, did)

    def record(self, told: Record) -> Asks:
        """Take a message: words, until a key, a silence, or the caller is gone."""
        began, spoken, ended = self.now_ms, False, ""
        until = began + told.silence_ms
        while not ended and (found := self._side.next(min(until, began + told.most_ms))):
            self._go(max(found.at_ms, self.now_ms))
            if found.kind == "words":
                spoken, until = True, found.end_ms + told.silence_ms
            elif found.kind == "down" or found.what in told.finish_on:
                ended = found.what or "hangup"
        if not ended:
            self._go(min(until, began + told.most_ms))
        return self._recorded(told, self.now_ms - began, ended, spoken=spoken)

    def _recorded(self, told: Record, lasted_ms: int, ended: str, *, spoken: bool) -> Asks:
        """Return what a carrier tells of a message, beside the request after it: that it has one, or none."""
        gone, sid = ended == "hangup", f"RE{secrets.token_hex(16)}"
        there = {"RecordingSid": sid, "RecordingDuration": str(lasted_ms // 1000)}
        status = there | {"RecordingStatus": "completed"} if spoken else {"RecordingStatus": "absent"}
        did = {} if gone or not (spoken or ended) else there | ({"Digits": ended} if ended else {})
        tells = ((told.recorded, status),) if told.recorded else ()
        return Asks(url=told.next, did=did, gone=gone, tells=tells, keeps=(sid, lasted_ms) if spoken else None)

    def join(self, told: Join) -> Asks:
        """Have the caller talk to who waits in the conference, until either puts the phone down."""
        found = self._side.next(self.now_ms + _TALK_MS)
        while found is not None and found.kind != "down":
            self.lost.append(f"{found.what}, said or pressed in a conference")
            found = self._side.next(self.now_ms + _TALK_MS)
        self._go(found.at_ms if found is not None else self.now_ms + _TALK_MS)
        return Asks(url=told.next, gone=found is not None)

    async def _sound(self, told: Gather) -> Samples:
        if told.play:
            return await self._fetch(told.play)
        if told.say:
            return np.full(len(told.say.split()) * SPOKEN_WORD_MS * RATE // 1000, _VOICE, np.int16)
        return np.zeros(0, np.int16)

    def _next(self, told: Gather, until_ms: int, *, playing: bool) -> Did | None:
        """Return the next thing that the carrier hears; what it does not hear is lost."""
        while found := self._side.next(until_ms):
            late = found.kind == "words" and found.at_ms < self.now_ms
            deaf = not told.hears_words or late or (playing and not told.cut_by_words)
            if found.kind != "words" or not deaf:
                return found
            self.lost.append(f"{found.what!r}, where the carrier waited for keys alone")
        return None

    def _keyed(self, told: Gather, key: str) -> Asks:
        """Take keys until there are enough, one ends them, or none follows in time."""
        keys = ""
        while True:
            if key == told.finish_on and keys:
                return Asks(url=told.next, did={"Digits": keys, "FinishedOnKey": key})
            keys += key if key != told.finish_on else ""
            if len(keys) >= told.most_keys:
                return Asks(url=told.next, did={"Digits": keys})
            found = self._side.next(self.now_ms + told.wait_ms)
            while found is not None and found.kind == "words":
                self.lost.append(f"{found.what!r}, between two keys")
                found = self._side.next(self.now_ms + told.wait_ms)
            if found is None:
                self._go(self.now_ms + told.wait_ms)
                return Asks(url=told.next, did={"Digits": keys} if keys else {})
            self._go(max(found.at_ms, self.now_ms))
            if found.kind == "down":
                return Asks(url=told.next, gone=True)
            key = found.what

    def _spoken(self, told: Gather, words: Did) -> Asks:
        """Hear words, and the silence that ends them; keys are nothing meanwhile."""
        ends = min(words.end_ms, words.at_ms + told.most_ms)
        over = ends + told.pause_ms
        while found := self._side.next(over):
            if found.kind == "down":
                self._go(found.at_ms)
                so_far = {"UnstableSpeechResult": words.what, "SequenceNumber": "0"}
                tells = ((told.said, so_far),) if told.said else ()
                if not tells:
                    self.lost.append(f"{words.what!r}, since the caller hung up before it was told")
                return Asks(url=told.next, gone=True, tells=tells)
            if found.kind == "key":
                self.lost.append(f"key {found.what}, while the carrier heard speech")
                continue
            words = _joined(words, found)
            over = min(found.end_ms, words.at_ms + told.most_ms) + told.pause_ms
        self._go(over)
        return Asks(url=told.next, did={"SpeechResult": words.what, "Confidence": f"{words.confidence:.8f}"})

    def _go(self, to_ms: int) -> None:
        self.now_ms = to_ms
        self._side.set(to_ms)


def _joined(words: Did, more: Did) -> Did:
    said, sure = f"{words.what} {more.what}", min(words.confidence, more.confidence)
    return type(words)(kind="words", at_ms=words.at_ms, end_ms=more.end_ms, what=said, confidence=sure)
