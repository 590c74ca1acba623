"""Saying: what was last given to the carrier to say and to wait for, and what is given it next.

It looks one step ahead, in a copy of the session, to know how long nobody answering is waited for after the words
that are said now.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nightbell.call.doing import SLOWER
from nightbell.call.events import Played
from nightbell.call.session import Session
from nightbell.call.step import Ask, Hold, Say, TakeDigits, TakeNumber, Transfer
from nightbell.conversation.by_request.standing import Standing
from nightbell.line.webhook.reply import MOST_SPEECH_S, Reply, Sound, Taken

__all__ = ["LINE", "POLL_S", "UNKNOWN", "Saying"]

LINE: Final = "webhook"
"""Kind of line, for the record."""
POLL_S: Final = 10
"""Longest wait while somebody is rung: what becomes of it is told with the next request."""
UNKNOWN: Final = -1
"""Another process gave it."""
_NOTHING: Final = -2
_SHORTEST_S: Final = 1
_LONGEST_S: Final = 60
_IDLE_S: Final = 5
_NOTHING_S: Final = 8
"""Silence that makes an empty message."""
_MESSAGE_S: Final = 60
"""Longest message that a carrier's recogniser takes down."""
_TALK_S: Final = 4 * 3600
"""Longest talk with a person; its end is told."""


@dataclass(slots=True)
class Saying:
    """One call's."""

    speech: Mapping[str, str]
    """Languages that the carrier's recogniser knows, and its names for them."""
    safe_text: str
    """The recorded emergency words, for a carrier that does not play them."""
    number: int = UNKNOWN
    """Effect of the prompt that was given."""
    from_ms: int = 0
    """From where on."""
    sound_ms: int = 0
    """How long what was given lasts."""
    before_ms: int = 0
    """How long what another process gave lasts: sooner it cannot have been heard."""
    since_ms: int = 0
    """When it was given; the call's milliseconds."""
    not_played: int = 0
    noises: int = 0
    """How often in a row a noise cut words, and nothing was understood."""
    hears: bool = False
    """Words may cut what was given: so may a noise."""
    message: int = -1
    """Effect of the message that is being taken."""
    entry: bool = False
    """Keys are taken several at a time."""
    quiet_s: int = 0
    """How long nobody must have made a sound, after what was given, for it to come back empty."""
    lasts_s: float = 0.0
    """How long the carrier may need until it asks again."""

    def reply(self, session: Session, standing: Standing, *, sound_ms: int, now_ms: int) -> Reply:
        """Return what is given next, and remember it.

        Args:
            session: the call's.
            standing: where it stands.
            sound_ms: length of the prompt that is to be said; 0 without one.
            now_ms: the call's milliseconds.
        """
        self._give(standing, sound_ms, now_ms)
        reply = self._message(session, standing) or self._question(session, standing, now_ms)
        self.hears = reply.take in {"words", "entry_or_words", "spoken_message"}
        self.quiet_s = reply.wait_s
        listens = reply.most_s if reply.take not in {"keys", "entry"} else 0
        self.lasts_s = self.sound_ms / 1000 + reply.wait_s + reply.pause_s + listens
        return reply

    def join(self, session: Session, room: str) -> Reply:
        """Return that the caller is brought together with a person."""
        self.number, self.sound_ms, self.lasts_s = _NOTHING, 0, _TALK_S
        return Reply(at=session.memory.seq, take="join", room=room)

    def records(self, standing: Standing) -> bool:
        """Tell whether the carrier records a message now."""
        message = standing.message
        taken = message is not None and message.keep and standing.play is None
        return taken and not self._language(standing)

    def _language(self, standing: Standing) -> str:
        return self.speech.get(standing.listen.language, "") if standing.listen is not None else ""

    def _give(self, standing: Standing, sound_ms: int, now_ms: int) -> None:
        play = standing.play
        if play is None:
            self.number, self.from_ms = _NOTHING, 0
        elif play.n != self.number:
            self.number, self.from_ms, self.not_played = play.n, 0, 0
        self.sound_ms = max(sound_ms - self.from_ms, 0)
        self.since_ms = now_ms
        self.message, self.entry = -1, False

    def _sound(self, call: str, standing: Standing) -> Sound | None:
        play = standing.play
        if play is None:
            return None
        words = self.safe_text if play.safe and self.not_played else ""
        return Sound(call=call, number=play.n, from_ms=self.from_ms, words=words)

    def _message(self, session: Session, standing: Standing) -> Reply | None:
        message, at = standing.message, session.memory.seq
        if message is None or standing.play is not None:
            return None
        self.message = message.n
        language = self._language(standing)
        pause_s, most_s = math.ceil(message.final_silence_ms / 1000), message.max_ms // 1000
        if language:
            tone = Sound(call=message.call, number=message.n)
            most_s = min(most_s, _MESSAGE_S)
            return Reply(
                at=at,
                take="spoken_message",
                sound=tone,
                wait_s=_NOTHING_S,
                pause_s=pause_s,
                most_s=most_s,
                language=language,
            )
        if message.keep:
            belongs = f"{message.call}/{standing.message_at_ms}"
            return Reply(at=at, take="message", wait_s=pause_s, most_s=most_s, message=belongs)
        return Reply(at=at, take="keys")  # nothing can be taken down: the message is empty, and the flow goes on

    def _question(self, session: Session, standing: Standing, now_ms: int) -> Reply:
        memory, play, listen = session.memory, standing.play, standing.listen
        step = session.plan.steps[memory.step]
        entry = isinstance(step, TakeNumber | TakeDigits) and (play is None or play.bargein != "none")
        asks = entry or isinstance(step, Say) or (isinstance(step, Ask) and step.policy != "nine")
        language = (
            self.speech.get(listen.language, "") if asks and listen is not None and listen.mode != "off" else ""
        )
        after = language  # what is listened to once the words are over
        if play is not None and play.bargein != "speech":
            language = ""
        self.entry = entry
        take: Taken = ("entry_or_words" if entry else "words") if language else ("entry" if entry else "keys")
        wait_s = self._wait_s(session, standing, now_ms)
        if play is not None and after and not language:
            wait_s = _SHORTEST_S
        if isinstance(step, Hold | Transfer):
            wait_s = min(wait_s, POLL_S)
        if entry:  # the wait for a first key and from key to key are one: a lone 9 must not wait for more
            pace = SLOWER if memory.slow else 1
            wait_s = math.ceil(step.timers.interdigit_timeout_ms * pace / 1000)
        return Reply(
            at=memory.seq,
            take=take,
            sound=self._sound(memory.call, standing),
            wait_s=wait_s,
            pause_s=math.ceil(listen.pause_ms / 1000) if language and listen is not None else 0,
            most_keys=max(step.most, 3) if isinstance(step, TakeDigits) and entry else 1,
            cut_by_words=play is not None,
            language=language,
            hints=tuple(phrase.text for phrase in listen.phrases) if language and listen is not None else (),
            most_s=MOST_SPEECH_S,
        )

    def _wait_s(self, session: Session, standing: Standing, now_ms: int) -> int:
        """Return how long nobody answering is waited for, once the words are over."""
        ahead, at_ms = standing, now_ms
        if standing.play is not None:
            copy = Session.load(session.plan, session.save())
            at_ms, ahead = now_ms + self.sound_ms, standing.copy()
            over = Played(
                clinic=session.memory.clinic,
                call=session.memory.call,
                seq=session.memory.seq + 1,
                at_utc=0,
                audio_ms=at_ms,
                effect=standing.play.n,
                completed=True,
                played_ms=self.sound_ms,
            )
            ahead.take(over, copy.handle(over))
            if ahead.play is not None or ahead.message is not None or ahead.questions or ahead.put_down:
                return _SHORTEST_S
        due = ahead.due_ms()
        wait_s = _IDLE_S if due is None else math.ceil((due - at_ms) / 1000)
        return min(max(wait_s, _SHORTEST_S), _LONGEST_S)
