"""Script: a caller laid down beforehand - what is answered where, and how the call must end. Values only.

``rehearsal.load`` makes it from YAML; ``rehearsal.caller`` plays it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.rehearsal.condition import Condition
from nightbell.rehearsal.eventually import Eventually
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.rehearsal.known import Known

__all__ = ["SILENT", "SNR_DB", "START", "Answer", "Expect", "Fakes", "Impair", "Replay", "Script", "Tier"]

Tier: TypeAlias = Literal["engine", "text", "audio", "sip"]
"""What a rehearsal goes through: the session alone, told outcomes; typed words and no sound; recordings,
recogniser and voice; or those over a real line, SIP and RTP, to a process that serves the flow."""
SILENT: Final[tuple[Tier, ...]] = ("engine", "text")
"""Tiers without sound."""

SNR_DB: Final = (-20, 60)
"""Words over noise, from and to: what a script may ask for, and an option."""
START = "start"
"""In place of a place: what fails does so from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the caller does when a place asks; none of say, press and hang_up is silence."""

    say: str = ""
    """Name of a recording of the caller audio."""
    words: str = ""
    """The same in writing, for the text tier."""
    confidence: float = 1.0
    """Text tier: how sure the recogniser is of a phrase."""
    too_long: bool = False
    """Text tier: the words go on for longer than is listened."""
    hidden: bool = False
    """Text tier: noise hides the words."""
    means: str = ""
    """Engine tier: what is meant, with words or without: an answer of the question, a universal, ``again`` or
    ``unclear``; "" is looked up in the flow by the words."""
    press: str = ""
    """Keys, pressed after what is said."""
    hang_up: bool = False
    """Put the handset down after it."""
    hang_up_after_ms: int = 200
    """From the end of what was said or pressed to hanging up."""
    pause_ms: int = 300
    """From the end of the prompt to the answer: how long a person takes to begin."""
    barge_in_ms: int | None = None
    """Begin this long after the prompt began instead of waiting for its end."""
    red_flag: bool = False
    """The clean words of this turn hold the flag."""
    optional: bool = False
    """The call may end without it."""

    @property
    def speaks(self) -> bool:
        """Tell whether something is said: recorded, in writing, or by what it means alone."""
        return bool(self.say or self.words or self.means)

    @property
    def what(self) -> str:
        """Say in words what is done."""
        parts = [
            f"says {self.say or self.words or self.means}" if self.speaks else "",
            f"presses {self.press}" if self.press else "",
        ]
        parts.append("hangs up" if self.hang_up else "")
        return ", ".join(filter(None, parts)) or "is silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impair:
    """What is wrong with the caller's sound for the whole call."""

    noise: str
    """white, pink, babble, or the name of a recording in the caller audio's noise folder."""
    snr_db: float
    """Active level of the caller's words over the noise."""
    seed: int = 0
    exact: bool = False
    """The ratio holds for each utterance where it falls, not for the call as a whole: for a sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fakes:
    """What the world answers in a rehearsal."""

    contacts_96h: int = 0
    """Earlier worried contacts of this number."""
    filler_contacts_96h: int = 0
    """Those about filler, or about a product that is not known."""
    silent_96h: int = 0
    treated_14d: Literal["yes", "no", "unknown"] = "unknown"
    filler_14d: Literal["yes", "no", "unknown"] = "unknown"
    acknowledged_after_ms: int | None = None
    """Audio time from the page to the key that takes it; None is nobody."""
    exhausted_after_ms: int | None = None
    """Audio time from the page until nobody is left to ask; None leaves that to the hold's own limit."""
    escalation_fails: bool = False
    """The page cannot be handed over."""
    hours: Literal["", "open", "closed", "holiday", "failed"] = ""
    """What the calendar says; "" is the clinic's own hours at the call's wall clock."""
    notify: Literal["ok", "failed"] = "ok"
    promise: Literal["made", "failed"] = "made"
    transfer: Literal["answered", "busy", "no_answer", "failed"] = "no_answer"
    transfer_after_ms: int = 5_000
    """Audio time from dialling to that outcome."""
    ears_fail_at: str = ""
    """Text tier: the place at which the recogniser dies; START, or "" for never."""
    voice_fails_at: str = ""
    """Text tier: the place whose prompts cannot be spoken; START, or "" for never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What the call must show. The disposition is always asserted."""

    disposition: Disposition
    at_least: bool = False
    """More urgent than ``disposition`` is good too."""
    red_flag: bool = False
    paged: bool | None = None
    within_turns: int = 2
    """Caller turns after the flag within which the page must be out."""
    states: tuple[str, ...] = ()
    """Visited in this order, with others in between."""
    never: tuple[str, ...] = ()
    """States that must not be visited."""
    eventually: tuple[Eventually, ...] = ()
    """What must come true before the call ends, in any order."""
    ring_backs: int | None = None
    """How many times in all the caller is to be rung back."""
    prompts_heard: tuple[tuple[str, float], ...] = ()
    """Prompts that must be heard in the line's own sound, with the share of word errors that is allowed."""
    heard: tuple[tuple[str, str], ...] = ()
    """Place to match, rejected or open: what the ears must have made of some utterance there."""
    answered_within_ms: int | None = None
    """Longest time from the caller's last sound to the next prompt, for every turn that was heard."""
    effects: str = ""
    """Fingerprint of all that the call did; "" is not held against it."""
    final: str = ""
    """State in which the call ends."""
    ended: Literal["", "end", "hangup", "silent", "failure", "connected"] = ""
    """Why the call was closed."""
    said_emergency: bool | None = None
    """The emergency words (or the recorded safe words) were said to their end."""
    turns: tuple[int | None, int | None] = (None, None)
    """Fewest and most caller turns: what was said or pressed; silence and hanging up are none."""

    @property
    def label(self) -> str:
        """The expected disposition, with + where more urgent is good too."""
        return f"{self.disposition.value}{'+' if self.at_least else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A call that was taken, again."""

    sound: str
    """Name of a WAV file beside the script: what the line heard of the caller, from audio time 0 on."""
    keys: tuple[tuple[int, str], ...] = ()
    """Audio milliseconds and the key."""
    hang_up_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call to rehearse."""

    name: str
    about: str
    file: str
    expect: Expect
    answers: tuple[tuple[str, tuple[Answer, ...]], ...]
    """Place (STATE or STATE.QUESTION) to what is answered the first time, the second, ...; the last repeats."""
    replay: Replay | None = None
    """In the place of answers: what is done again, at its times."""
    default: Answer | None = None
    """For places that ask and are not named."""
    repeats: int = 2
    """How often the last answer of a place is given again."""
    row: str = ""
    tier: Tier | None = None
    """The only tier it is meant for; None is every tier that its callers can speak at."""
    now: Instant = field(default_factory=lambda: Instant.parse("2026-11-21T22:40:00+00:00"))
    """Wall clock at the answer."""
    caller: str | None = None
    keys: Literal["event", "inband"] = "event"
    echo: bool = False
    """The line's own words come back at -12 dB."""
    impair: Impair | None = None
    fakes: Fakes = field(default_factory=Fakes)
    safety_only: bool = False
    """Judge only the floor, the page and when it went out."""
    known: Known | None = None
    """What it is known to fail by."""
    condition: Condition = field(default_factory=Condition)
    """What the line does to the caller's sound."""
    limit_ms: int = 15 * 60_000
    """Audio time after which the line gives up."""
    path: tuple[tuple[str, str], ...] = ()
    """Tier text: the exact way, steps with their outcomes; () is not held against it."""
    repertoire: tuple[str, ...] = ()
    """Recordings that a caller without fixed answers may use, beside those of the answers."""

    @property
    def said(self) -> tuple[str, ...]:
        """Names of all recordings it uses, each once, in order."""
        names = [*self.repertoire]
        names += [answer.say for _, answers in self.answers for answer in answers if answer.say]
        if self.default is not None and self.default.say:
            names.append(self.default.say)
        return tuple(dict.fromkeys(names))

    @property
    def spoken(self) -> tuple[Answer, ...]:
        """Every answer with words, the default's too."""
        listed = [answer for _, answers in self.answers for answer in answers]
        return tuple(answer for answer in (*listed, self.default) if answer is not None and answer.speaks)

    def answers_at(self, state: str, question: str) -> tuple[str, tuple[Answer, ...]]:
        """Return the key and the answers that fit a place best; an empty key and none where there is nothing."""
        found = dict(self.answers)
        for key in (f"{state}.{question}" if question else state, state):
            if key in found:
                return key, found[key]
        return "", ()
