"""Folder: a new clinic's files, written whole or not at all.

Everything is made in a folder beside the flows under a name that no clinic can have, loaded there as a call would
load it, and moved into place by renaming. A mobile stands in oncall.yaml and in no other file.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from string import Template
from typing import Final

import phonenumbers

from nightbell.calendar.hours import DAYS, regions_of
from nightbell.cli.country import Site
from nightbell.cli.questions import Answers, Contact
from nightbell.errors import SettingsError
from nightbell.flow.load import load_flow

__all__ = ["write_folder"]

_SCRIPTS: Final = "calls"
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write_folder(flows: Path, clinic: str, answers: Answers) -> tuple[Path, ...]:
    """Make ``flows/clinic`` and the shared files that it uses and that are not there yet.

    Args:
        flows: the folder of flows; made if it is not there.
        clinic: the new folder's name.
        answers: what was answered.

    Returns:
        Every file that was written.

    Raises:
        FlowError: the flow has faults, as with shared files that somebody changed; nothing was written.
        SettingsError: the folder is there, or nothing can be written.
    """
    refuse_existing(flows, clinic)
    made = not flows.exists()
    try:
        flows.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=flows) as name:
            return _move(_make(Path(name), flows, clinic, answers), flows, clinic)
    except OSError as error:
        hint = "choose another folder with --flows"
        raise SettingsError(f"{flows} cannot be written ({error.strerror})", hint=hint) from error
    finally:
        if made and flows.is_dir() and not any(flows.iterdir()):
            flows.rmdir()


def refuse_existing(flows: Path, clinic: str) -> None:
    """Raise SettingsError if the clinic's folder is there: what somebody wrote is never written over."""
    if (flows / clinic).exists():
        raise SettingsError(f"{flows / clinic} is there already", hint="choose another name, or move it away")


def _make(room: Path, flows: Path, clinic: str, answers: Answers) -> Path:
    """Write everything into a room of its own, load it, and return the room."""
    with as_file(files("nightbell.cli") / "starter") as starter:
        values = _values(clinic, answers)
        folder = room / clinic
        (folder / _SCRIPTS).mkdir(parents=True)
        for source in sorted((starter / _SCRIPTS).glob("*.yaml")):
            _fill(source, folder / _SCRIPTS / source.name, values)
        for name in ("clinic.yaml", "flow.yaml", "oncall.yaml"):
            _fill(starter / name, folder / name, values)
        if answers.deputy is None:
            solo = (starter / "solo.yaml").read_text(encoding="utf-8")
            with (folder / "flow.yaml").open("a", encoding="utf-8") as flow:
                flow.write(solo)
        shared = room / "shared"
        shutil.copytree(starter / "shared", shared)
    if (flows / "shared").is_dir():
        shutil.copytree(flows / "shared", shared, dirs_exist_ok=True)  # what is there already stays as it is
    load_flow(folder, shared)
    return room


def _move(room: Path, flows: Path, clinic: str) -> tuple[Path, ...]:
    """Move what is new into place; the clinic's folder last, so that it is never there without what it uses."""
    (flows / "shared").mkdir(exist_ok=True)
    written = []
    for source in sorted((room / "shared").glob("*.yaml")):
        target = flows / "shared" / source.name
        if not target.exists():
            source.replace(target)
            written.append(target)
    (room / clinic).replace(flows / clinic)
    return (*sorted((flows / clinic).rglob("*.yaml")), *written)


def _fill(source: Path, target: Path, values: Mapping[str, str]) -> None:
    target.write_text(Template(source.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")


def _values(clinic: str, answers: Answers) -> dict[str, str]:
    country = answers.site.country
    example = phonenumbers.example_number_for_type(country.code, phonenumbers.PhoneNumberType.MOBILE)
    caller = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164) if example else None
    return {
        "clinic": clinic,
        "plain_title": answers.title,
        "title": _quoted(answers.title),
        "country": country.code,
        "region": _region(answers.site),
        "zone": answers.site.zone,
        "number": _quoted(answers.site.number.e164),
        "emergency": _quoted(country.emergency),
        "emergency_department": _quoted(answers.emergency_department),
        "eye_unit": _quoted(answers.eye_unit),
        "cover": "solo" if answers.deputy is None else "full",
        "hours": "\n".join(
            f"  {day}: [{', '.join(_quoted(span) for span in answers.hours.get(day, ()))}]" for day in DAYS
        ),
        "crisis_line": _spoken(country.crisis) or "the crisis line",
        "people": "\n".join(_people(answers)),
        "caller": _quoted(caller) if caller else "null",
    }


def _region(site: Site) -> str:
    known = regions_of(site.country.code)
    if site.region:
        return f"region: {site.region}"
    if known:
        return f"# region: {known[0]}     # parts of {site.country.name} have holidays of their own"
    return "# No part of the country has holidays of its own."


def _people(answers: Answers) -> Iterator[str]:
    yield _person("first", answers.mobile, "Owner")
    if answers.deputy is not None:
        yield _person("deputy", answers.deputy, "Deputy")


def _person(key: str, contact: Contact, otherwise: str) -> str:
    name = _quoted(contact.name or otherwise)
    return f"  {key}: {{name: {name}, role: clinician, mobile: {_quoted(contact.number.e164)}}}"


def _spoken(digits: str) -> str:
    """Return a number as it is said, in groups of three, so that it can be written down."""
    words = [_DIGITS[int(digit)] for digit in digits]
    return ", ".join(" ".join(words[place : place + 3]) for place in range(0, len(words), 3))


def _quoted(text: str) -> str:
    """Return a double-quoted YAML text: JSON's are."""
    return json.dumps(text, ensure_ascii=False)
