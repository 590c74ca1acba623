"""Everybody who keeps to the OpenAPI document, or almost, is answered as it says: schemathesis tries.

It draws requests from the document, right ones and wrong ones, and holds each answer against it. Half of its
requests show what it takes to be let in: a word, a key, the carrier's signature. WebSockets it cannot speak.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from tests.unit.reception.test_openapi import routes

from nightbell.line.media_stream.signature import sign
from nightbell.reception.web import WebConfig, WebServer

PAPER: Final = json.loads((Path(__file__).parents[3] / "schemas" / "http.openapi.json").read_text("utf-8"))
SCHEMA: Final = schemathesis.openapi.from_dict(PAPER)
METHODS: Final = ("delete", "get", "head", "options", "patch", "post", "put")
_FOUND: Final[list[Any]] = list(SCHEMA.get_all_operations())
OPERATIONS: Final = [found.ok() for found in _FOUND]
EXAMPLES: Final = 100
"""For each operation; all of them together take some fifteen seconds."""


@pytest.fixture(scope="module")
def here() -> Iterator[str]:
    """Serve in a thread, as schemathesis waits for its answers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> WebServer:
        config = WebConfig(listen="127.0.0.1:0", requests_per_s=10_000, burst=10_000, request_s=30)
        server = WebServer(config, routes(), ready=lambda: True)
        await server.start()
        return server

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    yield f"http://{server.address}"
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _name_of(operation: Any) -> str:
    return "test_whoever_keeps_to_the_paper_is_answered_by_it_" + re.sub(
        r"\W+", "_", operation.label.lower()
    ).strip("_")


def _keeps_to(operation: Any) -> Any:
    """Make the test of one operation: tests of one name would be one test to what runs them beside each other."""

    @SCHEMA.include(path=operation.path, method=operation.method.upper()).parametrize()
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def whoever_keeps_to_the_paper_is_answered_by_it(case: Any, here: str) -> None:
        answers = case.operation.definition.raw["responses"]
        shut_out: list[Any] = [positive_data_acceptance] if "101" in answers else []
        if len(f"{case.body}{case.query}") % 2:
            _let_in(case)
            shut_out.append(ignored_auth)  # what lets in is ours
        case.call_and_validate(base_url=here, excluded_checks=shut_out)

    return whoever_keeps_to_the_paper_is_answered_by_it


for _operation in OPERATIONS:
    globals()[_name_of(_operation)] = _keeps_to(_operation)


def test_every_operation_has_a_test_of_its_own() -> None:
    asked = {f"{method} {path}" for path, ways in PAPER["paths"].items() for method in ways if method in METHODS}
    made = {name for name in globals() if name.startswith("test_whoever")}
    assert len(made) == len(OPERATIONS) == len(asked)


def _let_in(case: Any) -> None:
    """Give a request what it takes to be let in."""
    case.headers = {**(case.headers or {}), "Authorization": "Bearer key"}
    if case.path.startswith("/phone"):
        case.query = {**(case.query or {}), "key": "key"}
        case.query.pop("link", None)
    if case.path.startswith("/twilio") and isinstance(case.body, dict):
        body = {name: str(value) for name, value in case.body.items()}
        case.body = body | {"AccountSid": "AC1"}
        case.headers["X-Twilio-Signature"] = sign("t", f"https://example.org{case.path}", list(case.body.items()))
