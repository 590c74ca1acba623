"""The page of safety rules: every rule has its line, and every code and file that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nightbell.cli.codes import all_entries
from nightbell.flow.lint.registry import CODES, RULES
from nightbell.flow.proof.properties import PROPERTIES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "safety-rules.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")
]


@pytest.mark.parametrize("rule", [*(f"4.{number}" for number in range(1, 15)), *(f"R{n}" for n in range(1, 37))])
def test_every_rule_is_held_by_something_that_is_named(rule: str) -> None:
    rows = [row for row in ROWS if row[0] == rule]
    assert rows
    for _, asks, codes, instead in rows:
        assert asks
        assert codes or instead, f"nothing holds {rule}: {asks}"


def test_every_code_that_is_named_exists() -> None:
    known = {entry.code for entry in all_entries()}
    unused = {"NB332"}
    assert set(re.findall(r"NB\d{3}", PAGE)) - unused <= known
    assert not unused & known


def test_every_rule_and_every_property_stands_in_the_page() -> None:
    ours = {rule.code for rule in RULES} | {rule.code for rule in PROPERTIES}
    assert ours - set(re.findall(r"NB\d{3}", PAGE)) == set()


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)`", PAGE)
    assert named
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src" / "nightbell" / name).exists(), name


def test_no_code_has_two_rules_and_none_is_a_loader_s() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes)) == len(CODES)
    assert codes == sorted(codes)
    assert all("NB300" <= code < "NB400" for code in codes)


def test_every_rule_says_where_it_comes_from_and_explains_itself() -> None:
    for rule in RULES:
        assert rule.source
        assert len(rule.about.title.split()) > 1
        assert rule.about.explanation.endswith((".", ".'"))
