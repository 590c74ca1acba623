"""Logs of the command line: to standard error, so that results stay alone on standard output.

Warnings and worse are shown; NIGHTBELL_LOG_LEVEL asks for more or less. Events are static words with fields; no
number, name or symptom is ever a field.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

import structlog

__all__ = ["configure_logs"]

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs() -> None:
    """Send logs to standard error at the level asked for; an unknown level is the usual one."""
    level = _LEVELS.get(os.environ.get("NIGHTBELL_LOG_LEVEL", "warning").lower(), logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
