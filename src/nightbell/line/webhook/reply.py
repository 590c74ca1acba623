"""Reply: what a call wants said and taken next, and the TwiML of it. Pure.

Everything is said inside a ``Gather`` that hears keys (ADR 0041). Each answer ends in a ``Redirect``: a carrier
whose ``Gather`` passes over an empty result asks again all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nightbell.line.media_stream.twiml import Verb, hang_up, response

__all__ = ["MOST_SPEECH_S", "Places", "Reply", "Sound", "Taken", "twiml"]

MOST_SPEECH_S: Final = 10
"""Longest that the carrier may hear speech, and be deaf to keys, in answer to a question."""
_SPEECH_PAUSE_S: Final = 1
"""The shortest silence that ends an utterance at a carrier."""
_MOST_HINTS: Final = 400
_LONGEST_HINT: Final = 100
_ENDS_MESSAGE: Final = "059*#"
"""Keys that end a recording: those that mean something in any state."""

Taken: TypeAlias = Literal["keys", "words", "entry", "entry_or_words", "message", "spoken_message", "join", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is played: a Play effect of a call, from a place in it on."""

    call: str
    number: int
    from_ms: int = 0
    words: str = ""
    """Said by the carrier's own voice instead; the last resort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes next."""

    at: int
    """Number of the call's last event."""
    take: Taken
    turn: int = 0
    """Number of this answer."""
    sound: Sound | None = None
    wait_s: int = 1
    """Silence after the sound, or from key to key, that ends it."""
    pause_s: int = 0
    """Silence that ends what is said."""
    most_keys: int = 1
    cut_by_words: bool = False
    language: str = ""
    """As the carrier's recogniser is told: en-GB."""
    hints: tuple[str, ...] = ()
    most_s: int = MOST_SPEECH_S
    """Longest speech, or message."""
    room: str = ""
    """Conference in which a person waits."""
    message: str = ""
    """Where a recorded message belongs, as ``CALL/AT_MS``: told with it, whatever becomes of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Addresses of one answer, as the carrier calls them."""

    next: str
    """What is asked when this is done."""
    sound: str = ""
    said: str = ""
    """What is told what was said so far, for a caller who hangs up before the carrier has told it all."""
    recorded: str = ""
    """What is told that a message is recorded, should the request after it never come."""


def twiml(reply: Reply, places: Places) -> str:
    """Write an answer."""
    again = Verb(name="Redirect", text=places.next, attributes=(("method", "POST"),))
    match reply.take:
        case "end":
            return hang_up()
        case "join":
            return response(_join(reply, places), again)
        case "message":
            return response(_record(reply, places), again)
        case _:
            return response(_gather(reply, places), again)


def _gather(reply: Reply, places: Places) -> Verb:
    words = reply.take in {"words", "entry_or_words", "spoken_message"}
    entry = reply.take in {"entry", "entry_or_words"}
    attributes = [
        ("input", "dtmf speech" if words else "dtmf"),
        ("action", places.next),
        ("method", "POST"),
        ("actionOnEmptyResult", "true"),
        ("timeout", str(reply.wait_s)),
        ("finishOnKey", "#" if entry else ""),
    ]
    if not entry or reply.most_keys > 1:
        attributes.append(("numDigits", str(reply.most_keys)))
    if words:
        attributes += [
            ("bargeIn", "true" if reply.cut_by_words else "false"),
            ("language", reply.language),
            ("speechTimeout", str(max(reply.pause_s, _SPEECH_PAUSE_S))),
            ("maxSpeechTime", str(reply.most_s)),
            ("profanityFilter", "false"),
        ]
        if places.said:
            attributes += [("partialResultCallback", places.said), ("partialResultCallbackMethod", "POST")]
        hints = ",".join(hint for hint in reply.hints[:_MOST_HINTS] if len(hint) <= _LONGEST_HINT)
        attributes += [("hints", hints)] if hints else []
    return Verb(name="Gather", attributes=tuple(attributes), inside=_said(reply, places))


def _said(reply: Reply, places: Places) -> tuple[Verb, ...]:
    if reply.sound is None:
        return ()
    if reply.sound.words:
        return (Verb(name="Say", text=reply.sound.words),)
    return (Verb(name="Play", text=places.sound),)


def _record(reply: Reply, places: Places) -> Verb:
    attributes = (
        ("action", places.next),
        ("method", "POST"),
        ("timeout", str(reply.wait_s)),
        ("maxLength", str(reply.most_s)),
        ("finishOnKey", _ENDS_MESSAGE),
        ("playBeep", "true"),
        ("trim", "do-not-trim"),
        ("recordingStatusCallback", places.recorded),
        ("recordingStatusCallbackMethod", "POST"),
        ("recordingStatusCallbackEvent", "completed absent"),
    )
    return Verb(name="Record", attributes=attributes)


def _join(reply: Reply, places: Places) -> Verb:
    conference = Verb(
        name="Conference",
        text=reply.room,
        attributes=(("beep", "false"), ("startConferenceOnEnter", "true"), ("endConferenceOnExit", "true")),
    )
    return Verb(name="Dial", attributes=(("action", places.next), ("method", "POST")), inside=(conference,))
