"""Ticker: the one clock of a process's sound. Every call is served once in 20 ms, at absolute times.

The 20 ms are cut into four slots of 5 ms and the calls spread over them, so that no slot is a burst. A call takes
in what arrived in its slot and sends half a tick later: what the conversation makes of a tick goes out with it. A
late loop catches up slot by slot, so audio time never stops; only a stop beyond a second (a suspended machine) is
left out. One task per call does none of this: from 200 calls on its packets are late (measured).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Final, Protocol

import structlog

__all__ = ["LATEST", "SEND_AFTER", "SLOTS", "TICK_S", "Member", "Ticker"]

TICK_S: Final = 0.02
SLOTS: Final = 4
SEND_AFTER: Final = 2
"""Slots from taking in to sending: 10 ms for the conversation to answer a tick within it."""
LATEST: Final = 3000
"""Latenesses kept: fifteen seconds of slots."""
_SLOT_S: Final = TICK_S / SLOTS
_AT_ONCE: Final = 2 * SLOTS
"""Slots served in a row before others of the loop get their turn."""
_LEFT_OUT_S: Final = 1.0
"""Behind by more than this, what was missed is left out: no caller wants a second of sound in a burst."""

_log = structlog.get_logger(__name__)


class Member(Protocol):
    """What the ticker serves. Both are quick and do not wait."""

    def take_in(self) -> None:
        """Take in what arrived and hand out one tick."""

    def send(self) -> None:
        """Send the frame of this tick."""

    def fail(self) -> None:
        """End: one of the two raised; it is not served any more."""


class Ticker:
    """Serves members until it is closed. It runs while it has any."""

    def __init__(self) -> None:
        self._slots: tuple[dict[Member, None], ...] = tuple({} for _ in range(SLOTS))
        self._began = 0.0
        self._done = 0
        self._timer: asyncio.Handle | None = None
        self.left_out = 0
        """Slots that were left out."""
        self.failed = 0
        """Members that raised."""
        self.late_s: deque[float] = deque(maxlen=LATEST)
        """By how much the last slots were late, in seconds."""

    def __len__(self) -> int:
        return sum(map(len, self._slots))

    def add(self, member: Member) -> None:
        """Serve a member from its next slot on."""
        min(self._slots, key=len)[member] = None
        if self._timer is None:
            self._began, self._done = time.monotonic(), 0
            self._wait()

    def remove(self, member: Member) -> None:
        """Stop serving; safe to repeat."""
        for slot in self._slots:
            slot.pop(member, None)
        if not len(self):
            self.close()

    def close(self) -> None:
        """Stop."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def lateness_ms(self, percent: float) -> float:
        """Return a percentile of the last latenesses, in milliseconds; 0 before any."""
        ordered = sorted(self.late_s)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    def _wait(self) -> None:
        due = self._began + (self._done + 1) * _SLOT_S
        self._timer = asyncio.get_running_loop().call_later(max(due - time.monotonic(), 0.0), self._serve)

    def _serve(self) -> None:
        behind = time.monotonic() - self._began - (self._done + 1) * _SLOT_S
        if behind > _LEFT_OUT_S:
            missed = int(behind / TICK_S) * SLOTS
            self.left_out += missed
            self._done += missed
            _log.warning("ticks_left_out", slots=missed)
        for _ in range(_AT_ONCE):
            late = time.monotonic() - self._began - (self._done + 1) * _SLOT_S
            if late < -_SLOT_S / 5:  # timers of some loops count in whole milliseconds and may be early
                break
            self.late_s.append(max(late, 0.0))
            self._slot(self._done % SLOTS)
            self._done += 1
            if self._timer is None:
                return  # the last member left, or it was closed
        self._wait()

    def _slot(self, number: int) -> None:
        for member in tuple(self._slots[(number - SEND_AFTER) % SLOTS]):
            try:
                member.send()
            except Exception as error:  # noqa: BLE001 - one call's fault must not stop the sound of the others
                self._lost(member, error)
        for member in tuple(self._slots[number]):
            try:
                member.take_in()
            except Exception as error:  # noqa: BLE001 - the same
                self._lost(member, error)

    def _lost(self, member: Member, error: Exception) -> None:
        self.failed += 1
        _log.error("media_failed", error=type(error).__name__)
        self.remove(member)
        try:
            member.fail()
        except Exception as fault:  # noqa: BLE001 - it is not served any more; the others' sound goes on
            _log.error("media_not_ended", error=type(fault).__name__)
