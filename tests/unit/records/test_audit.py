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


@pytest.mark.parametrize("torn", [b'{"at": "20', b"\0" * 40 + b'd"}\n', b"\xff", b'"a word"\n'])
def test_a_line_that_was_torn_stays_and_the_chain_goes_on(chain: Path, torn: bytes) -> None:
    with chain.open("ab") as file:
        file.write(torn)
    Audit(chain).add("reloaded", NOW, {})
    Audit(chain).add("reloaded", NOW, {})
    assert verify(chain) == (8, None)
    assert torn in chain.read_bytes()


def test_a_chain_may_be_torn_twice_and_at_its_very_beginning(tmp_path: Path) -> None:
    chain = tmp_path / "audit.jsonl"
    chain.write_bytes(b'{"at"\n{"wh')
    Audit(chain).add("reloaded", NOW, {})
    assert verify(chain) == (3, None)


def test_the_very_end_may_be_torn(chain: Path) -> None:
    with chain.open("ab") as file:
        file.write(b'{"at": "20')
    assert verify(chain) == (6, None)


def test_a_torn_line_that_was_changed_or_put_in_later_shows(chain: Path) -> None:
    with chain.open("ab") as file:
        file.write(b'{"at": "20')
    Audit(chain).add("reloaded", NOW, {})
    torn = chain.read_bytes()
    chain.write_bytes(torn.replace(b'{"at": "20\n', b'{"at": "19\n'))
    assert verify(chain)[1] == 6
    lines = torn.splitlines(keepends=True)
    chain.write_bytes(b"".join([*lines[:2], b"torn\n", *lines[2:]]))
    assert verify(chain)[1] == 3
    chain.write_bytes(b"".join([*lines[:5], *lines[6:]]))
    assert verify(chain)[1] == 6


def test_a_whole_line_without_its_end_is_gone_on_from(chain: Path) -> None:
    chain.write_bytes(chain.read_bytes().rstrip(b"\n"))
    Audit(chain).add("reloaded", NOW, {})
    assert verify(chain) == (6, None)


def test_a_chain_that_takes_no_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsFailed):
        Audit(tmp_path / "file" / "audit.jsonl").add("reloaded", NOW, {})
