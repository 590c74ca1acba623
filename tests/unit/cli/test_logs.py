"""A service's logs: JSON lines that hold no number, whoever tried to put one there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from nightbell.cli.logs import configure_service_logs, log_loop_faults


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    before = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = before[0]
    logging.root.setLevel(before[1])


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_json_with_time_level_and_process(capsys: pytest.CaptureFixture[str]) -> None:
    configure_service_logs("info", "calls")
    log = structlog.get_logger("x")
    log.info("call_began", call="20261121-224000-abcdef-0123456789", clinic="rosewood")
    log.debug("too_much")
    (line,) = lines(capsys.readouterr().err)
    assert line | {"timestamp": ""} == {
        "event": "call_began",
        "call": "20261121-224000-abcdef-0123456789",
        "clinic": "rosewood",
        "level": "info",
        "process": "calls",
        "timestamp": "",
    }


def test_a_number_that_slips_in_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    configure_service_logs("info", "calls")
    structlog.get_logger("x").error("odd", hint="ring +44 7700 900123 now")
    assert "900123" not in (said := capsys.readouterr().err)
    assert "...123" in said


def test_what_a_library_says_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    configure_service_logs("info", "calls")
    try:
        int("sip:+447700900123@192.0.2.9")
    except ValueError:
        logging.getLogger("aiosomething").exception("From: Anna Bright <sip:+447700900123@192.0.2.9>")
    said = capsys.readouterr().err
    (line,) = lines(said)
    assert (line["library"], line["severity"], line["error"]) == ("aiosomething", "ERROR", "ValueError")
    assert "Anna" not in said
    assert "900123" not in said


def test_a_fault_that_nobody_caught_is_told_by_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        log_loop_faults(asyncio.get_running_loop())
        known: dict[str, str] = {}
        asyncio.get_running_loop().call_soon(lambda: known["Anna Bright, sudden blindness"])
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    configure_service_logs("info", "calls")
    asyncio.run(main())
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["error"]) == ("fault_in_loop", "KeyError")
