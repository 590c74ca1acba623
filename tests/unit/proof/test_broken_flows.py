"""Broken flows: Quayside with one fault each is refused with its code, at its line, by a call that happens."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nightbell.call.proving import prove_flow, table_for
from nightbell.cli.checking import Examined, examine
from nightbell.document.diagnostic import Diagnostic
from nightbell.flow.load import load_flow
from nightbell.flow.proof.counterexample import name_of, script_of
from nightbell.flow.proof.verdict import Violation
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast, take_written
from nightbell.settings import load_settings

BROKEN = Path(__file__).parents[2] / "flows" / "broken"
QUAYSIDE = BROKEN / "quayside"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault."""

    name: str
    sound: str
    broken: str
    code: str
    at: str
    call: bool
    needs_model: bool
    severity: str


def _edited(text: str, edit: dict[str, str], name: str) -> str:
    assert text.count(edit["find"]) == 1, f"{name}: {edit['find']!r} stands {text.count(edit['find'])} times"
    return text.replace(edit["find"], edit["with"])


def _case(entry: dict[str, Any], quayside: str) -> Case:
    sound = quayside
    for edit in entry.get("also", ()):
        sound = _edited(sound, edit, entry["name"])
    return Case(
        name=entry["name"],
        sound=sound,
        broken=_edited(sound, entry["fault"], entry["name"]),
        code=entry["code"],
        at=entry["at"],
        call=entry.get("call", False),
        needs_model=entry.get("needs") == "model",
        severity="warning" if entry.get("warning") else "error",
    )


def _cases() -> list[Case]:
    quayside = (QUAYSIDE / "flow.yaml").read_text(encoding="utf-8")
    entries = YAML(typ="safe").load((BROKEN / "cases.yaml").read_text(encoding="utf-8"))
    return [_case(entry, quayside) for entry in entries]


CASES = _cases()


def _marked(case: Case) -> Any:
    return pytest.param(case, id=case.name, marks=pytest.mark.audio if case.needs_model else ())


def _clinic(folder: Path, text: str) -> Path:
    clinic = folder / "quayside"
    shutil.copytree(QUAYSIDE, clinic)
    (clinic / "flow.yaml").write_text(text, encoding="utf-8")
    return clinic


def _examined(clinic: Path) -> Examined:
    return examine(clinic, load_settings())


def _errors(examined: Examined) -> list[Diagnostic]:
    return [found for found in examined.diagnostics if found.severity == "error"]


def test_there_are_forty_at_least_and_each_is_another() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40
    assert len({case.broken for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_the_sound_twin_passes(case: Case, tmp_path: Path) -> None:
    assert _errors(_examined(_clinic(tmp_path, case.sound))) == []


@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_the_broken_flow_is_refused_at_its_line(case: Case, tmp_path: Path) -> None:
    found = _examined(_clinic(tmp_path, case.broken)).diagnostics
    lines = case.broken.splitlines()

    told = [each for each in found if each.code == case.code and each.severity == case.severity]
    assert any(case.at in lines[each.place.line - 1] for each in told), [str(each) for each in found]
    assert all(each.hint for each in told)


@pytest.mark.parametrize("case", [_marked(case) for case in CASES if case.call])
@pytest.mark.asyncio
async def test_the_counterexample_happens(case: Case, tmp_path: Path) -> None:
    clinic = _clinic(tmp_path, case.broken)
    flow = load_flow(clinic)
    violations = [each for each in prove_flow(flow).violations if each.code == case.code]
    played = [await _played(clinic, tmp_path, each) for each in violations]

    happened = [result for result in played if result is not None]
    assert happened
    assert [str(failure) for result in happened for failure in result.failures] == []


async def _played(clinic: Path, folder: Path, shown: Violation) -> CallResult | None:
    """Play the counterexample's script; None where the walk cannot be laid down in one."""
    text = script_of(table_for(load_flow(clinic)), shown)
    if text is None:
        return None
    flow = load_flow(clinic)
    path = folder / f"{name_of(shown)}.yaml"
    path.write_text(text, encoding="utf-8")
    recordings = Recordings(folder / "no-audio")
    script = load_script(path, recordings, places_of(flow))
    (ready,), _ = cast((script,), "text", {})
    stage = Stage(flow=flow, recordings=recordings, take=take_written, folder=folder / "report")
    return await rehearse(ready, stage)
