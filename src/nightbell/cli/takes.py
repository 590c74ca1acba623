"""Takes: which recordings a flow wants, which of them are there, and what each was made for. Files, no sound.

Beside the recordings lies ``takes.json``: for each the sum of the words it was checked against and of the file
itself. Words that changed since, or a file that somebody else put there, show by it.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from nightbell.audio.wav import write_wav
from nightbell.errors import SettingsError
from nightbell.flow.archive import prompts_of
from nightbell.flow.model import Words
from nightbell.flow.signoff import recording_of
from nightbell.speech.joining import speakable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nightbell.audio.frame import Samples
    from nightbell.flow.model import Flow, Prompt

__all__ = ["State", "Takes", "Target", "targets_of"]

State: TypeAlias = Literal["missing", "changed", "unchecked", "good"]
_FILE: Final = "takes.json"


@dataclass(frozen=True, slots=True)
class Target:
    """One recording that a flow can use."""

    name: str
    """The file's name in ``prompts/``, without .wav."""
    words: str
    language: str
    """"" for the flow's first language."""
    must_hear: bool


def targets_of(flow: Flow) -> tuple[Target, ...]:
    """Return every recording that a flow can use: whole prompts, and the pieces between what only a call knows."""
    return tuple(target for prompt in prompts_of(flow) for target in _of_prompt(prompt))


def _of_prompt(prompt: Prompt) -> Iterator[Target]:
    for language, parts in (("", prompt.parts), *prompt.others):
        name = recording_of(prompt.name, language)
        pieces = [part.text.strip() for part in parts if isinstance(part, Words)]
        if len(pieces) == len(parts):
            yield Target(name, " ".join(pieces), language, prompt.must_hear)
            continue
        for number, words in enumerate(pieces, start=1):
            if speakable(words):
                yield Target(f"{name}.part-{number}", words.lstrip(".,;:!? "), language, prompt.must_hear)


class Takes:
    """The recordings of one clinic."""

    def __init__(self, folder: Path) -> None:
        """Take a clinic's ``prompts`` folder; it need not be there yet.

        Raises:
            SettingsError: its ``takes.json`` is damaged.
        """
        self._folder = folder
        self._known = _known(folder / _FILE)

    def path(self, name: str) -> Path:
        """Return where a recording is or would be."""
        return self._folder / f"{name}.wav"

    def state(self, target: Target) -> State:
        """Tell how a target stands."""
        path = self.path(target.name)
        if not path.is_file():
            return "missing"
        kept = self._known.get(target.name)
        if kept is None or kept["recording"] != _sum(path.read_bytes()):
            return "unchecked"
        return "good" if kept["words"] == _sum(target.words.encode()) else "changed"

    def keep(self, target: Target, samples: Samples) -> None:
        """Write a take that was accepted; the files appear whole or not at all.

        Raises:
            SettingsError: the folder cannot be written to.
        """
        path = self.path(target.name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_wav(path, samples)
            self._known[target.name] = {
                "words": _sum(target.words.encode()),
                "recording": _sum(path.read_bytes()),
            }
            self._write()
        except OSError as error:
            fault = f"{path} cannot be written: {error.strerror}"
            raise SettingsError(fault, hint="check the folder's rights and the disk") from error

    def _write(self) -> None:
        handle, part = tempfile.mkstemp(prefix=f".{_FILE}.", dir=self._folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dict(sorted(self._known.items())), file, indent=1)
            file.write("\n")
        Path(part).chmod(0o644)
        Path(part).replace(self._folder / _FILE)


def _known(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): {key: str(kept[key]) for key in ("words", "recording")} for name, kept in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "delete it: the recordings are then checked again"
        raise SettingsError(f"{path} is damaged", hint=hint) from error


def _sum(data: bytes) -> str:
    return sha256(data).hexdigest()
