"""Callers: whose calls two versions are compared by. Those that were there before come as they were.

A change that makes a flow worse must not choose its own callers: a script that both have is played as OLD has it,
and so is one that NEW has no more. It reads no script but to see whether two are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nightbell.errors import ScriptError
from nightbell.rehearsal.load import find_scripts, scripts_in

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Callers", "find_callers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Files of the scripts, and how those of the two versions differ, by name."""

    before: tuple[Path, ...]
    """OLD's, and those given as files."""
    added: tuple[Path, ...]
    """Those that NEW alone has."""
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def differing(self) -> dict[str, tuple[str, ...]]:
        """What of the scripts is not as it was."""
        return {"changed": self.changed, "new": tuple(path.stem for path in self.added), "gone": self.gone}


def find_callers(old: Path, new: Path, names: Sequence[str]) -> Callers:
    """Find the scripts of both versions: all, or those named (by name or by path).

    Args:
        old: the clinic's folder as it is in use.
        new: the folder that is to take its place.
        names: of scripts, or their files; none for all.

    Raises:
        ScriptError: there is none, or one that was named is in neither folder.
    """
    before, after = scripts_in(old), scripts_in(new)
    if not before and not after:
        find_scripts(new, ())
    files = {Path(name).stem: Path(name) for name in names if name.endswith(".yaml")}
    wanted = {
        Path(name).stem if name.endswith(".yaml") else name for name in names
    } or before.keys() | after.keys()
    missing = sorted(str(files.get(name, name)) for name in wanted if not _there(name, before, after, files))
    if missing:
        known = ", ".join(sorted(before.keys() | after.keys()))
        raise ScriptError(f"no such call script: {', '.join(missing)}", hint=f"there are: {known or 'none'}")
    kept = {name: files.get(name) or before[name] for name in wanted if name in files or name in before}
    return Callers(
        before=tuple(kept[name] for name in sorted(kept)),
        added=tuple(after[name] for name in sorted(wanted - kept.keys())),
        changed=tuple(
            name for name in sorted(wanted & before.keys() & after.keys()) if _differ(before[name], after[name])
        ),
        gone=tuple(name for name in sorted(wanted & before.keys()) if name not in after),
    )


def _there(name: str, before: dict[str, Path], after: dict[str, Path], files: dict[str, Path]) -> bool:
    return files[name].is_file() if name in files else name in before or name in after


def _differ(one: Path, other: Path) -> bool:
    """Tell whether two scripts are not the same, or the sound of the calls that they play again."""
    return any(_bytes(one.with_suffix(end)) != _bytes(other.with_suffix(end)) for end in (".yaml", ".wav"))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
