"""Executor: one start of ``duty`` - its own id, its heartbeat, and taking over from those that are dead.

DBOS runs a second process with the same executor id over the same workflows (both page), and takes nothing over
from another id by itself. So every start has an id of its own and a row that it keeps fresh; whoever finds a row
that is stale, or whose process is gone, fences it first and takes its work second. A process that slept through
its lease finds itself fenced at its next write and ends: it cannot page anybody any more.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update

from nightbell.errors import Fenced
from nightbell.escalation.clock import Anchor
from nightbell.records.tables import escalations, executors
from nightbell.terms.instant import Instant

__all__ = [
    "BEAT_MS",
    "LEASE_MS",
    "Identity",
    "alive",
    "anchor_before",
    "beat",
    "identify",
    "mark_recovered",
    "sign_off",
    "sign_on",
    "take_over",
]

LEASE_MS: Final = 15_000
"""How long a process may be silent before its work is another's: long enough for a full disk to be noticed and a
slow flush to end, short enough that a D1 waits for no more than one rung."""
BEAT_MS: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this process is."""

    executor: str
    host: str
    process: str
    """Process number and when it began: a number is used again, the pair is not."""


def identify() -> Identity:
    """Return a new identity for this start."""
    return Identity(executor=uuid.uuid4().hex, host=_host(), process=f"{os.getpid()}.{_began(os.getpid())}")


def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}/{boot}"[:128]


def _began(process: int) -> str:
    """Return when a process began, in the kernel's ticks; empty when there is none."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    after = told.rpartition(")")[2].split()
    return "" if after[:1] == ["Z"] else after[19]


def anchor_before(connection: Connection, me: Identity) -> Anchor | None:
    """Return the reading of the wall that ladders under way go by; None when nothing is, or the machine is new."""
    if (
        connection.execute(select(escalations.c.id).where(escalations.c.place != "closed").limit(1)).scalar()
        is None
    ):
        return None
    row = connection.execute(
        select(executors.c.anchor_utc, executors.c.anchor_boot_ms)
        .where(executors.c.host == me.host)
        .order_by(executors.c.started_utc.desc())
        .limit(1)
    ).first()
    return None if row is None else Anchor(utc_ms=row.anchor_utc, boot_ms=row.anchor_boot_ms)


def sign_on(connection: Connection, me: Identity, anchor: Anchor, now: Instant) -> None:
    """Write this start down."""
    row = {
        "executor": me.executor,
        "clinic": "",
        "host": me.host,
        "process": me.process,
        "started_utc": now.ms,
        "seen_utc": now.ms,
        "anchor_utc": anchor.utc_ms,
        "anchor_boot_ms": anchor.boot_ms,
        "fenced": False,
        "recovered": False,
    }
    connection.execute(insert(executors), row)


def beat(connection: Connection, me: Identity, now: Instant) -> None:
    """Say that this process lives.

    Raises:
        Fenced: too late.
    """
    kept = connection.execute(
        update(executors)
        .where(executors.c.executor == me.executor, executors.c.fenced.is_(False))
        .values(seen_utc=now.ms)
    )
    if kept.rowcount != 1:
        raise Fenced("another process took this one's work over", provider="duty", hint="this process ends")


def sign_off(connection: Connection, me: Identity) -> None:
    """End in good order: nothing is written after this, and whoever is next need not wait for the lease."""
    connection.execute(update(executors).where(executors.c.executor == me.executor).values(fenced=True))


def alive(connection: Connection) -> set[str]:
    """Return the executors that were not fenced."""
    return set(connection.execute(select(executors.c.executor).where(executors.c.fenced.is_(False))).scalars())


def take_over(connection: Connection, me: Identity, now: Instant) -> list[str]:
    """Fence every other executor that is dead or silent; return those whose work is still to be taken.

    Nobody's work is taken before it is fenced in a committed transaction: call it, commit, then recover.
    """
    rows = connection.execute(
        select(executors)
        .where(executors.c.executor != me.executor, executors.c.recovered.is_(False))
        .order_by(executors.c.started_utc)
    ).mappings()
    found = [
        str(row["executor"])
        for row in list(rows)
        if row["fenced"] or _is_dead(row["host"], row["process"], me) or row["seen_utc"] < now.ms - LEASE_MS
    ]
    if found:
        connection.execute(update(executors).where(executors.c.executor.in_(found)).values(fenced=True))
    return found


def mark_recovered(connection: Connection, dead: list[str]) -> None:
    """Write down that nothing is left to take from them."""
    if dead:
        connection.execute(update(executors).where(executors.c.executor.in_(dead)).values(recovered=True))


def _is_dead(host: str, process: str, me: Identity) -> bool:
    """Tell whether a process of this machine is gone; of another machine's nothing is known but its silence."""
    if host != me.host:
        return host.partition("/")[0] == me.host.partition("/")[0]  # the same machine, started anew since
    number, _, began = process.partition(".")
    return not number.isdigit() or _began(int(number)) != began
