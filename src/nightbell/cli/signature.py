"""Signature: a clinic's ``signoff.yaml`` and recordings, as ``flow.signoff`` wants them. It only reads."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from nightbell.errors import FlowError
from nightbell.flow.signoff import FILE, read_signoff

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.flow.model import Flow
    from nightbell.flow.signoff import SignOff

__all__ = ["recording_sums", "signed_in", "today_at"]


def today_at(flow: Flow) -> date:
    """Return the day it is at the clinic."""
    return datetime.now(ZoneInfo(flow.clinic.zone)).date()


def recording_sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every recording of a clinic's ``prompts``, by its name without ``.wav``."""
    takes = sorted((folder / "prompts").glob("*.wav"))
    return {path.stem: sha256(path.read_bytes()).hexdigest() for path in takes}


def signed_in(folder: Path) -> SignOff | None:
    """Return what was signed of a clinic's folder; None where nothing was.

    Raises:
        FlowError: signoff.yaml is there and does not read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        signed, faults = read_signoff(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError(f"{path} cannot be read", hint="sign again with `nightbell sign`") from error
    if signed is None:
        raise FlowError(f"{path} does not read", diagnostics=faults, hint="sign again with `nightbell sign`")
    return signed
