"""`nightbell explain`, the page of all codes, and their examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.unit.flow.lint.subjects import FILE, MEANING_FIRST, SOUNDS
from tests.unit.flow.sound import CLINIC, FILES, diagnostics

from nightbell.cli.app import main
from nightbell.cli.codes import GROUPS, all_entries, as_page, entries_of
from nightbell.document.codes import CODES
from nightbell.document.examples import Example, examples
from nightbell.errors import FlowError
from nightbell.flow.lint.registry import RULES, find_all
from nightbell.flow.lint.rule import Subject
from nightbell.flow.proof.properties import PROPERTIES
from nightbell.flow.reading.reader import read_with_places

ROOT = Path(__file__).parents[3]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *words])
    out, err = capsys.readouterr()
    return int(str(ended.value.code)), out, err


def test_a_code_is_explained_with_its_mending(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "nb130")
    assert code == 0
    assert out.startswith("NB130 An unknown state\n  The flow leads to a state that does not exist.")
    assert "Broken (harbour/flow.yaml):\n    starts_at: openin\n" in out
    assert "Mended (harbour/flow.yaml):\n    starts_at: opening\n" in out


def test_a_rule_says_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "NB340", "--json")
    told = json.loads(out)
    assert (code, told["code"], told["meanings"][0]["source"]) == (0, "NB340", "DESIGN 4.12")


@pytest.mark.parametrize(("typed", "near"), [("131x", "NB131"), ("nb1300", "NB130"), ("NB13", "NB130 or NB131")])
def test_a_code_that_is_not_known(capsys: pytest.CaptureFixture[str], typed: str, near: str) -> None:
    code, out, err = run(capsys, typed)
    assert (code, out) == (2, "")
    assert err.startswith(f"There is no code {typed!r}. Did you mean")
    assert near in err


def test_alone_it_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json")
    listed = json.loads(out)
    codes = {entry["code"] for entry in listed}
    assert code == 0
    assert codes >= {*CODES, *(rule.code for rule in RULES), *(held.code for held in PROPERTIES), "NB010", "NB420"}
    assert {entry["group"] for entry in listed} == set(GROUPS)
    _, table, _ = run(capsys)
    assert all(code in table for code in codes)


def test_every_code_in_the_source_is_explained() -> None:
    used: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r'"(NB\d{3})"', path.read_text(encoding="utf-8")))
    assert len(used) > 80
    assert sorted(code for code in used if not entries_of(code)) == []


def test_no_file_code_has_two_meanings() -> None:
    codes = [entry.code for entry in all_entries() if entry.group != "error"]
    assert sorted(codes) == sorted(set(codes))


def test_the_page_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
    assert page == as_page(all_entries()), "run scripts/make-codes"


QUAYSIDE = {
    f"quayside/{name}": (ROOT / "tests" / "flows" / "broken" / "quayside" / name).read_text(encoding="utf-8")
    for name in ("flow.yaml", "clinic.yaml")
}


def codes_of(files: dict[str, str], clinic: str) -> set[str]:
    """Return the codes of what is found in the files, at loading or by the rules."""
    try:
        loaded = read_with_places(files, clinic)
    except FlowError as error:
        return {fault.code for fault in diagnostics(error)}
    found = find_all(Subject(flow=loaded.flow, places=loaded.places, sounds=SOUNDS))
    return {fault.code for fault in found}


@pytest.mark.parametrize(("code", "example"), examples().items(), ids=list(examples()))
def test_an_example_breaks_what_it_says(code: str, example: Example) -> None:
    own = example.file in QUAYSIDE
    sound, clinic = (QUAYSIDE, "quayside") if own else ({**FILES, FILE: MEANING_FIRST}, CLINIC)
    text = sound[example.file]
    assert text.count(example.mended) == 1
    assert code in codes_of({**sound, example.file: text.replace(example.mended, example.broken)}, clinic)
    assert code not in codes_of(sound, clinic)
