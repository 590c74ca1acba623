"""Twins: each break of the sound flow is found at its mark, and the harmless change beside it is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.lint.sound import Change, found, marked

from nightbell.flow.lint.registry import RULES


def twins(kind: str) -> list[Any]:
    """Return the cases of a kind out of every file beside this one."""
    cases = []
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for number, case in enumerate(YAML(typ="safe").load(path).get(kind, ())):
            changes = tuple((change["find"], change["with"]) for change in case["changes"])
            name = f"{path.stem}-{number}-{case['code']}"
            cases.append(pytest.param(case["code"], changes, tuple(case.get("private", ())), id=name))
    return cases


def test_no_rule_finds_anything_in_the_sound_flow() -> None:
    assert [f"{one} ({one.hint})" for one in found()] == []


@pytest.mark.parametrize(("code", "changes", "private"), twins("broken"))
def test_a_break_is_found_at_its_mark(code: str, changes: tuple[Change, ...], private: tuple[str, ...]) -> None:
    there = found(*changes, private=private)
    assert marked(*changes)
    assert sorted({str(one.place) for one in there if one.code == code}) == sorted(marked(*changes))
    assert all(one.message and one.hint for one in there)


@pytest.mark.parametrize(("code", "changes", "private"), twins("sound"))
def test_the_sound_twin_is_left_alone(code: str, changes: tuple[Change, ...], private: tuple[str, ...]) -> None:
    assert marked(*changes) == []
    assert [f"{one} ({one.hint})" for one in found(*changes, private=private) if one.code == code] == []


def test_every_rule_has_both_twins() -> None:
    by_themselves = {"NB335", "NB336"}
    ours = {rule.code for rule in RULES if not "NB340" <= rule.code <= "NB346"} - by_themselves
    for kind in ("broken", "sound"):
        assert ours <= {case.values[0] for case in twins(kind)}
