"""The doctor: what this machine has, what is missing or broken, and the line that mends it.

It looks and changes nothing (a file is written to the data folder and removed again, to know that it can be).
What a clinic's line cannot do without is `required`; the rest is told and no more.
"""

from __future__ import annotations

import ctypes.util
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel

from nightbell.errors import ModelMissing
from nightbell.settings import Settings
from nightbell.settings_channels import ChannelsSettings
from nightbell.setup.digest import Fault
from nightbell.setup.manifest import WHEEL_MODELS, WheelModel
from nightbell.setup.vosk_model import FOLDER, examine_vosk
from nightbell.setup.wheels import examine_wheel

__all__ = ["Finding", "examine", "examine_models"]

State = Literal["good", "missing", "broken", "low"]

LEAST_PYTHON: Final = (3, 11)
LEAST_DISK: Final = 200_000_000
"""Bytes. Below this the records of a night may not fit: two channels of 8 kHz mu-law are 58 MB an hour."""
GOOD_DISK: Final = 2_000_000_000
"""Bytes. Below this, said but not held against the machine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    mend: str = ""
    """The line to type, or what to do; empty when good."""
    required: bool = True

    @property
    def held_against(self) -> bool:
        """Whether the line cannot work with this."""
        return self.required and self.state in {"missing", "broken"}


def examine(settings: Settings) -> list[Finding]:
    """Look at everything, reading every byte of the models (about a second)."""
    return [
        _python(),
        *examine_models(settings.models_dir, thorough=True),
        _data_folder(settings.data_dir),
        _disk(settings.data_dir),
        *_carriers(settings.channels),
        _program("espeak-ng", "second voice", "apt-get install espeak-ng"),
        _library("portaudio", "microphone and loudspeaker", "apt-get install libportaudio2"),
        _program("npm", "second source of the Vosk model, at set-up only", "apt-get install npm"),
    ]


def examine_models(models_dir: Path, *, thorough: bool) -> list[Finding]:
    """Look at the speech models; with `thorough` off, at presence, size and time of their files only."""
    return [_vosk(models_dir, thorough=thorough), *(_wheel(model, thorough=thorough) for model in WHEEL_MODELS)]


def _python() -> Finding:
    good = sys.version_info >= LEAST_PYTHON
    mend = "" if good else "apt-get install python3 python3-venv, 3.11 or newer"
    return Finding("Python", "good" if good else "broken", platform.python_version(), mend)


def _vosk(models_dir: Path, *, thorough: bool) -> Finding:
    try:
        found = examine_vosk(models_dir, thorough=thorough)
    except ModelMissing as fault:
        return Finding("Vosk recogniser", "missing", fault.message, "nightbell setup")
    if found:
        return Finding("Vosk recogniser", "broken", _list(found), "nightbell setup")
    return Finding("Vosk recogniser", "good", str(models_dir / FOLDER))


def _wheel(model: WheelModel, *, thorough: bool) -> Finding:
    try:
        found = examine_wheel(model, thorough=thorough)
    except ModelMissing as fault:
        return Finding(model.name, "missing", fault.message, fault.hint)
    if found:
        return Finding(model.name, "broken", _list(found), f"pip install --force-reinstall {model.package}")
    return Finding(model.name, "good", f"in the package {model.package}")


def _list(found: list[Fault]) -> str:
    return "; ".join(str(fault) for fault in found)


def _data_folder(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"written")
            file.flush()
    except OSError as fault:
        return Finding(
            "Data folder",
            "broken",
            f"{folder} cannot be written: {fault.strerror}",
            "set NIGHTBELL_DATA to a folder that can be written",
        )
    return Finding("Data folder", "good", str(folder))


def _disk(folder: Path) -> Finding:
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    state: State = "good" if free >= GOOD_DISK else "low" if free >= LEAST_DISK else "broken"
    mend = "" if state == "good" else f"free some space on the disk of {place}"
    return Finding("Disk", state, f"{free / 1e9:.1f} GB free", mend)


def _carriers(settings: ChannelsSettings) -> list[Finding]:
    """Tell who carries messages; a carrier that is set up and whose secret cannot be read is held against us."""
    return [_carrier(name, getattr(settings, name)) for name in ChannelsSettings.model_fields]


def _carrier(name: str, table: BaseModel | None) -> Finding:
    if table is None:
        mend = f"set [channels.{name}] in nightbell.toml"
        return Finding(
            f"Carrier {name}", "missing", "optional: messages beside the telephone", mend, required=False
        )
    for key, value in table:
        if key.endswith("_file") and value is not None and not os.access(value, os.R_OK):
            mend = "its first line is the secret; the service reads it"
            return Finding(f"Carrier {name}", "broken", f"{key} of [channels.{name}] cannot be read", mend)
    return Finding(f"Carrier {name}", "good", "is set up")


def _program(name: str, use: str, mend: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, "missing", f"optional: {use}", mend, required=False)
    return Finding(name, "good", f"{path}: {use}", required=False)


def _library(name: str, use: str, mend: str) -> Finding:
    found = ctypes.util.find_library(name)
    if found is None:
        return Finding(name, "missing", f"optional: {use}", mend, required=False)
    return Finding(name, "good", f"{found}: {use}", required=False)
