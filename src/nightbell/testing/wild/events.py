"""Events: what happens next in a wild call, chosen at random with an eye on where the session stands.

It brings what a line, ears, keys and the world can bring, and what they never should: answers to what was not
asked, timers that do not run, words of another question. It does not judge what the session makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final, Literal, get_args

from nightbell.call.events import (
    CallStarted,
    EarsFailed,
    EscalationChanged,
    Event,
    Heard,
    HistoryFound,
    HoursFound,
    HungUp,
    Interrupted,
    KeyPressed,
    MessageRecorded,
    Notified,
    Played,
    PromiseMade,
    RecordsFailing,
    SpeechStarted,
    TimerFired,
    TransferEnded,
    VoiceFailed,
)
from nightbell.call.session import Session
from nightbell.call.step import TakeDigits, TakeNumber
from nightbell.terms import keys

__all__ = ["MOODS", "SAYINGS", "Mood", "Wild"]

Mood = Literal["plain", "quiet", "keys", "nines", "murky", "nasty"]
MOODS: Final[tuple[Mood, ...]] = get_args(Mood)

SAYINGS: Final = (
    None, "", "no", "yes", "yes it hurts", "not sure really", "no wait yes", "oh well you know", "yes please of",
    "my lip went white", "I can't see", "it isn't white", "my skin is not white", "my eyes", "llygad", "eye test",
    "0770 090 0123", "one two three four", "one two", "nine", "nine nine nine", "one one two", "triple nine",
    "buttocks", "want a doctor", "it has gone white",
)  # fmt: skip
"""What the open recogniser makes of an utterance."""
_PHRASES: Final = ("repeat", "yes please", "a bit", "not at all", "my nose", "cymraeg")
_CONFIDENCE: Final = (None, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0)
_SNR: Final = (None, None, -2.0, 2.9, 3.0, 5.9, 10.0, 15.0, 30.0)
_TIMERS: Final = (
    "noinput", "patience", "interdigit", "star", "nine", "every", "limit", "world", "failing", "call",
)  # fmt: skip
_NINES: Final = {"": "9190", "9": "91#", "99": "9", "91": "1", "1": "1", "11": "2", "0": "0", "00": "0"}
"""Digits of an entry to what makes an emergency of it."""
_LATER_MS: Final = (20, 100, 400, 700, 1400, 1600, 3000, 6000)
_LONG_MS: Final = (100, 300, 600, 1000, 2500)
_WORLD: Final = ("history", "hours", "promise", "escalation", "notified", "message", "transfer")

_PLAIN: Final = {
    "ended": 6, "cut": 2, "phrase": 5, "free": 3, "noise": 1, "key": 5, "timer": 3, "world": 4, "sound": 1,
}  # fmt: skip
_MORE: Final[dict[Mood, dict[str, int]]] = {
    "plain": {},
    "quiet": {"ended": 20, "key": 8, "world": 6},
    "nines": {"ended": 12, "nine": 6, "world": 4},
    "keys": {"key": 20, "timer": 6},
    "murky": {"murky": 8},
    "nasty": {"noise": 3, "free": 5, "ears": 1, "voice": 1, "hangup": 1, "interrupted": 1, "records": 1},
}


class Wild:
    """Makes the events of one call; the same seed on the same session gives the same events."""

    def __init__(self, session: Session, random: Random, mood: Mood = "plain") -> None:
        """Take the session that the events are for; nothing is handled here."""
        self.session = session
        self.random = random
        self.audio_ms = 0
        weights = {kind: _PLAIN.get(kind, 0) + _MORE[mood].get(kind, 0) for kind in _PLAIN | _MORE[mood]}
        self._kinds, self._weights = tuple(weights), tuple(weights.values())
        asks = [step for tongue in session.plan.tongues.values() for step in tongue.asks.values()]
        said = {text for step in asks for possible in step.answers for text in possible.phrases[:6]}
        self._phrases = (*_PHRASES, *sorted(said))

    def starts(self) -> Event:
        """Return the first event."""
        caller = self.random.choice((None, "+447700900123", "+447700900123"))
        flow = self.session.plan.flow.hash
        return self._event(CallStarted, flow=flow, line="test", caller=caller, called="+442079460123")

    def next(self) -> Event:
        """Return an event that may come now."""
        (kind,) = self.random.choices(self._kinds, self._weights)
        if kind == "cut" and self.session.memory.playing is None:
            kind = "timer"
        make: Callable[[], Event] = getattr(self, f"_{kind}")
        return make()

    def hangs_up(self) -> Event:
        """Return the end of the line."""
        return self._hangup()

    def _event(self, make: type[Any], **fields: Any) -> Event:
        self.audio_ms += self.random.choice(_LATER_MS)
        envelope = {"clinic": "rosewood", "call": "c1", "seq": self.session.memory.seq + 1}
        at = 1_795_387_200_000 + self.audio_ms
        event: Event = make(**envelope, at_utc=at, audio_ms=self.audio_ms, **fields)
        return event

    def _ended(self) -> Event:
        playing = self.session.memory.playing
        if playing is None:
            return self._timer()
        return self._event(Played, effect=playing, completed=True, played_ms=900)

    def _cut(self) -> Event:
        memory = self.session.memory
        by = "session" if memory.playing_must_hear else self.random.choice(("speech", "speech", "key", "failed"))
        return self._event(Played, effect=memory.playing, completed=False, played_ms=300, stopped_by=by)

    def _heard(self, **fields: Any) -> Event:
        began = self.audio_ms + self.random.choice((0, 0, -500, 300))
        listen = self.session.memory.listening or 0
        given = {"start_ms": began, "end_ms": began + self.random.choice(_LONG_MS), "listen": listen}
        noise = {"confidence": self.random.choice(_CONFIDENCE), "snr_db": self.random.choice(_SNR)}
        return self._event(Heard, **(given | noise | fields))

    def _phrase(self) -> Event:
        asked = self._asked()
        said = self.random.choice(asked if asked and self.random.random() < 0.6 else self._phrases)
        clear = self.random.random() < 0.5
        sure = {"confidence": 1.0, "snr_db": 30.0} if clear else {}
        return self._heard(cause="phrase", phrase=said, text=said, open_text=self._said(said), **sure)

    def _asked(self) -> tuple[str, ...]:
        """Return the phrases that answer now, in the language of the call."""
        plan, memory = self.session.plan, self.session.memory
        ask = plan.tongues[memory.language].asks.get(plan.ahead.get(memory.step, memory.step))
        return tuple(text for possible in ask.answers for text in possible.phrases[:3]) if ask else ()

    def _said(self, said: str) -> str | None:
        return self.random.choice((None, said, self.random.choice(SAYINGS)))

    def _free(self) -> Event:
        cause = self.random.choice(("rejected", "rejected", "open", "too_long"))
        text = self.random.choice(("oh the", "no yes", "", self.random.choice(self._phrases)))
        return self._heard(cause=cause, text=text, open_text=self.random.choice(SAYINGS))

    def _noise(self) -> Event:
        return self._heard(cause="rejected", open_text=self.random.choice((None, "")))

    def _murky(self) -> Event:
        end = {"start_ms": self.audio_ms, "end_ms": self.audio_ms + 2000}
        return self._heard(cause="rejected", text="oh the", snr_db=self.random.choice((2.0, 5.0, 14.0)), **end)

    def _sound(self) -> Event:
        return self._event(SpeechStarted, start_ms=self.audio_ms)

    def _key(self) -> Event:
        likely = self.random.random() < 0.6
        return self._event(KeyPressed, key=self.random.choice("11112222233#" if likely else keys.KEYS))

    def _nine(self) -> Event:
        """Press what makes or takes back an emergency: also digit by digit, as a whole entry."""
        memory = self.session.memory
        entry = isinstance(self.session.plan.steps.get(memory.step), TakeNumber | TakeDigits)
        more = _NINES.get(memory.entry, "#") if entry else "111229"
        return self._event(KeyPressed, key=self.random.choice(more))

    def _timer(self) -> Event:
        running = [timer for timer in self.session.memory.timers if timer != "call"]
        some = running if running and self.random.random() < 0.95 else _TIMERS
        return self._event(TimerFired, timer=self.random.choice(some))

    def _ears(self) -> Event:
        return self._event(EarsFailed, reason=self.random.choice(("missing", "died", "noise")))

    def _voice(self) -> Event:
        return self._event(VoiceFailed, effect=self.session.memory.playing or 0)

    def _hangup(self) -> Event:
        return self._event(HungUp, by="caller")

    def _interrupted(self) -> Event:
        return self._event(Interrupted)

    def _records(self) -> Event:
        return self._event(RecordsFailing)

    def _world(self) -> Event:
        memory, random = self.session.memory, self.random
        step = self.session.plan.steps.get(memory.step)
        wanted = _WANTED.get(type(step).__name__, _WORLD)
        (what,) = random.choices((random.choice(_WORLD), random.choice(wanted)), (1, 4))
        asked = memory.asked_world if memory.asked_world is not None else random.choice((0, 7))
        dialled = memory.transfer if memory.transfer is not None else 0
        late, good = random.random() < 0.2, random.random() < 0.7
        match what:
            case "history":
                told = {"contacts_96h": random.choice((0, 1, 5)), "silent_96h": random.choice((0, 1))}
                return self._event(HistoryFound, timed_out=late, treated_14d=random.choice(("yes", "no")), **told)
            case "hours":
                return self._event(HoursFound, timed_out=late, hours=random.choice(("open", "closed", "holiday")))
            case "promise":
                promise = {"who": "a clinician", "from_number": "+442079460123", "by_utc": 1, "by_spoken": "ten"}
                return self._event(PromiseMade, timed_out=late, **promise)
            case "escalation":
                status = random.choice(("recorded", "ringing", "acknowledged", "exhausted", "failed"))
                return self._event(EscalationChanged, status=status, effect=0)
            case "notified":
                return self._event(Notified, ok=good, effect=asked)
            case "message":
                ended, text = random.choice(("silence", "max", "hangup")), random.choice(SAYINGS) or ""
                return self._event(MessageRecorded, effect=asked, speech_ms=good * 500, ended_by=ended, text=text)
            case _:
                outcome = random.choice(("answered", "busy", "no_answer", "failed", "hangup"))
                return self._event(TransferEnded, effect=dialled, outcome=outcome)


_WANTED: Final = {
    "AskWorld": ("hours", "notified"),
    "TakeMessage": ("message",),
    "Finish": ("promise",),
    "Hold": ("escalation",),
    "Transfer": ("transfer",),
}
"""What a step waits for of the world."""
