"""Load: a clinic's folder to a checked flow. The one module of this room that reads files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.reader import MAX_CHARACTERS
from nightbell.errors import FlowError
from nightbell.flow.model import Flow
from nightbell.flow.reading.reader import Loaded, read_with_places

__all__ = ["Loaded", "Texts", "load_flow", "load_with_places", "read_texts"]

_BYTES: Final = 4 * MAX_CHARACTERS + 4
"""Most bytes read of one file: UTF-8 takes four to a character; one more is refused by the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A clinic's files as they stand on disk."""

    clinic: str
    texts: Mapping[str, str]
    """Name relative to the flows folder, ``rosewood/flow.yaml``, to its text."""
    shown: Mapping[str, str]
    """The same to the path that messages show."""
    faults: tuple[Diagnostic, ...] = ()
    """Files that cannot be read."""


def load_flow(folder: Path, shared: Path | None = None) -> Flow:
    """Load a clinic's flow, as ``load_with_places`` does."""
    return load_with_places(folder, shared).flow


def load_with_places(folder: Path, shared: Path | None = None) -> Loaded:
    """Load a clinic's flow and keep where its parts stand.

    Args:
        folder: the clinic's folder, ``flows/rosewood``.
        shared: the folder of fragments; ``shared`` beside the clinic's folder when left out.

    Raises:
        FlowError: it has faults; ``diagnostics`` holds all of them, with paths as given.
    """
    read = read_texts(folder, shared)
    try:
        return read_with_places(read.texts, read.clinic, read.shown)
    except FlowError as error:
        unread = {fault.place.file for fault in read.faults}
        known = [found for found in error.diagnostics if isinstance(found, Diagnostic)]
        faults = [*read.faults, *(found for found in known if found.place.file not in unread or found.place.line)]
        raise FlowError(error.message, diagnostics=in_order(faults), hint=error.hint) from error


def read_texts(folder: Path, shared: Path | None = None) -> Texts:
    """Read a clinic's files and the fragments beside it, without a look at what they say.

    Raises:
        FlowError: there is no such folder.
    """
    clinic = folder.resolve().name
    places = {clinic: folder, "shared": shared if shared is not None else folder / ".." / "shared"}
    if shared is None and folder.name not in {"", "..", "."}:
        places["shared"] = folder.parent / "shared"
    texts: dict[str, str] = {}
    shown: dict[str, str] = {f"{clinic}/{name}": str(folder / name) for name in ("flow.yaml", "clinic.yaml")}
    faults: list[Diagnostic] = []
    if not folder.is_dir():
        fault = Diagnostic(Place(str(folder)), "NB120", "there is no such folder", "give a clinic's folder")
        raise FlowError(f"{folder} is no folder", diagnostics=(fault,), hint="give a clinic's folder")
    for prefix, place in places.items():
        for path in sorted(place.glob("*.yaml")):
            name = f"{prefix}/{path.name}"
            shown[name] = str(path)
            try:
                texts[name] = _text(path, place)
            except (OSError, UnicodeDecodeError) as error:
                hint = "the file must be UTF-8 text that can be read, inside of its folder"
                code = "NB116" if isinstance(error, UnicodeDecodeError) else "NB120"
                faults.append(Diagnostic(Place(str(path)), code, f"cannot be read ({type(error).__name__})", hint))
    return Texts(clinic=clinic, texts=texts, shown=shown, faults=tuple(faults))


def _text(path: Path, place: Path) -> str:
    """Read one file. A link that leads out of the folder is refused."""
    if not path.resolve().is_relative_to(place.resolve()) or not path.is_file():
        raise OSError(f"{path} leads out of its folder")
    with path.open("rb") as file:
        return file.read(_BYTES).decode("utf-8")
