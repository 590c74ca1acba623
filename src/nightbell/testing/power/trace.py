"""Trace: what strace saw processes do to the files of one folder, as operations in order.

It looks at writes, flushes and names and at nothing else. What is mapped into memory is not seen: SQLite maps only
its ``-shm``, which a start after a power loss builds anew. strace is a Debian package (scripts/peers). Linux only.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from nightbell.testing.forked import fork

__all__ = ["Op", "read_trace", "traced"]

Kind = Literal["create", "write", "truncate", "flush", "unlink", "rename", "flush_names"]

_CALLS: Final = (
    "openat,write,pwrite64,pwritev,writev,fallocate,ftruncate,truncate,fsync,fdatasync,sync_file_range,"
    "unlink,unlinkat,rename,renameat,renameat2,link,linkat"
)
_LONGEST: Final = 2_000_000
"""Bytes of one write that strace tells; more would be cut, and is an error."""
_ATTACH_S: Final = 30.0
_LINE: Final = re.compile(r"^(\d+) +(.*)$")
_RESUMED: Final = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$", re.DOTALL)
_CALL: Final = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)", re.DOTALL)
_FD: Final = re.compile(r"^(\d+|AT_FDCWD)(?:<(.*)>)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One operation on a file or a folder.

    A write may be on the disk once it began; a flush holds, once it ended, for what had ended when it began.
    """

    kind: Kind
    path: str
    """Relative to the folder; ``.`` is the folder itself."""
    began: int
    """Line of the trace on which it was begun."""
    ended: int
    offset: int = -1
    """Of a write; -1 for the end of the file. Of a truncation: the new size."""
    data: bytes = b""
    to: str = ""
    """Of a rename: the new name."""


def traced(work: Callable[[], object], into: Path, *, limit_s: float) -> int:
    """Do ``work`` in a fork with strace on it and on what it starts; return its exit status.

    Args:
        work: what is done; nothing of it is done before strace looks.
        into: the file for strace's lines.
        limit_s: how long it may take.

    Raises:
        TimeoutError: it took longer, or strace could not look.
    """
    hear, tell = os.pipe()

    def waits() -> None:
        os.close(tell)
        if not os.read(hear, 1):
            os._exit(9)
        work()

    child = fork(waits)
    os.close(hear)
    words = ["strace", "-f", "-qq", "-y", "-xx", "-s", str(_LONGEST), "-e", f"trace={_CALLS}", "-o", str(into)]
    with subprocess.Popen([*words, "-p", str(child)], stderr=subprocess.PIPE, text=True) as strace:  # noqa: S603 - ours
        end = time.monotonic() + _ATTACH_S
        while _tracer(child) == 0:
            if strace.poll() is not None or time.monotonic() > end:
                os.close(tell)
                os.waitpid(child, 0)
                told = strace.communicate()[1] if strace.poll() is not None else ""
                strace.kill()
                raise TimeoutError(f"strace does not look: {told.strip()}")
            time.sleep(0.005)
        os.write(tell, b"!")
        os.close(tell)
        try:
            strace.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            with suppress(ProcessLookupError):
                os.kill(child, 9)
            strace.terminate()
            os.waitpid(child, 0)
            raise TimeoutError(f"the scene took longer than {limit_s:g} s") from error
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _tracer(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("TracerPid:")[2].split()[0])


def read_trace(path: Path, folder: Path) -> list[Op]:
    """Return what was done under ``folder``, in the order in which it was begun.

    Raises:
        ValueError: something was done to a file there that this module cannot replay.
    """
    found = [op for began, ended, call in _calls(path) for op in _ops(call, began, ended, str(folder))]
    return sorted(found, key=lambda op: op.began)


def _calls(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield each call that ended: the line it was begun on, the line it ended on, its text."""
    waiting: dict[str, tuple[int, str]] = {}
    with path.open(encoding="latin-1") as lines:
        for number, line in enumerate(lines):
            match = _LINE.match(line.rstrip("\n"))
            assert match is not None, line[:80]
            process, text = match.groups()
            if text.startswith(("---", "+++")):
                continue
            if text.endswith("<unfinished ...>"):
                waiting[process] = number, text.removesuffix("<unfinished ...>").rstrip()
            elif (resumed := _RESUMED.match(text)) is not None:
                began, head = waiting.pop(process)
                yield began, number, head + resumed.group(2)
            else:
                yield number, number, text
    for number, text in waiting.values():
        yield number, number, f"{text}) = ?"


def _ops(text: str, began: int, ended: int, folder: str) -> Iterator[Op]:
    match = _CALL.match(text)
    if match is None or match.group(3).startswith("-"):
        return
    call, args, told = match.group(1), match.group(2).split(", "), match.group(3)
    if told == "?" and call not in {"write", "pwrite64"}:
        return  # killed in it: what it wrote may be on the disk, what it flushed tells nobody anything

    def inside(path: str) -> str:
        return os.path.relpath(path, folder) if path == folder or path.startswith(folder + "/") else ""

    makes = _READERS.get(call)
    if makes is None:
        if any(inside(_path(each)) for each in args[:1] if _FD.match(each)):
            raise ValueError(f"{call} on a file of the scene: teach the disk what it does")
        return
    for kind, path, more in makes(args, told):
        if here := inside(path):
            to = inside(str(more.pop("to", "")))
            yield Op(kind=kind, path=here, began=began, ended=ended, to=to, **more)


_Read = Iterator[tuple[Kind, str, dict[str, Any]]]
"""Kind, whole path, and what more there is of an operation."""


def _opened(args: list[str], _: str) -> _Read:
    path = _joined(args[0], _text(args[1]))
    if "O_TRUNC" in args[2]:
        yield "truncate", path, {"offset": 0}
    if "O_CREAT" in args[2]:
        yield "create", path, {}


def _written(args: list[str], told: str) -> _Read:
    data = _bytes(args[1])
    more = {"offset": int(args[3]) if args[3:] else -1, "data": data if told == "?" else data[: int(told)]}
    yield "write", _path(args[0]), more


def _truncated(args: list[str], _: str) -> _Read:
    yield "truncate", _path(args[0]), {"offset": int(args[1])}


def _flushed(args: list[str], _: str) -> _Read:
    path = _path(args[0])
    yield ("flush_names" if Path(path).is_dir() else "flush"), path, {}


def _unlinked(args: list[str], _: str) -> _Read:
    yield "unlink", _joined(args[0], _text(args[1])) if args[1:] else _text(args[0]), {}


def _renamed(args: list[str], _: str) -> _Read:
    if args[2:]:
        yield "rename", _joined(args[0], _text(args[1])), {"to": _joined(args[2], _text(args[3]))}
    else:
        yield "rename", _text(args[0]), {"to": _text(args[1])}


_READERS: Final[dict[str, Callable[[list[str], str], _Read]]] = {
    "openat": _opened,
    "write": _written,
    "pwrite64": _written,
    "ftruncate": _truncated,
    "fsync": _flushed,
    "fdatasync": _flushed,
    "unlink": _unlinked,
    "unlinkat": _unlinked,
    "rename": _renamed,
    "renameat": _renamed,
    "renameat2": _renamed,
}


def _bytes(text: str) -> bytes:
    """Return the bytes of a string that strace wrote in hexadecimal."""
    if not (text.startswith('"') and text.endswith('"')):
        raise ValueError("strace cut a write")
    return bytes.fromhex(text[1:-1].replace("\\x", ""))


def _text(text: str) -> str:
    return os.fsdecode(_bytes(text))


def _path(text: str) -> str:
    """Return the path of a descriptor, as strace writes it."""
    match = _FD.match(text)
    if match is None or match.group(2) is None:
        return ""
    told = match.group(2).removesuffix(">(deleted")
    return os.fsdecode(bytes.fromhex(told.replace("\\x", ""))) if told.startswith("\\x") else ""


def _joined(folder: str, path: str) -> str:
    return path if path.startswith("/") else f"{_path(folder)}/{path}"
