"""What strace writes is read as operations: who wrote, flushed and named what, and when it began and ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.testing.power.trace import Op, read_trace

HERE = Path("/scene")


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def fd(number: int, path: str) -> str:
    return f"{number}<{hexed(path)}>"


def read(tmp_path: Path, *lines: str) -> list[Op]:
    (tmp_path / "trace").write_text("".join(line + "\n" for line in lines), encoding="ascii")
    return read_trace(tmp_path / "trace", HERE)


def test_a_write_at_an_offset_and_its_flush(tmp_path: Path) -> None:
    db = fd(4, "/scene/db")
    assert read(tmp_path, f'7 pwrite64({db}, "{hexed("ab")}", 2, 512) = 2', f"7 fdatasync({db}) = 0") == [
        Op(kind="write", path="db", began=0, ended=0, offset=512, data=b"ab"),
        Op(kind="flush", path="db", began=1, ended=1),
    ]


def test_a_flush_ends_where_it_is_resumed(tmp_path: Path) -> None:
    lines = (
        f"7 fdatasync({fd(4, '/scene/db')} <unfinished ...>",
        f'8 write({fd(5, "/scene/wire")}, "{hexed("x")}", 1) = 1',
        "7 <... fdatasync resumed>) = 0",
    )
    flush, write = read(tmp_path, *lines)
    assert (flush.kind, flush.began, flush.ended) == ("flush", 0, 2)
    assert (write.path, write.offset) == ("wire", -1)


def test_of_a_process_that_was_killed_the_write_counts_and_the_flush_does_not(tmp_path: Path) -> None:
    lines = (
        f'7 pwrite64({fd(4, "/scene/db")}, "{hexed("ab")}", 2, 0 <unfinished ...>',
        f"8 fdatasync({fd(4, '/scene/db')} <unfinished ...>",
        "7 +++ killed by SIGKILL +++",
        f"9 fsync({fd(4, '/scene/db')}) = ?",
    )
    assert [op.kind for op in read(tmp_path, *lines)] == ["write"]


def test_a_short_write_wrote_so_much(tmp_path: Path) -> None:
    (op,) = read(tmp_path, f'7 write({fd(4, "/scene/db")}, "{hexed("abcd")}", 4) = 2')
    assert op.data == b"ab"


def test_what_failed_and_what_is_elsewhere_is_left_out(tmp_path: Path) -> None:
    lines = (
        f'7 unlink("{hexed("/scene/x")}") = -1 ENOENT (No such file or directory)',
        f'7 write({fd(4, "/other/db")}, "{hexed("ab")}", 2) = 2',
        f'7 write(1<{hexed("pipe:[7]")}>, "{hexed("ab")}", 2) = 2',
    )
    assert read(tmp_path, *lines) == []


def test_names_are_made_changed_and_taken_away(tmp_path: Path) -> None:
    lines = (
        f'7 openat(AT_FDCWD<{hexed("/")}>, "{hexed("/scene/a")}", O_CREAT|O_TRUNC, 0600) = {fd(3, "/scene/a")}',
        f'7 rename("{hexed("/scene/a")}", "{hexed("/scene/b")}") = 0',
        f'7 unlinkat(AT_FDCWD<{hexed("/scene")}>, "{hexed("b")}", 0) = 0',
    )
    found = read(tmp_path, *lines)
    assert [op.kind for op in found] == ["truncate", "create", "rename", "unlink"]
    assert (found[2].path, found[2].to, found[3].path) == ("a", "b", "b")


def test_a_way_to_write_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="teach the disk"):
        read(tmp_path, f"7 fallocate({fd(4, '/scene/db')}, 0, 0, 4096) = 0")
