"""Bootstrap of who is on call, for a call: the clinic's own file as it says at that moment."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import structlog

from nightbell.flow.model import Flow
from nightbell.oncall.reading.file import read_oncall
from nightbell.oncall.rota import Cover, Rota, on_call
from nightbell.oncall.routing import Duty, OnDuty
from nightbell.terms.instant import Instant

__all__ = ["on_duty_of", "rota_of"]

_log = structlog.get_logger(__name__)


def rota_of(folder: Path | None, flow: Flow) -> Rota | None:
    """Return a clinic's rota; None where it has no oncall.yaml that can be read."""
    if folder is None:
        return None
    path, clinic = folder / "oncall.yaml", flow.clinic
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        _log.error("oncall_not_read", error=type(error).__name__)
        return None
    return _read(text, str(path), clinic.country, clinic.zone, clinic.cover)


@lru_cache(maxsize=64)
def _read(text: str, name: str, country: str, zone: str, cover: Cover) -> Rota:
    """Read a file whose text is new: every call and promise asks, and no call waits while YAML is read."""
    return read_oncall(text, name, country, zone=zone, cover=cover).rota


def on_duty_of(folder: Path | None, flow: Flow) -> Duty:
    """Return who is on call when: each layer's answer in the layers' order, and whom the last resort names."""

    def on_duty(now: Instant) -> OnDuty:
        rota = rota_of(folder, flow)
        if rota is None:
            return OnDuty()
        there = (on_call(rota, layer.name, now).who for layer in rota.layers)
        return OnDuty(on_call=tuple(dict.fromkeys(who for who in there if who)), pool=rota.pool)

    return on_duty
