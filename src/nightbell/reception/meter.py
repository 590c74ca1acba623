"""Meter: the figures of a line as Prometheus metrics. Every label is a closed list: no number, name or word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from nightbell.call.effects import Effect, Escalate
from nightbell.call.events import EarsFailed, EscalationChanged, Event
from nightbell.reception.admission import Why

__all__ = ["CallMeter", "Meter"]

_SETUP_S: Final = (0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 5)
"""The goal is 150 ms at p99."""
_LAG_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2)
"""A packet is 20 ms: beyond that a caller hears it."""
_MOS: Final = (1.0, 2.0, 2.5, 3.0, 3.5, 3.8, 4.0, 4.2, 4.4)
"""G.711 without loss comes to 4.4 (ITU-T G.107)."""
_OVER: Final = frozenset({"acknowledged", "exhausted", "failed"})
"""What ends the time in which a page is open, as far as the call is told."""


class _Asked:
    """A collector that asks a function when it is scraped."""

    def __init__(self, name: str, about: str, ask: Callable[[], float]) -> None:
        self._name = name
        self._about = about
        self._ask = ask

    def collect(self) -> list[Metric]:
        """Return the figure of this moment."""
        return [GaugeMetricFamily(self._name, self._about, value=self._ask())]


class Meter:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._live = Gauge("nightbell_calls_live", "Calls under way.", registry=self.registry)
        self._answered = Counter("nightbell_calls_answered", "Calls that were picked up.", registry=self.registry)
        self._refused = Counter(
            "nightbell_calls_refused", "Calls that were not taken.", ["reason"], registry=self.registry
        )
        self._ended = Counter(
            "nightbell_calls_ended", "Calls that are over.", ["disposition"], registry=self.registry
        )
        self._rescued = Counter(
            "nightbell_calls_rescued",
            "Calls that hung and were taken to the recorded words.",
            ["reason"],
            registry=self.registry,
        )
        self._setup = Histogram(
            "nightbell_call_setup_seconds",
            "From the INVITE to the 200.",
            buckets=_SETUP_S,
            registry=self.registry,
        )
        self._lag = Histogram(
            "nightbell_loop_lag_seconds",
            "How late the event loop runs what is due.",
            buckets=_LAG_S,
            registry=self.registry,
        )
        self._blocked = Counter(
            "nightbell_loop_blocked", "Times that the event loop stood still.", registry=self.registry
        )
        self._deaf = Counter(
            "nightbell_recogniser_failures", "Calls that went on by keys.", ["reason"], registry=self.registry
        )
        self._pages = Gauge(
            "nightbell_pages_open", "Pages of live calls that nobody has taken.", registry=self.registry
        )
        self._lost = Counter("nightbell_rtp_lost", "Packets that never came.", registry=self.registry)
        self._received = Counter("nightbell_rtp_received", "Packets that came.", registry=self.registry)
        self._mos = Histogram(
            "nightbell_call_mos",
            "What a call sounded like, 1 to 4.5, by ITU-T G.107.",
            buckets=_MOS,
            registry=self.registry,
        )
        self._reloads = Counter("nightbell_reloads", "Flows read again.", ["outcome"], registry=self.registry)

    def ask(self, name: str, about: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for when it is scraped."""
        self.registry.register(_Asked(f"nightbell_{name}", about, value))

    def refused(self, why: Why) -> None:
        """Count a call that was not taken."""
        self._refused.labels(reason=why).inc()

    def began(self) -> None:
        """Count a call in."""
        self._live.inc()

    def answered(self, setup_s: float) -> None:
        """Count a call that was picked up, and how long that took."""
        self._answered.inc()
        self._setup.observe(setup_s)

    def ended(self, disposition: str) -> None:
        """Count a call out; "" when it was never answered."""
        self._live.dec()
        if disposition:
            self._ended.labels(disposition=disposition).inc()

    def rescued(self, reason: str) -> None:
        """Count a call that was taken to the recorded words: ``stalled``, ``dead_air``, ``drain`` or ``broke``."""
        self._rescued.labels(reason=reason).inc()

    def lagged(self, lag_s: float) -> None:
        """Take a measure of the loop."""
        self._lag.observe(lag_s)

    def blocked(self) -> None:
        """Count a loop that stood still."""
        self._blocked.inc()

    def heard(self, *, received: int, lost: int, mos: float | None) -> None:
        """Take a call's sound as it was received, once it is over."""
        self._received.inc(received)
        self._lost.inc(lost)
        if mos is not None:
            self._mos.observe(mos)

    def reloaded(self, *, good: bool) -> None:
        """Count a reload."""
        self._reloads.labels(outcome="good" if good else "kept_old").inc()

    def watch(self) -> CallMeter:
        """Return what follows one call."""
        return CallMeter(self._deaf, self._pages)

    def text(self) -> str:
        """Return everything in the text format 0.0.4."""
        return generate_latest(self.registry).decode()


class CallMeter:
    """An Observer of one call: counts its pages and the failures of its ears."""

    def __init__(self, deaf: Counter, pages: Gauge) -> None:
        self._deaf = deaf
        self._pages = pages
        self._open: set[int] = set()

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Follow one event."""
        del audio_ms
        match event:
            case EarsFailed(reason=reason):
                self._deaf.labels(reason=reason).inc()
            case EscalationChanged(effect=number, status=status) if status in _OVER and number in self._open:
                self._open.discard(number)
                self._pages.dec()
            case _:
                pass
        for effect in effects:
            if isinstance(effect, Escalate):
                self._open.add(effect.n)
                self._pages.inc()

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow no sound."""

    def over(self) -> None:
        """Let go of the call: what is still open is in the records, and escalation's to count."""
        self._pages.dec(len(self._open))
        self._open.clear()
