"""Versions: what `nightbell compare` plays the same callers to - a flow, a recogniser and a voice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from nightbell.cli.rehearsing import settings_in, taking
from nightbell.errors import SettingsError
from nightbell.flow.load import load_flow
from nightbell.rehearsal.comparison.corpus import in_writing, traits_of
from nightbell.rehearsal.runner import Stage
from nightbell.settings import Settings
from nightbell.setup.adopting import adopt_vosk
from nightbell.setup.vosk_model import vosk_sum
from nightbell.speech.voices import voice_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nightbell.rehearsal.comparison.traits import Traits
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Script

__all__ = ["Version", "played"]

_VOICES = get_args(Settings.model_fields["voice"].annotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One of the two."""

    flow: Path
    model: Path | None = None
    """Folder of another Vosk model than the one in use."""
    voice: str = ""
    """Another voice than the one in the settings; ``hibari:NAME`` is another speaker."""
    voice_seed: int | None = None


async def played(
    version: Version, scripts: Sequence[Script], recordings: Recordings, report: Path | None, *, jobs: int
) -> tuple[Mapping[str, Traits], dict[str, Any]]:
    """Play callers to a version; return what each call was like, and what the version was made of.

    Args:
        version: what takes the calls.
        scripts: the callers.
        recordings: the caller audio.
        report: where its records and prompts go; None plays everything in writing.
        jobs: calls side by side.

    Raises:
        NightbellError: nothing can be played.
    """
    flow = load_flow(version.flow)
    if report is None:
        return await traits_of(in_writing(flow, recordings), scripts), {"flow": flow.hash}
    settings = _settings(version, report)
    voice = voice_of(settings)
    told = {"flow": flow.hash, "model": vosk_sum(settings.models_dir), "voice": voice.name}
    await voice.close()
    async with taking(settings, flow, version.flow, scripts) as take:
        stage = Stage(flow=flow, recordings=recordings, take=take, folder=report, keep=False)
        return await traits_of(stage, scripts, jobs=jobs), told


def _settings(version: Version, report: Path) -> Settings:
    changed: dict[str, Any] = {}
    settings = settings_in(report)
    if version.model is not None:
        adopt_vosk(version.model, report / "models")
        changed["models"] = (report / "models").resolve()
    name, _, speaker = version.voice.partition(":")
    if name and name not in _VOICES:
        raise SettingsError(f"there is no voice {name!r}", hint=f"there are: {', '.join(_VOICES)}; hibari:NAME")
    if name:
        changed["voice"] = cast("Any", name)
    if speaker:
        changed["voice_name"] = speaker
    if version.voice_seed is not None:
        changed["voice_seed"] = version.voice_seed
    return settings.model_copy(update=changed)
