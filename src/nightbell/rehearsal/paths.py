"""Paths: the exact way of each script through its flow, kept beside the scripts and held against in writing.

``calls/paths.txt`` has a line for each script: its name, a colon, and the moves (STEP OUTCOME) with > between.
With sound a caller may be asked again, so the way is another one; it is held without it only. Nobody writes the
file: ``nightbell rehearse --keep-paths`` does, and a change of it in a review is a change for callers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nightbell.errors import ScriptError
from nightbell.rehearsal.script import SILENT

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.rehearsal.script import Script

__all__ = ["FILE", "Moves", "read_paths", "told", "with_paths", "write_paths"]

FILE: Final = "paths.txt"
Moves = tuple[tuple[str, str], ...]
"""Steps of the compiled flow, each with the outcome by which it was left."""
_ANEW: Final = "make it anew with --keep-paths"
_HEAD: Final = "# The way of each script, in writing. Made by: nightbell rehearse FLOW --tier text --keep-paths\n"


def told(moves: Iterable[tuple[str, str]]) -> str:
    """Return moves as they are written."""
    return " > ".join(f"{step} {outcome}" for step, outcome in moves)


def read_paths(calls: Path) -> dict[str, Moves]:
    """Return the way of each script of a folder; none where nothing is kept.

    Raises:
        ScriptError: the file cannot be read, or a line of it holds no way.
    """
    path = calls / FILE
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ScriptError(f"{path} cannot be read", hint=_ANEW) from error
    ways: dict[str, Moves] = {}
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            name, _, way = line.partition(": ")
            moves = _moves(way)
            if not name or not moves:  # an empty way would be held against no call at all
                raise ScriptError(f"{path} line {number} holds no way of a script", hint=_ANEW)
            ways[name] = moves
    return ways


def with_paths(scripts: Iterable[Script], paths: Mapping[str, Moves]) -> tuple[Script, ...]:
    """Return the scripts with the way each must go, where it is kept and the script is played without sound."""
    return tuple(
        replace(script, path=paths[script.name]) if script.tier in SILENT and script.name in paths else script
        for script in scripts
    )


def write_paths(calls: Path, ways: Mapping[str, Iterable[tuple[str, str]]]) -> Path:
    """Keep the ways of these scripts; those of others stay, as long as there is such a script.

    Raises:
        ScriptError: the file cannot be read, or not written.
    """
    there = {path.stem for path in calls.glob("*.yaml")}
    kept = {name: told(way) for name, way in read_paths(calls).items() if name in there}
    kept |= {name: told(way) for name, way in ways.items()}
    kept = {name: way for name, way in kept.items() if way}
    path = calls / FILE
    try:
        path.write_text(_HEAD + "".join(f"{name}: {kept[name]}\n" for name in sorted(kept)), encoding="utf-8")
    except OSError as error:
        raise ScriptError(
            f"{path} cannot be written ({error.strerror})", hint="leave out --keep-paths, or make it writable"
        ) from error
    return path


def _moves(way: str) -> Moves:
    """Return the moves of a way; none where one of them is none."""
    pairs = [move.partition(" ") for move in way.split(" > ")]
    return tuple((step, outcome) for step, _, outcome in pairs) if all(map(all, pairs)) else ()
