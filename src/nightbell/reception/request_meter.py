"""RequestMeter: the figures of calls by requests: how they end, what is asked, how soon it is answered.

Every label is a closed list, as of every figure: no number, name, word or id.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Literal, TypeAlias

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["Ended", "RequestMeter"]

Ended: TypeAlias = Literal["line", "caller", "lost", "fault"]
"""Who ended a call: its flow, the caller, a carrier that asked no more, a fault of our own."""
_VERDICTS: Final = {
    200: "answered",
    204: "answered",
    400: "malformed",
    403: "unsigned",
    404: "unknown",
    409: "late",
    410: "unknown",
    503: "elsewhere",
}
_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15)
"""A carrier waits for 15 s, and a caller hears nothing meanwhile."""
_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestMeter:
    """The figures of one process."""

    def __init__(self, registry: CollectorRegistry, *, live: Callable[[], int]) -> None:
        """Take where figures are kept, and what tells how many calls are under way."""
        calls = Gauge("nightbell_request_calls_live", "Calls by requests under way.", registry=registry)
        calls.set_function(live)
        self._ended = Counter(
            "nightbell_request_calls_ended",
            "Calls by requests that are over.",
            ["disposition", "by"],
            registry=registry,
        )
        self._requests = Counter(
            "nightbell_requests", "Requests of a carrier.", ["kind", "verdict"], registry=registry
        )
        self._seconds = Histogram(
            "nightbell_request_seconds",
            "From a request to its answer.",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._rest = Counter(
            "nightbell_carrier_rest", "What a carrier was asked to do.", ["what", "outcome"], registry=registry
        )

    def ended(self, disposition: str, by: Ended) -> None:
        """Count a call out."""
        self._ended.labels(disposition=disposition, by=by).inc()

    def asked(self, what: str, outcome: str) -> None:
        """Count something that a carrier was asked to do; both are words of ``line.webhook.rest``."""
        self._rest.labels(what=what, outcome=outcome).inc()

    def metered(self, routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
        """Return routes whose requests are counted."""
        return [
            web.RouteDef(each.method, each.path, self._counted(_kind(each.path), each.handler), each.kwargs)
            for each in routes
        ]

    def _counted(self, kind: str, handler: _Handler) -> _Handler:
        async def counted(request: web.Request) -> web.StreamResponse:
            began, status = time.monotonic(), 0
            try:
                answer = await handler(request)
                status = answer.status
            except web.HTTPException as error:
                status = error.status
                raise
            finally:
                self._requests.labels(kind=kind, verdict=_VERDICTS.get(status, "failed")).inc()
                self._seconds.labels(kind=kind).observe(time.monotonic() - began)
            return answer

        return counted


def _kind(path: str) -> str:
    """Return what a route is for: ``call``, ``next``, ``sound``, ``leg`` ..."""
    parts = path.split("/")
    return parts[3] if parts[2] == "call" and len(parts) > 3 else parts[2]
