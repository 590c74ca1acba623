"""World: what answers a timed call from outside, within its limits and at random."""

from __future__ import annotations

from nightbell.call.effects import (
    AskHistory,
    AskHours,
    AskPromise,
    CancelTimer,
    Effect,
    Escalate,
    Notify,
    Play,
    RecordMessage,
    StartTimer,
    Transfer,
)
from nightbell.call.events import (
    EscalationChanged,
    HistoryFound,
    HoursFound,
    MessageRecorded,
    Notified,
    PromiseMade,
    TransferEnded,
)
from nightbell.testing.timed.clock import Timed

__all__ = ["World"]


class World(Timed):
    """A call whose world answers."""

    def take_up(self, effect: Effect) -> None:
        """Say what is to be said, run timers, answer for the world."""
        match effect:
            case Play():
                self.say(effect)
            case StartTimer(timer=timer, ms=ms):
                due = self.timers[timer] = self.now + ms
                self.later(ms, lambda: self.run_out(timer, due))
            case CancelTimer(timer=timer):
                self.timers.pop(timer, None)
            case _:
                self._answer_for_world(effect)

    def _answer_for_world(self, effect: Effect) -> None:
        match effect:
            case AskHistory():
                found = {
                    "contacts_96h": self.random.choice((0, 0, 1)),
                    "filler_contacts_96h": self.random.choice((0, 0, 1)),
                    "silent_96h": self.random.choice((0, 0, 1)),
                }
                self.later(5, lambda: self.tell(HistoryFound, timed_out=False, **found))
            case AskHours():
                hours = self.random.choice(("open", "closed", "holiday"))
                self.later(self._within(500), lambda: self.tell(HoursFound, timed_out=False, hours=hours))
            case AskPromise():
                made = {"who": "a nurse", "from_number": "+44", "by_utc": 1, "by_spoken": "ten"}
                late = self.random.random() < 0.3
                self.later(self._within(500), lambda: self.tell(PromiseMade, timed_out=late, **made))
            case Notify(n=number):
                ok = self.random.random() < 0.7
                self.later(self._within(2000), lambda: self.tell(Notified, ok=ok, effect=number))
            case RecordMessage(n=number, max_ms=most):
                speech = self.random.choice((0, 900, 4000))
                self.later(self._within(most), lambda: self._recorded(number, speech))
            case Transfer(n=number, limit_ms=most):
                outcome = self.random.choice(("answered", "busy", "no_answer", "failed"))
                self.later(self._within(most), lambda: self.tell(TransferEnded, effect=number, outcome=outcome))
            case Escalate(n=number):
                status = self.random.choice(("ringing", "acknowledged", "exhausted"))
                self.later(
                    self._within(200_000), lambda: self.tell(EscalationChanged, status=status, effect=number)
                )
            case _:
                pass

    def _within(self, ms: int) -> float:
        return ms if self.random.random() < 0.2 else self.random.random() * ms

    def _recorded(self, number: int, speech: int) -> None:
        if self.session.memory.asked_world == number:
            self.tell(MessageRecorded, effect=number, speech_ms=speech, ended_by="key", text="ring me")
