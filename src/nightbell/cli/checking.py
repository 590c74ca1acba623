"""Checking: all that `nightbell check` looks at in a clinic's folder - load, rules, recordings, proof.

It shows nothing and decides no exit code. Other verbs that must not go on with an unsound flow ask it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nightbell.call.proving import table_for
from nightbell.cli.lengths import lengths_of
from nightbell.cli.signature import recording_sums, signed_in, today_at
from nightbell.cli.sounds import sounds_of
from nightbell.conversation.patients import TREATMENTS, list_in
from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.reader import MAX_CHARACTERS
from nightbell.errors import FlowError
from nightbell.flow.lint.registry import find_all
from nightbell.flow.lint.rule import Sounds, Subject
from nightbell.flow.load import Loaded, load_with_places
from nightbell.flow.model import Flow
from nightbell.flow.proof.counterexample import name_of, script_of
from nightbell.flow.proof.pointing import path_of
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.retelling import steps_of
from nightbell.flow.proof.table import Table
from nightbell.flow.proof.verdict import TOO_LARGE, Verdict, Violation
from nightbell.flow.signoff import Standing, compare
from nightbell.oncall.reading.file import OncallFile, read_oncall
from nightbell.oncall.rota import Rota
from nightbell.oncall.treatments import read_treatments
from nightbell.settings import Settings
from nightbell.speech.recorded import Recordings

__all__ = ["Examined", "Shown", "examine"]

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A violation, and the call that shows it."""

    violation: Violation
    place: Place
    name: str
    """Of its call script: the file's name, without .yaml."""
    steps: tuple[str, ...]
    """The call in words."""
    script: str | None
    """The call script; None where nobody can bring the call about at will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found."""

    flow: Flow | None
    """None where the folder does not load."""
    diagnostics: tuple[Diagnostic, ...]
    """Everything, in the order of the files."""
    verdict: Verdict | None = None
    """None where nothing was proved: it does not load, or the proof was left out."""
    shown: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not looked at, and why."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What has to be mended before the flow may take calls."""
        return tuple(found for found in self.diagnostics if found.severity == "error")

    @property
    def sound(self) -> bool:
        """Tell whether the flow loads and nothing has to be mended."""
        return self.flow is not None and not self.errors


def examine(folder: Path, settings: Settings | None = None, *, proof: bool = True) -> Examined:
    """Look at a clinic's folder.

    Args: folder: ``flows/rosewood``. settings: say where voice, models and rendered prompts are; without them all
    lengths are guessed and no word is held against the recogniser's. proof: whether to prove the flow too.
    """
    try:
        loaded = load_with_places(folder)
    except FlowError as error:
        return Examined(flow=None, diagnostics=_in(error))
    flow = loaded.flow
    lengths = {} if settings is None else lengths_of(flow, settings, folder=folder)
    sounds, note = (Sounds(), "") if settings is None else sounds_of(flow, settings)
    found = [*loaded.warnings, *_unusable(folder / "prompts")]
    oncall = _oncall(folder, flow)
    found += oncall.diagnostics
    found += _treatments(folder, flow, oncall)
    standing, faults = _standing(folder, flow)
    found += faults
    subject = Subject(
        flow=flow,
        places=loaded.places,
        lengths=lengths,
        sounds=sounds,
        recordings={path.stem: str(path) for path in sorted((folder / "prompts").rglob("*.wav"))},
        private=oncall.private,
        standing=standing,
        today=today_at(flow),
    )
    found += find_all(subject)
    notes = (note,) if note else ()
    if not proof:
        return Examined(flow=flow, diagnostics=in_order(found), notes=notes)
    table, verdict = _proved(flow, lengths)
    shown = _shown(table, verdict, loaded)
    found += [
        Diagnostic(one.place, one.violation.code, one.violation.message, one.violation.hint) for one in shown
    ]
    if verdict.too_large is not None:
        place = loaded.places.of("states")
        found.append(Diagnostic(place, TOO_LARGE, verdict.too_large.message, verdict.too_large.hint))
    return Examined(flow=flow, diagnostics=in_order(found), verdict=verdict, shown=shown, notes=notes)


def _proved(flow: Flow, lengths: Mapping[str, int]) -> tuple[Table, Verdict]:
    table = table_for(flow, lengths)
    return table, prove(table)


def _shown(table: Table, verdict: Verdict, loaded: Loaded) -> tuple[Shown, ...]:
    """Bring violations to their places; names of scripts are each given once."""
    names: set[str] = set()
    shown: list[Shown] = []
    for violation in verdict.violations:
        row, outcome = violation.blamed
        name = _free(name_of(violation)[:_LONGEST_NAME], names)
        shown.append(
            Shown(
                violation=violation,
                place=loaded.places.of(*path_of(loaded.flow, table.rows[row], outcome)),
                name=name,
                steps=steps_of(table, violation) if violation.walk else (),
                script=script_of(table, violation, name),
            )
        )
    return tuple(shown)


def _free(name: str, names: set[str]) -> str:
    number, free = 1, name
    while free in names:
        number += 1
        free = f"{name}-{number}"
    names.add(free)
    return free


def _in(error: FlowError) -> tuple[Diagnostic, ...]:
    return tuple(fault for fault in error.diagnostics if isinstance(fault, Diagnostic))


def _unusable(folder: Path) -> list[Diagnostic]:
    return [
        Diagnostic(Place(str(path)), "NB180", error.message.removeprefix(f"{path} "), error.hint)
        for path, error in Recordings(folder).faults()
    ]


def _oncall(folder: Path, flow: Flow) -> OncallFile:
    path = folder / "oncall.yaml"
    if not path.is_file():
        return OncallFile(Rota(zone=flow.clinic.zone, cover=flow.clinic.cover))
    with path.open("rb") as file:
        text = file.read(MAX_CHARACTERS).decode("utf-8", errors="replace")
    clinic = flow.clinic
    return read_oncall(text, str(path), clinic.country, zone=clinic.zone, cover=clinic.cover)


def _treatments(folder: Path, flow: Flow, oncall: OncallFile) -> tuple[Diagnostic, ...]:
    """Look at the list of treatments, where there is one."""
    path = folder / TREATMENTS
    if not path.is_file():
        return ()
    clinic = flow.clinic
    try:
        text = list_in(path)
    except OSError as error:
        hint = "it must be a file that can be read"
        return (Diagnostic(Place(str(path)), "NB731", f"cannot be read ({type(error).__name__})", hint),)
    people = {person.key for person in oncall.people}
    return read_treatments(
        text, str(path), country=clinic.country, zone=clinic.zone, today=today_at(flow), people=people
    ).diagnostics


def _standing(folder: Path, flow: Flow) -> tuple[Standing | None, tuple[Diagnostic, ...]]:
    """Hold the words against their signature; a signature that does not read holds nothing."""
    try:
        signed = signed_in(folder)
    except FlowError as error:
        return None, _in(error)
    return compare(flow, recording_sums(folder), signed, today_at(flow)), ()
