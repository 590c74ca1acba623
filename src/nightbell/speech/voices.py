"""Voices: the voice that the settings name. It loads nothing: a voice does that at its first words."""

from __future__ import annotations

from nightbell.settings import Settings
from nightbell.speech.port import Voice

__all__ = ["voice_of"]


def voice_of(settings: Settings) -> Voice:
    """Return the voice that speaks what nobody recorded."""
    if settings.voice == "espeak":
        from nightbell.speech.espeak import EspeakVoice  # noqa: PLC0415 - only the one that is wanted

        return EspeakVoice()
    from nightbell.speech.hibari import HibariVoice  # noqa: PLC0415 - as above

    return HibariVoice(settings.voice_name, seed=settings.voice_seed, limit_ms=settings.render_limit_ms)
