"""The scripted caller: listens to what the call asks and answers by place, through the handset of a scripted line.

A place is (state, question). It is answered when it listens and its prompt is over, or a set time into the prompt;
but nobody answers what they have not heard: a question that noise or a late key cut at once is waited for again.
Each time a place asks is one attempt; nothing is counted across places. What is answered is its part's business
(``rehearsal.part``), and it judges nothing: ``expectations`` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.audio.frame import FRAME_MS
from nightbell.call.effects import Close, HangUp, Listen, Play, RecordMessage, StopPlaying
from nightbell.call.events import Played
from nightbell.line.handset import Given
from nightbell.rehearsal.part import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event
    from nightbell.line.handset import Handset
    from nightbell.rehearsal.part import Part
    from nightbell.rehearsal.script import Answer

__all__ = ["AFTER_BEEP_MS", "ENOUGH_MS", "Mouth", "ScriptedCaller", "Turn", "TurnKind", "act"]

Mouth: TypeAlias = "Callable[[Answer, int], Given]"
"""Says an answer's words from a call audio position on, and tells where they lie."""
TurnKind: TypeAlias = Literal["say", "press", "hang_up"]

ENOUGH_MS: Final = 1_500
"""Of a question that was cut: who heard less of it does not know what was asked."""
AFTER_BEEP_MS: Final = 700
"""A message is begun after the beep: half a second of tone and a breath."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Something that the caller did, and where it lies in the call's audio."""

    place: str
    kind: TurnKind
    what: str
    """Name of the recording, the words in writing, or the keys."""
    start_ms: int
    last_sound_ms: int
    end_ms: int
    red_flag: bool = False
    louder_db: float = 0.0
    """By how much the words were made louder than recorded."""

    @classmethod
    def of(cls, place: str, kind: TurnKind, what: str, given: Given, *, red_flag: bool = False) -> Turn:
        """Make a turn of what the handset gave."""
        return cls(
            place=place,
            kind=kind,
            what=what,
            start_ms=given.start_ms,
            last_sound_ms=given.last_sound_ms,
            end_ms=given.end_ms,
            red_flag=red_flag,
            louder_db=given.louder_db,
        )


class ScriptedCaller:
    """Plays a part; an Observer of the call."""

    def __init__(self, part: Part, handset: Handset, mouth: Mouth) -> None:
        """Take up the handset.

        Args:
            part: what to answer.
            handset: where to press it and hang up.
            mouth: says it.
        """
        self.turns: list[Turn] = []
        self._part = part
        self._handset = handset
        self._mouth = mouth
        self._play: Play | None = None
        self._over = False
        self._listen: Listen | None = None
        self._beeped = False
        self._done = False
        self._answered: set[int] = set()
        self._heard: set[str] = set()
        self._attempts: Counter[str] = Counter()

    @property
    def unused(self) -> tuple[str, ...]:
        """Answers that the call never came to ask for, and should have."""
        return tuple(self._part.unused)

    @property
    def state(self) -> str:
        """The state whose words were last said; "" before the first."""
        return self._play.state if self._play is not None else ""

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Follow the call; answer when a place listens and its prompt is over."""
        del audio_ms
        if isinstance(event, Played) and self._play is not None and event.effect == self._play.n:
            self._over = True
            if event.completed or event.played_ms >= ENOUGH_MS:
                self._heard.add(_place(self._play))
        for effect in effects:
            match effect:
                case Play():
                    self._play, self._over, self._beeped = effect, False, False
                case Listen():
                    self._listen = effect
                case StopPlaying():
                    self._over = True
                case RecordMessage():
                    self._beeped = True
                case Close() | HangUp():
                    self._done = True
                case _:
                    pass
        self._part.happened(event, effects)
        if self._is_asked():
            self._answer(barging=False)

    def heard_out(self) -> None:
        """Take that the prompt was heard to its end: a line without sound learns of it with the answer alone."""
        if self._play is not None:
            self._over = True
            self._heard.add(_place(self._play))
        if self._is_asked():
            self._answer(barging=False)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow a prompt's first sample; barge in where the script says so."""
        del audio_ms
        if self._play is not None and self._play.prompt == prompt and self._play.n not in self._answered:
            self._answer(barging=True)

    def _is_asked(self) -> bool:
        play, listen = self._play, self._listen
        if self._done or play is None or listen is None or not self._over or play.n in self._answered:
            return False
        here = (play.state, play.question) == (listen.state, listen.question)
        return here and _place(play) in self._heard

    def _answer(self, *, barging: bool) -> None:
        play, listen = self._play, self._listen
        assert play is not None
        place = _place(play)
        asked = Asked(
            state=play.state,
            question=play.question,
            attempt=self._attempts[place],
            prompt=play.prompt,
            begun=barging,
            keys=listen is not None and listen.mode == "off",
        )
        answer = self._part.answer(asked)
        if answer is None or (barging and answer.barge_in_ms is None):
            return
        self._answered.add(play.n)
        self._attempts[place] += 1
        self._part.given(asked, answer)
        self._do(answer, place)

    def _do(self, answer: Answer, place: str) -> None:
        wait = answer.pause_ms if answer.barge_in_ms is None else answer.barge_in_ms
        at = self._handset.now * FRAME_MS + wait + (AFTER_BEEP_MS if self._beeped else 0)
        self.turns += act(answer, place=place, at_ms=at, handset=self._handset, mouth=self._mouth)


def _place(play: Play) -> str:
    return f"{play.state}.{play.question}" if play.question else play.state


def act(answer: Answer, *, place: str, at_ms: int, handset: Handset, mouth: Mouth) -> list[Turn]:
    """Lay down what an answer does from ``at_ms`` on; return where it lies."""
    turns: list[Turn] = []
    at, flagged = at_ms, answer.red_flag
    if answer.speaks:
        given = mouth(answer, at)
        turns.append(Turn.of(place, "say", answer.say or answer.words or answer.means, given, red_flag=flagged))
        at, flagged = given.end_ms + answer.pause_ms, False
    if answer.press:
        given = handset.press(answer.press, at_ms=at)
        turns.append(Turn.of(place, "press", answer.press, given, red_flag=flagged))
        at = given.end_ms
    if answer.hang_up:
        down = handset.hang_up(at_ms=at + (answer.hang_up_after_ms if answer.speaks or answer.press else 0))
        turns.append(Turn.of(place, "hang_up", "", Given(down, down, down)))
    return turns
