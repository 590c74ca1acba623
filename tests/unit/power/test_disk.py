"""What a disk may keep when the power goes: what was flushed for certain, the rest perhaps, in part or not."""

from __future__ import annotations

from typing import Any

import pytest

from nightbell.testing.power.disk import Disk
from nightbell.testing.power.trace import Op


def ops(*told: tuple[str, dict[str, Any]]) -> list[Op]:
    """Return operations on one file, one after the other."""
    return [
        Op(kind=kind, began=2 * n, ended=2 * n + 1, **({"path": "f"} | more))  # type: ignore[arg-type]
        for n, (kind, more) in enumerate(told, start=1)
    ]


def write(data: bytes, offset: int = -1) -> tuple[str, dict[str, Any]]:
    return "write", {"data": data, "offset": offset}


FLUSH: tuple[str, dict[str, Any]] = ("flush", {})
CREATE: tuple[str, dict[str, Any]] = ("create", {})
NAMES: tuple[str, dict[str, Any]] = ("flush_names", {"path": "."})


def left(disk: Disk, at: int = 0) -> list[bytes | None]:
    """Return what the file may hold when the power goes at a moment or later."""
    return [state.files.get("f") for state in disk.prefixes() if state.at >= at]


def test_what_was_flushed_stays_and_what_was_not_may_go() -> None:
    disk = Disk({"f": b"a"}, ops(write(b"b"), FLUSH, write(b"c")), group="f")
    assert left(disk) == [b"a", b"ab", b"abc"]
    assert left(disk, at=5) == [b"ab", b"abc"]


def test_a_flush_holds_only_for_what_had_ended_when_it_began() -> None:
    late = Op(kind="write", path="f", began=3, ended=9, offset=0, data=b"b")
    flush = Op(kind="flush", path="f", began=4, ended=5)
    assert left(Disk({"f": b"a"}, [late, flush], group="f"), at=9) == [b"a", b"b"]


def test_each_file_keeps_a_beginning_of_its_own() -> None:
    both = [
        Op(kind="write", path="f", began=2, ended=3, offset=0, data=b"1"),
        Op(kind="write", path="f-wal", began=4, ended=5, offset=0, data=b"2"),
    ]
    states = {
        tuple(sorted(state.files.items())) for state in Disk({"f": b"", "f-wal": b""}, both, group="f").prefixes()
    }
    assert states == {(("f", f), ("f-wal", wal)) for f in (b"", b"1") for wal in (b"", b"2")}


def test_a_name_goes_unless_its_folder_was_flushed_though_the_file_was() -> None:
    disk = Disk({}, ops(CREATE, write(b"a"), FLUSH), group="f")
    assert left(disk, at=7) == [None, b"a"]
    assert left(Disk({}, ops(CREATE, write(b"a"), FLUSH, NAMES), group="f"), at=9) == [b"a"]


def test_a_name_that_was_taken_away_may_be_back() -> None:
    disk = Disk({"f": b"a"}, ops(("unlink", {}), CREATE, write(b"b"), FLUSH, NAMES), group="f")
    assert left(disk, at=9) == [b"a", None, b"b"]
    assert left(disk, at=11) == [b"b"]


def test_a_rename_carries_what_is_in_the_file() -> None:
    disk = Disk({"f": b"a"}, ops(write(b"b"), FLUSH, ("rename", {"to": "f2"})), group="f")
    assert [dict(state.files) for state in disk.prefixes() if state.at >= 5] == [{"f": b"ab"}, {"f2": b"ab"}]


def test_a_truncation_is_one_more_thing_to_be_lost() -> None:
    disk = Disk({"f": b"abc"}, ops(("truncate", {"offset": 1}), write(b"z", 2)), group="f")
    assert left(disk) == [b"abc", b"a", b"a\0z"]


def test_what_was_not_flushed_may_be_torn_by_sectors_and_what_was_flushed_is_not() -> None:
    disk = Disk({"f": b""}, ops(write(b"s" * 1024), FLUSH, write(b"t" * 2048)), group="f")
    torn = [state.files["f"] for state in disk.torn(1, 200) if state.at >= 5]
    assert all(data.startswith(b"s" * 1024) for data in torn)
    assert any(b"t" in data and b"\0" in data for data in torn), "nothing was torn"
    assert all(
        data[n : n + 512] in {b"s" * 512, b"t" * 512, bytes(512)}
        for data in torn
        for n in range(0, len(data), 512)
    )


def test_the_same_seed_tears_alike() -> None:
    disk = Disk({"f": b""}, ops(write(b"t" * 8192), write(b"u" * 8192)), group="f")
    assert list(disk.torn(7, 20)) == list(disk.torn(7, 20))


def test_a_disk_on_which_nothing_is_flushed_asks_for_a_sample() -> None:
    many = [Op(kind="write", path=path, began=2 * n, ended=2 * n + 1, offset=n, data=b"x")
            for n in range(1, 400) for path in ("f", "f-wal")]  # fmt: skip
    with pytest.raises(ValueError, match="sample"):
        list(Disk({"f": b"", "f-wal": b""}, many, group="f").prefixes())
