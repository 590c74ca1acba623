"""Logs: to standard error, so that results stay alone on standard output. Static words with fields.

A verb at a terminal shows warnings and worse; NIGHTBELL_LOG_LEVEL asks for more or less. A service writes one JSON
object a line. No number, name or symptom is ever a field; for a service that is held once more here: digits that
could be rung are masked, and what a library would log is reduced to who it was and how bad.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from nightbell.terms.masking import without_numbers

__all__ = ["configure_logs", "configure_service_logs", "log_loop_faults"]

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_OURS: Final = frozenset({"call", "timestamp", "health", "at"})
"""Fields that we made ourselves - of the time, of chance, of settings: no telephone number, no use when masked."""


def configure_logs() -> None:
    """Send logs to standard error at the level asked for; an unknown level is the usual one."""
    level = _LEVELS.get(os.environ.get("NIGHTBELL_LOG_LEVEL", "warning").lower(), logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def configure_service_logs(level: str, process: str) -> None:
    """Write JSON lines to standard error.

    Args:
        level: least severe event that is written.
        process: name of this process of the line, such as ``calls``.
    """
    number = _LEVELS[level]

    def name(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"process": process, **event}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name,
            _mask,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_Libraries()], force=True)


def log_loop_faults(loop: asyncio.AbstractEventLoop) -> None:
    """Log what no task caught by the kind of the fault alone: its text may hold anything."""
    log = structlog.get_logger("nightbell.loop")

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        log.error("fault_in_loop", error=type(fault).__name__ if fault is not None else "none")

    loop.set_exception_handler(handle)


class _Libraries(logging.Handler):
    """Libraries put what they like into their messages: a SIP header, a URL. Those are dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log = structlog.get_logger("nightbell.libraries")
        log.warning("library", library=record.name, line=record.lineno, severity=record.levelname, error=error)


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        key: without_numbers(value) if isinstance(value, str) and key not in _OURS else value
        for key, value in event.items()
    }
