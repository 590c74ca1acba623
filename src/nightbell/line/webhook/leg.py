"""PlacedLeg: one person who is rung by a carrier: a whisper until a key, a conference, a question afterwards.

Request by request, as a caller's call goes; it holds no number. What a person decides is told by ``decided``.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from nightbell.line.media_stream.twiml import Verb, hang_up, response
from nightbell.line.webhook.reply import Sound

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.line.dialler import Outcome, RingOrder

__all__ = ["LegPlaces", "PlacedLeg"]

_KEYS: Final[Mapping[str, Outcome]] = {"1": "taken", "2": "passed", "3": "ring_back"}
_GONE: Final[Mapping[str, Outcome]] = {"busy": "busy", "no-answer": "no_answer", "canceled": "no_answer"}
_TRIES: Final = 3
"""PINs that may be keyed."""
_WAIT_S: Final = 2
"""Time to find the key before the words come again."""
_IDLE_S: Final = 15.0
"""How long a person whom the caller left is kept for what they are still asked."""

_State = Literal["called", "whisper", "talk", "idle", "ask", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlaces:
    """Addresses of one answer."""

    next: str
    sound: Callable[[Sound], str]


class PlacedLeg:
    """One leg."""

    def __init__(self, ticket: str, order: RingOrder, clock: Callable[[], float], *, room: str = "") -> None:
        """Take whom to whisper to.

        Args:
            ticket: what its addresses show.
            order: whom, and what they are told.
            clock: gives seconds that do not run backwards.
            room: where somebody waits for them: they are told nothing, and go there at once.
        """
        self.ticket = ticket
        self.room = room or secrets.token_urlsafe(18)
        """The conference in which they wait; nobody can guess its name."""
        self.sid = ""
        self.turn = 0
        self.decided: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.answered = asyncio.Event()
        self.parted = asyncio.Event()
        """They talk no more."""
        self.gone = asyncio.Event()
        self.keep = False
        """They are still asked something once they talk no more."""
        self.answer: asyncio.Future[str] | None = None
        self._order = order
        self._clock = clock
        self._state: _State = "called" if room else "whisper"
        self._until = 0.0
        self._sounds: list[Samples] = [order.whisper]
        self._pin_at = -1
        self._tries = 0
        self._keys = ""
        if order.pin and order.pin_words is not None:
            self._pin_at = len(self._sounds)
            self._sounds.append(order.pin_words)

    def sound(self, number: int) -> Samples | None:
        """Return one of its sounds."""
        return self._sounds[number] if number < len(self._sounds) else None

    def next(self, keys: str, places: LegPlaces) -> str:
        """Take what they pressed; return what comes next, as TwiML."""
        if not self.answered.is_set():
            self.answered.set()
            self._until = self._clock() + self._order.answer_s
        match self._state:
            case "called":
                return self._talk(places)
            case "whisper":
                return self._whisper(keys, places)
            case "talk":
                self.parted.set()
                self._state, self._until = ("idle" if self.keep else "over"), self._clock() + _IDLE_S
                return self._idle(places)
            case "ask":
                return self._asked(keys, places)
            case _:
                return self._idle(places)

    def ask(self, words: Samples, *, keys: str, answer_s: float) -> asyncio.Future[str]:
        """Have them asked something with their next request; return what will be their answer."""
        self.answer = asyncio.get_running_loop().create_future()
        if self._state == "over" or self.gone.is_set():
            self.answer.set_result("")
        else:
            self._sounds.append(words)
            self._state, self._keys, self._until = "ask", keys, self._clock() + answer_s
        return self.answer

    def ended(self, status: str) -> None:
        """Take that the leg is over."""
        self._state = "over"
        if not self.decided.done():
            self.decided.set_result(_GONE.get(status, "no_key" if self.answered.is_set() else "failed"))
        if self.answer is not None and not self.answer.done():
            self.answer.set_result("")
        self.parted.set()
        self.gone.set()

    def _whisper(self, keys: str, places: LegPlaces) -> str:
        if self._pin_at >= 0:
            if not keys:
                return self._say(self._pin_at, places, most=len(self._order.pin))
            self._tries += 1
            if secrets.compare_digest(keys.encode(), self._order.pin.encode()):
                self._pin_at = -1
                return self._say(0, places)
            return (
                self._decide("no_key")
                if self._tries >= _TRIES
                else self._say(self._pin_at, places, most=len(self._order.pin))
            )
        outcome = _KEYS.get(keys)
        if outcome == "taken":
            return self._talk(places)
        return self._decide(outcome) if outcome is not None else self._say(0, places)

    def _decide(self, outcome: Outcome) -> str:
        self._state = "over"
        if not self.decided.done():
            self.decided.set_result(outcome)
        return hang_up()

    def _asked(self, keys: str, places: LegPlaces) -> str:
        assert self.answer is not None
        pressed = next((key for key in keys if key in self._keys), "")
        if pressed or self._clock() > self._until:
            self._state = "over"
            if not self.answer.done():
                self.answer.set_result(pressed)
            return hang_up()
        return self._say(len(self._sounds) - 1, places)

    def _idle(self, places: LegPlaces) -> str:
        if self._state == "over" or self._clock() > self._until:
            self._state = "over"
            return hang_up()
        return self._gather(places)

    def _say(self, number: int, places: LegPlaces, *, most: int = 1) -> str:
        if self._clock() > self._until:
            return self._decide("no_key")
        sound = places.sound(Sound(call=self.ticket, number=number))
        return self._gather(places, Verb(name="Play", text=sound), most=most)

    def _gather(self, places: LegPlaces, *inside: Verb, most: int = 1) -> str:
        attributes = (
            ("input", "dtmf"),
            ("action", places.next),
            ("method", "POST"),
            ("actionOnEmptyResult", "true"),
            ("timeout", str(_WAIT_S)),
            ("finishOnKey", ""),
            ("numDigits", str(most)),
        )
        gather = Verb(name="Gather", attributes=attributes, inside=inside)
        return response(gather, Verb(name="Redirect", text=places.next, attributes=(("method", "POST"),)))

    def _talk(self, places: LegPlaces) -> str:
        self._state = "talk"
        if not self.decided.done():
            self.decided.set_result("taken")
        inside = Verb(
            name="Conference",
            text=self.room,
            attributes=(("beep", "false"), ("startConferenceOnEnter", "true"), ("endConferenceOnExit", "true")),
        )
        dial = Verb(name="Dial", attributes=(("action", places.next), ("method", "POST")), inside=(inside,))
        return response(dial, Verb(name="Redirect", text=places.next, attributes=(("method", "POST"),)))
