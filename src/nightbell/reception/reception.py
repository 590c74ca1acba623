"""Reception: takes what rings to the clinic that was called, within the caps, and sees each call to its end.

It refuses nobody for who they are, and never touches a call that lives: what is over a cap is told to go
elsewhere. A reload replaces the directory; calls stay on the version they began with. Draining takes no new
calls, lets the live ones finish, and at the limit takes those that are left to the recorded words. It knows no
protocol.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import structlog

from nightbell.errors import LineFailed, OfferRefused
from nightbell.reception.admission import Admission, Refusal
from nightbell.reception.call_id import new_call_id
from nightbell.reception.live import LiveCall, WatchedLine
from nightbell.reception.patrol import Patrol

if TYPE_CHECKING:
    from nightbell.reception.directory import Directory, Entry
    from nightbell.reception.meter import Meter
    from nightbell.reception.port import LineMaker, Ring, Taker

__all__ = ["CallLimits", "Reception"]

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.5
"""How often a drain looks whether the calls are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How long a call may hang, in seconds."""

    stalled_s: float
    dead_air_s: float
    stop_s: float
    """Time for the recorded words once a call was given up."""


class Reception:
    """One process's calls."""

    def __init__(
        self,
        directory: Directory,
        *,
        admission: Admission,
        line_of: LineMaker,
        taker: Taker,
        meter: Meter,
        limits: CallLimits,
        test_numbers: frozenset[str] = frozenset(),
        self_test: str = "",
    ) -> None:
        """Take what a process has.

        Args:
            directory: the clinics served.
            admission: counts the calls.
            line_of: makes a line of what rings.
            taker: takes a call to its end.
            meter: its figures.
            limits: how long a call may hang.
            test_numbers: callers who may reach unsigned wording.
            self_test: the name that the line's own test call shows; "" takes no call for one.
        """
        self.directory = directory
        self.calls: set[LiveCall] = set()
        self.by_request: set[str] = set()
        """Live calls that go by requests (``correspondents``): they outlive the process."""
        self._admission = admission
        self._line_of = line_of
        self._taker = taker
        self._meter = meter
        self._limits = limits
        self._test_numbers = test_numbers
        self._self_test = self_test
        self._patrol = Patrol(self.calls, limits, rescue=self._rescue, rescued=meter.rescued)

    @property
    def draining(self) -> bool:
        """Tell whether no new calls are taken."""
        return self._admission.draining

    @property
    def callers(self) -> int:
        """How many people are on the line; a test call is nobody."""
        return sum(not live.test for live in self.calls) + len(self.by_request)

    def is_live(self, call: str) -> bool:
        """Tell whether a call is still on the line."""
        return call in self.by_request or any(live.call == call for live in self.calls)

    def refuses(self, ring: Ring) -> int:
        """Tell how a call that has not come yet would be refused, as a SIP status; 0 takes it."""
        refusal = self._refusal(ring, self.directory.find(ring.called))
        if refusal is None:
            self._admission.leave()
            return 0
        self._meter.refused(refusal.why)
        _log.info("refused", why=refusal.why, status=refusal.code)
        return refusal.code

    def admits(self, ring: Ring) -> Entry | int:
        """Take a call that goes by requests; return its clinic, or how it is refused, as a SIP status."""
        entry = self.directory.find(ring.called)
        refusal = self._refusal(ring, entry)
        if refusal is None and entry is not None:
            self._meter.began()
            return entry
        refusal = refusal or self._admission.unknown()
        self._meter.refused(refusal.why)
        _log.info("refused", why=refusal.why, status=refusal.code)
        return refusal.code

    def resumes(self) -> None:
        """Count a call by requests that another process began."""
        self._admission.live += 1
        self._meter.began()

    def leaves(self, call: str, disposition: str = "") -> None:
        """Take that a call by requests is over."""
        self.by_request.discard(call)
        self._admission.leave()
        self._meter.ended(disposition)

    async def invited(self, ring: Ring) -> None:
        """Take what rings, or refuse it. Returns when it is picked up or over, not when the call is."""
        began = time.monotonic()
        entry = self.directory.find(ring.called)
        refusal = self._refusal(ring, entry)
        if refusal is not None or entry is None:
            self._refuse(ring, refusal or self._admission.unknown())
            return
        try:
            line = self._line_of(ring)
        except OfferRefused:
            self._admission.leave()
            self._refuse(ring, self._admission.unacceptable())
            return
        except LineFailed as error:
            self._admission.leave()
            _log.error("no_line", code=error.code)
            self._refuse(ring, self._admission.elsewhere("no_port"))
            return
        call = new_call_id(ring.id)
        live = LiveCall(call=call, entry=entry, began=began, ring=ring, test=self._is_test(ring))
        number = entry.flow.clinic.number
        watched = WatchedLine(line, live, caller=entry.caller(ring.caller), called=number)
        self.calls.add(live)
        if not live.test:
            self._meter.began()
        live.task = asyncio.create_task(self._take(watched, live), name=f"call {call}")
        await live.decided.wait()
        if live.answered and not live.test:
            self._meter.answered(live.answered - live.began)

    def _is_test(self, ring: Ring) -> bool:
        return ring.test or self._is_self_test(ring)

    def _is_self_test(self, ring: Ring) -> bool:
        return bool(self._self_test) and ring.display == self._self_test and _is_here(ring.source)

    def _refusal(self, ring: Ring, entry: Entry | None) -> Refusal | None:
        if entry is None:
            return self._admission.unknown()
        if entry.draft and not (
            ring.test or _is_here(ring.source) or entry.caller(ring.caller) in self._test_numbers
        ):
            return self._admission.elsewhere("unsigned")
        return self._admission.enter()

    def _refuse(self, ring: Ring, refusal: Refusal) -> None:
        if not self._is_test(ring):
            self._meter.refused(refusal.why)
        _log.info("refused", why=refusal.why, status=refusal.code)
        ring.reject(refusal.code, refusal.reason, refusal.headers)

    async def _take(self, line: WatchedLine, live: LiveCall) -> None:
        _log.info("call_began", call=live.call, clinic=live.entry.flow.clinic.name, test=live.test)
        disposition = ""
        try:
            outcome = await self._taker(line, live)
            disposition = outcome.disposition.value if live.answered else ""
        except asyncio.CancelledError:
            if not live.rescuing:
                raise
            await self._taker.rescue(line, live)
            disposition = "DU"
        except LineFailed as error:
            _log.info("call_gone", call=live.call, code=error.code)
            await line.hang_up()
        except Exception as error:  # noqa: BLE001 - one call must not take the others with it
            _log.error("call_broke", call=live.call, error=type(error).__name__)
            self._meter.rescued("broke")
            await self._save(line, live)
            disposition = "DU"
        finally:
            self.calls.discard(live)
            self._admission.leave()
            live.decided.set()
            if not live.test:
                self._meter.ended(disposition)
            lasted = round((time.monotonic() - live.began) * 1000)
            _log.info("call_ended", call=live.call, disposition=disposition, lasted_ms=lasted, test=live.test)

    async def _save(self, line: WatchedLine, live: LiveCall) -> None:
        """Have the caller of a call that broke hear the recorded words, picked up or not (rule 10)."""
        try:
            if not live.answered:
                await line.answer()
            await self._taker.rescue(line, live)
        except Exception as error:  # noqa: BLE001 - nothing more can be done for this call; the others go on
            _log.critical("call_lost", call=live.call, error=type(error).__name__)
            await line.hang_up()

    async def _rescue(self, live: LiveCall) -> None:
        """Take a conversation that hangs away from its line; the line is then told the recorded words."""
        live.rescuing = True
        if live.task is not None:
            live.task.cancel()

    async def patrol(self) -> None:
        """Watch every call until cancelled."""
        await self._patrol.run()

    async def reload(self, directory: Directory) -> None:
        """Serve other versions from the next call on.

        Raises:
            ProviderError: a prompt of theirs cannot be spoken; the old ones are kept.
        """
        for entry in directory.entries:
            await self._taker.prepare(entry)
        self.directory = directory

    async def drain(self, *, within_s: float, told: Callable[[int], None] = lambda _: None) -> None:
        """Take no new calls, let the live ones finish, give up those that are left at the limit.

        Args:
            within_s: time for the live calls.
            told: how many calls are left, each time it is looked.
        """
        self._admission.draining = True
        _log.warning("draining", calls=len(self.calls), within_s=within_s)
        if not await self._empty(within_s, told):
            for live in tuple(self.calls):
                self._patrol.give_up(live, "drain")
            await self._empty(self._limits.stop_s, told)
        await self.stop()

    async def stop(self) -> None:
        """End every call that is left, at once; their records are closed as interrupted at the next start."""
        self._admission.draining = True
        tasks = [live.task for live in self.calls if live.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _empty(self, within_s: float, told: Callable[[int], None]) -> bool:
        deadline = time.monotonic() + within_s
        while self.calls and time.monotonic() < deadline:
            told(len(self.calls))
            await asyncio.sleep(min(_LOOK_S, max(deadline - time.monotonic(), 0)))
        return not self.calls


def _is_here(source: str) -> bool:
    try:
        return ip_address(source).is_loopback
    except ValueError:
        return False
