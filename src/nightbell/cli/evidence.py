"""Evidence: the hashes of a rehearsal, read from the files that took part in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nightbell.rehearsal.hashes import Hashes
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import SILENT
from nightbell.settings import load_settings
from nightbell.setup.sums import model_sums, sum_of
from nightbell.speech.voices import voice_of

if TYPE_CHECKING:
    from nightbell.rehearsal.script import Script

__all__ = ["hashes_of"]


def hashes_of(flow: str, scripts: Sequence[Script], audio: Path) -> Hashes:
    """Return the hashes of a rehearsal, as it begins: what changes while it runs is not what was played.

    Args:
        flow: hash of the flow that is played.
        scripts: its calls.
        audio: the caller audio.
    """
    read = {Path(script.file).name: Path(script.file) for script in scripts if Path(script.file).is_file()}
    files = sum_of(read.items())
    heard = [script for script in scripts if script.tier not in SILENT]
    if not heard:
        return Hashes(flow=flow, scripts=files)
    settings, recordings = load_settings(), Recordings(audio)
    sounds = {name: path for script in heard for name, path in _sounds(script, recordings) if path.is_file()}
    return Hashes(
        flow=flow,
        scripts=files,
        audio=sum_of(sounds.items()),
        voice=voice_of(settings).name,
        models=tuple((model.name, model.sha256) for model in model_sums(settings.models_dir)),
    )


def _sounds(script: Script, recordings: Recordings) -> Iterator[tuple[str, Path]]:
    """Yield the recordings that a script may use; a noise that is made by its seed is no file."""
    for name in script.said:
        yield f"{name}.wav", recordings.path(name)
    if script.replay is not None:
        yield f"calls/{script.replay.sound}.wav", Path(script.file).with_name(f"{script.replay.sound}.wav")
    if script.impair is not None:
        for path in recordings.noise_files(script.impair.noise, frozenset(script.said)):
            yield path.relative_to(recordings.folder).as_posix(), path
