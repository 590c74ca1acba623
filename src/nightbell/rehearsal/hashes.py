"""Hashes: what a rehearsal's verdicts hold for, to the byte - flow, scripts, caller audio, recognisers, voice.

A release's evidence: the same hashes are the same rehearsal. It reads no file; who makes it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Hashes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """Of one rehearsal; each in hexadecimal."""

    flow: str
    """Of the flow's content, as calls are kept under."""
    scripts: str
    """Of the scripts that were played."""
    audio: str = ""
    """Of the recordings and noises that they use; "" where none made a sound."""
    voice: str = ""
    """Name, version and seed of the voice; "" where none spoke."""
    models: tuple[tuple[str, str], ...] = ()
    """Model to its hash; none without sound. "" is a model that is not there."""

    def as_json(self) -> dict[str, Any]:
        """Return them as plain values."""
        return {
            "flow": self.flow,
            "scripts": self.scripts,
            "audio": self.audio or None,
            "voice": self.voice or None,
            "models": {name: sha256 or None for name, sha256 in self.models},
        }

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what people are shown."""
        plain = (
            ("Flow", self.flow),
            ("Call scripts", self.scripts),
            ("Caller audio", self.audio),
            ("Voice", self.voice),
        )
        told = tuple((name, value) for name, value in plain if value)
        return told + tuple((name, sha256 or "not there") for name, sha256 in self.models)
