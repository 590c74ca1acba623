"""Check: what a schema cannot know of callers - unknown signs, an id twice, words that do not fit the kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nightbell.document.diagnostic import Diagnostic
from nightbell.flow.reading.text import suggestion
from nightbell.flow.wording import normal
from nightbell.rehearsal.reading import fault_at

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.document.node import Mapping as Tree
    from nightbell.rehearsal.callers.schema import CallerEntry, NegativeEntry, NegativesFile, RowFile

__all__ = ["Seen", "check_negatives", "check_row"]


@dataclass(slots=True)
class Seen:
    """What the files before had, so that nothing stands in two of them."""

    signs: frozenset[str] | None
    """The vocabulary; None where it could not be read."""
    clinics: frozenset[str]
    ids: dict[str, str] = field(default_factory=dict)
    """Id to the file it stands in."""
    words: dict[str, str] = field(default_factory=dict)
    """What is said to the id of who says it."""


def check_row(entry: RowFile, path: Path, tree: Tree, seen: Seen) -> tuple[Diagnostic, ...]:
    """Return the faults of a file of one row that fits its schema."""
    faults: list[Diagnostic] = []
    number = path.stem.removeprefix("row-").partition("-")[0].lstrip("0")
    if number != entry.row.lstrip("0"):
        hint = f'write row: "{number}", or rename the file'
        faults.append(fault_at(tree, ["row"], "NB225", f"row {entry.row!r} in file {path.name}", hint))
    faults += _clinics(entry.clinics, ["clinics"], tree, seen)
    faults += _clinics(tuple(entry.facts_at), ["facts_at"], tree, seen)
    for index, caller in enumerate(entry.callers):
        where: list[str | int] = ["callers", index]
        faults += _identity(caller, where, path.name, tree, seen)
        faults += _clinics(caller.clinics, [*where, "clinics"], tree, seen)
        faults += _clinics(tuple(caller.facts_at), [*where, "facts_at"], tree, seen)
        faults += _caller(caller, entry, where, tree, seen)
    return tuple(faults)


def check_negatives(entry: NegativesFile, tree: Tree, seen: Seen) -> tuple[Diagnostic, ...]:
    """Return the faults of a file of negatives that fits its schema."""
    faults: list[Diagnostic] = []
    group = entry.negatives
    faults += _clinics(group.clinics, ["negatives", "clinics"], tree, seen)
    for index, caller in enumerate(group.callers):
        where: list[str | int] = ["negatives", "callers", index]
        faults += _identity(caller, where, group.group, tree, seen)
        faults += _clinics(caller.clinics, [*where, "clinics"], tree, seen)
        silent = bool(caller.facts.silent if caller.facts.silent is not None else group.facts.silent)
        ways = sum((bool(caller.says.strip()), bool(caller.sound), silent, caller.hang_up is not None))
        if ways != 1:
            hint = "one of says, sound, hang_up and facts: {silent: true}"
            message = "a caller who does nothing" if not ways else "a caller who does two things at once"
            faults.append(fault_at(tree, [*where, "id"], "NB224", message, hint))
        if caller.machine and not caller.sound:
            hint = "sound: fax, or take machine away"
            faults.append(fault_at(tree, [*where, "machine"], "NB224", "a machine without a sound", hint))
    return tuple(faults)


def _identity(
    caller: CallerEntry | NegativeEntry, where: Sequence[str | int], file: str, tree: Tree, seen: Seen
) -> Iterator[Diagnostic]:
    if caller.id in seen.ids:
        message = f"{caller.id} stands in {seen.ids[caller.id]} too"
        yield fault_at(tree, [*where, "id"], "NB222", message, "every caller has an id of its own")
    seen.ids[caller.id] = file
    words = normal(caller.says)
    if words and words in seen.words and not getattr(caller, "then", ""):
        message = f"{seen.words[words]} says the same"
        yield fault_at(
            tree, [*where, "says"], "NB227", message, "say it another way: the same words test nothing new"
        )
    elif words:
        seen.words[words] = caller.id


def _caller(
    caller: CallerEntry, file: RowFile, where: Sequence[str | int], tree: Tree, seen: Seen
) -> Iterator[Diagnostic]:
    corrects = caller.kind == "correction"
    if corrects != bool(caller.then.strip()):
        message = "a correction without the words that take it back" if corrects else "then: without a correction"
        yield fault_at(tree, [*where, "kind"], "NB223", message, "kind: correction and then: go together")
    silent = caller.facts.silent if caller.facts.silent is not None else file.facts.silent
    if bool(silent) == bool(caller.says.strip()):
        message = "a silent caller with words" if silent else "a caller with nothing to say"
        yield fault_at(tree, [*where, "id"], "NB224", message, "says: or facts: {silent: true}")
    for number, sign in enumerate(caller.signs):
        if seen.signs is not None and sign not in seen.signs:
            hint = suggestion(sign, sorted(seen.signs), "signs.yaml has all of them")
            yield fault_at(tree, [*where, "signs", number], "NB221", f"there is no sign {sign!r}", hint)
    if not caller.signs and not silent and (caller.floor or file.floor).rank > 1:
        message = "a caller with nothing the matter, and a floor"
        yield fault_at(tree, [*where, "signs"], "NB228", message, "name what the caller has, or write a negative")


def _clinics(names: Sequence[str], where: Sequence[str | int], tree: Tree, seen: Seen) -> Iterator[Diagnostic]:
    for name in names:
        if name not in seen.clinics:
            known = ", ".join(sorted(seen.clinics))
            yield fault_at(tree, where, "NB226", f"there is no clinic {name!r}", f"there are: {known}")
