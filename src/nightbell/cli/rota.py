"""`nightbell rota`: who is on call, now and over a month; gaps, overlaps, alarms. It never prints a number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from nightbell.bootstrap.carriers import carried
from nightbell.cli.telling import cell, local
from nightbell.cli.terminal import console, emit_json, progress_console
from nightbell.document.reader import MAX_CHARACTERS
from nightbell.errors import FlowError, TermError
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.oncall.alarms import Alarm, alarms
from nightbell.oncall.ical import as_ical
from nightbell.oncall.reading.file import OncallFile, read_oncall
from nightbell.oncall.rota import Rota, on_call
from nightbell.oncall.timeline import Stretch, timeline
from nightbell.settings import load_settings
from nightbell.terms.instant import Instant

__all__ = ["rota"]

_MONTH_MS: Final = 31 * 86_400_000
_LAYERS: Final = ("layer", "who", "why")


def rota(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    at: Annotated[
        str | None, typer.Option(help="When: a time with its zone, 2026-12-24T18:00:00+00:00; now when left out.")
    ] = None,
    month: Annotated[bool, typer.Option("--month", help="Every hand-over of the next 31 days.")] = False,
    ics: Annotated[Path | None, typer.Option(help="Write these 31 days as a calendar: keys only.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the tables.")] = False,
) -> int:
    """Show who is on call, by name and never by number. 1: the rota has faults, or a gap within a day."""
    when = _when(at)
    clinic = load_flow(flow)
    found = _read(flow, clinic)
    there = found.rota
    ahead = timeline(there, when, when.plus(ms=_MONTH_MS))
    wrong = alarms(there, when, carried=carried(load_settings()))
    if ics is not None:
        ics.write_bytes(as_ical(there, clinic.clinic.name, when, when.plus(ms=_MONTH_MS), now=when))
        progress_console().print(f"{ics} has {len(ahead)} shifts.", markup=False)
    if json:
        emit_json(_as_json(there, when, ahead if month else (), wrong, found))
    else:
        _show(there, when, ahead if month else (), wrong, found)
    return 1 if found.diagnostics or wrong else 0


def _when(at: str | None) -> Instant:
    if at is None:
        return Instant.of(datetime.now(UTC))
    try:
        return Instant.parse(at)
    except TermError as error:
        raise typer.BadParameter(f"{error.message}: {error.hint}", param_hint="--at") from error


def _read(folder: Path, flow: Flow) -> OncallFile:
    path, clinic = folder / "oncall.yaml", flow.clinic
    if not path.is_file():
        raise FlowError(
            f"{path} is missing", hint="nobody is on call without it; docs/oncall.md says how to write it"
        )
    with path.open("rb") as file:
        text = file.read(MAX_CHARACTERS).decode("utf-8", errors="replace")
    return read_oncall(text, str(path), clinic.country, zone=clinic.zone, cover=clinic.cover)


def _name(rota: Rota, key: str) -> str:
    person = rota.people.get(key)
    return person.name if person is not None and person.name else key or "NOBODY"


def _show(
    rota: Rota, when: Instant, ahead: tuple[Stretch, ...], wrong: tuple[Alarm, ...], found: OncallFile
) -> None:
    zone = ZoneInfo(rota.zone)
    out = console()
    for fault in found.diagnostics:
        out.print(str(fault), markup=False)
        out.print(f"  hint: {fault.hint}", markup=False)
    out.print(f"{local(when, zone)}, {rota.zone}")
    table = Table(box=None, pad_edge=False)
    for heading in _LAYERS:
        table.add_column(heading)
    for layer in rota.layers:
        duty = on_call(rota, layer.name, when)
        table.add_row(layer.name, cell(_name(rota, duty.who)), duty.why)
    table.add_row("last resort", cell(", ".join(_name(rota, key) for key in rota.pool)) or "NOBODY", "")
    out.print(table)
    if ahead:
        out.print()
        out.print(_month(rota, ahead, zone))
    for alarm in wrong:
        out.print(f"ALARM {local(alarm.begins, zone)}: {alarm.sentence}", markup=False)


def _month(rota: Rota, ahead: tuple[Stretch, ...], zone: ZoneInfo) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("from", "until", "layer", "who", "why", "overlaps with"):
        table.add_column(heading)
    for each in sorted(ahead, key=lambda one: (one.begins, one.duty.layer)):
        duty = each.duty
        table.add_row(
            local(each.begins, zone),
            local(each.ends, zone),
            duty.layer,
            cell(_name(rota, duty.who)),
            duty.why,
            cell(", ".join(_name(rota, key) for key in duty.also)),
        )
    return table


def _as_json(
    rota: Rota, when: Instant, ahead: tuple[Stretch, ...], wrong: tuple[Alarm, ...], found: OncallFile
) -> dict[str, Any]:
    return {
        "at": str(when),
        "zone": rota.zone,
        "now": {layer.name: on_call(rota, layer.name, when).who for layer in rota.layers},
        "last_resort": list(rota.pool),
        "ahead": [
            {
                "from": str(each.begins),
                "until": str(each.ends),
                "layer": each.duty.layer,
                "who": each.duty.who,
                "why": each.duty.why,
                "overlaps_with": list(each.duty.also),
            }
            for each in ahead
        ],
        "gaps": [str(each.begins) for each in ahead if not each.duty.who],
        "alarms": [{"at": str(one.begins), "kind": one.kind, "sentence": one.sentence} for one in wrong],
        "faults": [str(fault) for fault in found.diagnostics],
    }
