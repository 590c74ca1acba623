"""The audit chain: lines are added, and any that was touched shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nightbell.errors import RecordsFailed
from nightbell.records.audit import Audit, verify
from nightbell.terms.instant import Instant

NOW = Instant.parse("2026-11-21T22:40:00+00:00")


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "audit.jsonl"
    for number in range(5):
        Audit(path).add("draft_served", NOW.plus(ms=number), {"flow": f"hash{number}", "unsigned": number})
    return path


def test_a_chain_follows_from_its_beginning(chain: Path) -> None:
    assert verify(chain) == (5, None)
    assert '"what": "draft_served"' in chain.read_text().splitlines()[0]


@pytest.mark.parametrize("number", [0, 2, 3])
def test_a_line_that_was_changed_shows(chain: Path, number: int) -> None:
    lines = chain.read_text().splitlines()
    lines[number] = lines[number].replace('"draft_served"', '"nothing"')
    chain.write_text("\n".join(lines) + "\n")
    assert verify(chain)[1] == number + 2


def test_a_line_that_was_taken_out_or_put_in_shows(chain: Path) -> None:
    lines = chain.read_text().splitlines()
    chain.write_text("\n".join(lines[:1] + lines[2:]) + "\n")
    assert verify(chain)[1] == 2
    chain.write_text("\n".join([*lines[:2], lines[1], *lines[2:]]) + "\n")
    assert verify(chain)[1] == 3


def test_two_who_add_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: Audit(path).add("reloaded", NOW, {"n": number}), range(64)))
    assert verify(path) == (64, None)


def test_a_chain_that_takes_no_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsFailed):
        Audit(tmp_path / "file" / "audit.jsonl").add("reloaded", NOW, {})
