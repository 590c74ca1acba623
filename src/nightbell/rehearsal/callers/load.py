"""Load: the files of callers become a Company, or every fault of all of them at once with file, line and column.

``flows/shared/callers`` holds what all clinics share, ``flows/<clinic>/callers`` what one clinic has beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.errors import CallersError
from nightbell.rehearsal.callers.check import Seen, check_negatives, check_row
from nightbell.rehearsal.callers.person import Company, Facts, Person, Sign
from nightbell.rehearsal.callers.schema import (
    AnswersFile,
    CallerEntry,
    FactsEntry,
    NegativeEntry,
    NegativesFile,
    NegativesGroup,
    RowFile,
    SignsFile,
)
from nightbell.rehearsal.reading import Entry, read_entry

__all__ = ["load_company"]

_SHARED: Final = Path("shared") / "callers"
_SIGNS: Final = "signs.yaml"
_ANSWERS: Final = "answers.yaml"
_Model = TypeVar("_Model", SignsFile, AnswersFile)


def load_company(flows: Path) -> Company:
    """Load everybody who rings the clinics of a project.

    Args:
        flows: the folder of the flows, with ``shared/callers`` in it.

    Raises:
        CallersError: ``diagnostics`` holds every fault of every file.
    """
    shared = flows / _SHARED
    faults: list[Diagnostic] = []
    signs = _read(shared / _SIGNS, SignsFile, faults)
    known = frozenset(signs.signs) if signs is not None else None
    answers = _read(shared / _ANSWERS, AnswersFile, faults) if (shared / _ANSWERS).is_file() else None
    clinics = tuple(sorted(path.name for path in flows.iterdir() if path.is_dir() and path != shared.parent))
    seen = Seen(signs=known, clinics=frozenset(clinics))
    people: list[Person] = []
    for folder, own in _folders(flows):
        for path in sorted(folder.glob("row-*.yaml")):
            people += _row(path, own, seen, faults)
        for path in sorted(folder.glob("negative-*.yaml")):
            people += _negatives(path, (own,) if own else clinics, seen, faults)
    if not people and not faults:
        faults.append(Diagnostic(Place(str(shared)), "NB120", "there is no caller", "write row-01.yaml"))
    if faults:
        ordered = in_order(faults)
        count = f"{len(ordered)} fault{'s' if len(ordered) != 1 else ''}"
        raise CallersError(
            f"callers do not load: {count}", diagnostics=ordered, hint=f"see {shared / 'README.md'}"
        )
    return Company(
        signs=tuple(
            Sign(name=name, means=sign.means, rows=sign.rows)
            for name, sign in (signs.signs.items() if signs is not None else ())
        ),
        people=tuple(people),
        answers=tuple(answers.answers.items()) if answers is not None else (),
    )


def _folders(flows: Path) -> Iterator[tuple[Path, str]]:
    """Yield each folder of callers with the clinic that it belongs to, "" for all of them."""
    yield flows / _SHARED, ""
    for folder in sorted(flows.glob("*/callers")):
        if folder != flows / _SHARED:
            yield folder, folder.parent.name


def _read(path: Path, model: type[_Model], faults: list[Diagnostic]) -> _Model | None:
    read = read_entry(path, model)
    faults += read.faults
    return read.value


def _row(path: Path, own: str, seen: Seen, faults: list[Diagnostic]) -> Iterable[Person]:
    read: Entry[RowFile] = read_entry(path, RowFile)
    faults += read.faults
    if read.value is None or read.tree is None:
        return ()
    faults += check_row(read.value, path, read.tree, seen)
    file = read.value
    return [
        _caller(file, entry, clinic, str(path))
        for entry in file.callers
        for clinic in ((own,) if own else entry.clinics or file.clinics)
    ]


def _caller(file: RowFile, entry: CallerEntry, clinic: str, path: str) -> Person:
    at_clinic = [facts[clinic] for facts in (file.facts_at, entry.facts_at) if clinic in facts]
    return Person(
        id=entry.id,
        clinic=clinic,
        file=path,
        row=file.row,
        kind=entry.kind,
        floor=entry.floor or file.floor,
        says=entry.says.strip(),
        then=entry.then.strip(),
        signs=frozenset(entry.signs),
        facts=_facts(file.facts, *at_clinic[:1], entry.facts, *at_clinic[1:]),
        voice=entry.voice or "",
    )


def _negatives(path: Path, everywhere: tuple[str, ...], seen: Seen, faults: list[Diagnostic]) -> Iterable[Person]:
    read: Entry[NegativesFile] = read_entry(path, NegativesFile)
    faults += read.faults
    if read.value is None or read.tree is None:
        return ()
    faults += check_negatives(read.value, read.tree, seen)
    group = read.value.negatives
    return [
        _negative(group, entry, clinic, str(path))
        for entry in group.callers
        for clinic in entry.clinics or group.clinics or everywhere
    ]


def _negative(group: NegativesGroup, entry: NegativeEntry, clinic: str, path: str) -> Person:
    return Person(
        id=entry.id,
        clinic=clinic,
        file=path,
        group=group.group,
        kind="negative",
        floor=entry.expect or group.expect,
        says=entry.says.strip(),
        sound=entry.sound,
        machine=entry.machine,
        facts=_facts(group.facts, entry.facts),
        voice=entry.voice or "",
        may_page=group.may_page if entry.may_page is None else entry.may_page,
        hangs_up=entry.hang_up or "",
    )


def _facts(*entries: FactsEntry) -> Facts:
    """Merge facts key by key, the later over the earlier."""
    found: dict[str, object] = {}
    history: dict[str, int | str] = {}
    for entry in entries:
        given: Mapping[str, object] = entry.model_dump(exclude_none=True, exclude={"history"})
        found |= given
        if entry.history is not None:
            history |= entry.history.model_dump(exclude_none=True)
    return Facts(**found, history=tuple(history.items()))  # type: ignore[arg-type]  # the schema's own names
