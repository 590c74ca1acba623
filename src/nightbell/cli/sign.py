"""`nightbell sign`: put a name to a flow's wording, or show what of it is unsigned, changed or expired."""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nightbell.cli.checking import examine
from nightbell.cli.signature import recording_sums, signed_in, today_at
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import FlowError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.flow.signoff import FILE, Standing, compare, signoff_to_text
from nightbell.flow.signoff import sign as signed_by
from nightbell.settings import load_settings

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.flow.signoff import Spoken

__all__ = ["sign"]

_REVIEW_DAYS: Final = 365
"""A wording is looked at again after a year unless the signature says otherwise."""


def sign(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    by: Annotated[str, typer.Option(help="Who approves every word of it.")] = "",
    role: Annotated[str, typer.Option(help="What entitles them, such as clinical lead.")] = "",
    review_by: Annotated[str, typer.Option(help="Last day it holds, YYYY-MM-DD; a year from today.")] = "",
    show: Annotated[bool, typer.Option("--show", help="Sign nothing; list what is unsigned or changed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Sign the wording of a flow that passes `nightbell check`; 0 signed, 1 it is not, 2 usage."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    if not show and not by.strip():
        typer.echo('Who signs? Give --by "NAME", or --show to see what is to be signed.', err=True)
        return 2
    loaded = load_flow(flow)
    today = today_at(loaded)
    if show:
        standing = compare(loaded, recording_sums(flow), signed_in(flow), today)
        _show(standing, loaded, json=json)
        return 0 if standing.good else 1
    last_day = _day(review_by, today)
    _refuse_unsound(flow)
    signed = signed_by(
        loaded, recording_sums(flow), by=by.strip(), role=role.strip(), on=today, review_by=last_day
    )
    _write(flow / FILE, signoff_to_text(signed))
    if json:
        emit_json(_as_json(compare(loaded, recording_sums(flow), signed, today), loaded))
    else:
        title = f"{by.strip()}, {role.strip()}" if role.strip() else by.strip()
        count = f"{len(signed.prompts)} prompts of {loaded.clinic.name}"
        told = f"Signed by {title}: {count}, to be reviewed by {last_day}."
        console().print(told, markup=False)
    return 0


def _day(typed: str, today: date) -> date:
    try:
        day = date.fromisoformat(typed) if typed else today + timedelta(days=_REVIEW_DAYS)
    except ValueError as error:
        raise SettingsError(f"--review-by {typed!r} is no day", hint="write it as 2027-05-31") from error
    if day <= today:
        raise SettingsError(f"--review-by {day} is not after today, {today}", hint="give a day to come")
    return day


def _refuse_unsound(folder: Path) -> None:
    """Have the whole check look at it; what stands in the signature itself is about to be written anew.

    Raises:
        FlowError: with the errors that it found.
    """
    errors = [fault for fault in examine(folder, load_settings()).errors if Path(fault.place.file).name != FILE]
    if errors:
        raise FlowError(
            f"not signed: the check finds {len(errors)} error{'s' if len(errors) != 1 else ''}",
            diagnostics=errors,
            hint="nightbell check shows them; mend them, then sign",
        )


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all."""
    try:
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except OSError as error:
        fault = f"{path} cannot be written: {error.strerror}"
        raise SettingsError(fault, hint="check the folder's rights") from error


def _show(standing: Standing, flow: Flow, *, json: bool) -> None:
    if json:
        emit_json(_as_json(standing, flow))
        return
    out, signature = console(), standing.signature
    if signature is None:
        out.print(f"Nobody has signed {flow.clinic.name}.", markup=False)
    else:
        role = f", {signature.role}" if signature.role else ""
        until = f", holds until {signature.review_by}" if signature.review_by else ""
        out.print(f"Signed by {signature.by}{role} on {signature.on}{until}.", markup=False)
    for what, spoken in (("unsigned", standing.unsigned), ("changed", standing.changed)):
        for one in spoken:
            out.print(f"{what:<9}{one.label}: {one.words}", markup=False)
    if standing.expired:
        out.print("expired: the wording is to be reviewed and signed again")
    if standing.good:
        out.print("Every word that can be said is signed.")
    elif signature is not None and standing.flow_changed:
        out.print("The flow has changed since.", style="dim")


def _as_json(standing: Standing, flow: Flow) -> dict[str, Any]:
    signature = standing.signature

    def listed(many: tuple[Spoken, ...]) -> list[dict[str, str]]:
        return [{"prompt": one.label, "words": one.words} for one in many]

    return {
        "clinic": flow.clinic.name,
        "good": standing.good,
        "signed": None
        if signature is None
        else {
            "by": signature.by,
            "role": signature.role,
            "date": str(signature.on),
            "review_by": str(signature.review_by) if signature.review_by else None,
        },
        "expired": standing.expired,
        "unsigned": listed(standing.unsigned),
        "changed": listed(standing.changed),
        "gone": [f"{prompt}.{language}" if language else prompt for prompt, language in standing.gone],
        "flow_changed": standing.flow_changed,
    }
