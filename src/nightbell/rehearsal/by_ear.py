"""ByEar: a scripted caller who knows of the line only what a caller knows - it hears, waits for a pause, answers.

For lines that nobody can follow from inside. Answers are given in the order in which the script writes them down,
one each time that the line has spoken and then been silent; a place's further attempts follow its first. What it
cannot know it does not judge: whether the line picked up, spoke, hung up, and let every answer be given.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from nightbell.audio.frame import FRAME_MS
from nightbell.audio.level import rms_dbfs
from nightbell.rehearsal.caller import Turn, act
from nightbell.rehearsal.expectations import Failure, FailureKind

if TYPE_CHECKING:
    from nightbell.audio.frame import Frame
    from nightbell.line.handset import Handset
    from nightbell.rehearsal.caller import Mouth
    from nightbell.rehearsal.script import Answer, Script
    from nightbell.rehearsal.telephone import Talked

__all__ = ["ByEar"]

_SPEECH_DBFS: Final = -45.0
"""A frame louder than this is the line speaking; comfort noise of trunks lies at -60."""
_SPOKEN_MS: Final = 300
"""The line must have spoken for so long before a pause counts: a click and a beep are no prompt."""
_PAUSE_MS: Final = 1000
"""Silence after which a prompt is over; between two sentences there are 600 ms at most, and no line gives up on a
caller within four seconds."""


class ByEar:
    """Plays a script by ear; the Listener of ``telephone.talk``."""

    def __init__(self, script: Script, handset: Handset, mouth: Mouth) -> None:
        self.turns: list[Turn] = []
        self.spoken_ms = 0
        """What the line said in all."""
        self._handset = handset
        self._mouth = mouth
        self._answers: deque[tuple[str, Answer]] = deque(
            (place, answer) for place, answers in script.answers for answer in answers
        )
        self._speaking_ms = 0
        self._silent_ms = 0
        self._began_ms = 0

    @property
    def unused(self) -> tuple[str, ...]:
        """Answers that were never given, optional ones left out."""
        return tuple(f"{place}: {answer.what}" for place, answer in self._answers if not answer.optional)

    def hear(self, frame: Frame) -> None:
        """Take 20 ms; answer at the end of a prompt, or so far into it as the script says."""
        if rms_dbfs(frame) > _SPEECH_DBFS:
            if not self._speaking_ms:
                self._began_ms = self._handset.now * FRAME_MS
                self._barge_in()
            self._speaking_ms += FRAME_MS
            self.spoken_ms += FRAME_MS
            self._silent_ms = 0
            return
        self._silent_ms += FRAME_MS
        if self._silent_ms < _PAUSE_MS:
            return
        if self._speaking_ms >= _SPOKEN_MS:
            self._answer(0)
        self._speaking_ms = 0

    def judge(self, talked: Talked) -> tuple[Failure, ...]:
        """Return what can be held against the call from outside."""
        failures: list[Failure] = []
        if not self.spoken_ms:
            failures.append(Failure(FailureKind.PROMPT_SILENT, "the line picked up and said nothing"))
        if talked.by == "lost":
            failures.append(Failure(FailureKind.NO_END, "the sound or the signalling was gone"))
        if talked.by == "limit":
            failures.append(Failure(FailureKind.NO_END, "the line did not end the call within the script's limit"))
        failures += [Failure(FailureKind.TURN_UNUSED, unused) for unused in self.unused]
        return tuple(failures)

    def _barge_in(self) -> None:
        if self._answers and (into := self._answers[0][1].barge_in_ms) is not None:
            self._answer(into)

    def _answer(self, wait_ms: int) -> None:
        if not self._answers:
            return
        place, answer = self._answers.popleft()
        at = self._handset.now * FRAME_MS + wait_ms
        self.turns += act(answer, place=place, at_ms=at, handset=self._handset, mouth=self._mouth)
