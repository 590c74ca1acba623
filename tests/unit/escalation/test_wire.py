"""The socket between duty and the line: what each end makes of what it is told, and of what it is not told."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nightbell.errors import EscalationError, LineFailed
from nightbell.escalation.exchange import Exchange
from nightbell.escalation.far_telephone import FarTelephone
from nightbell.escalation.port import Accept, How, Ring, RingBackOutcome, RingOutcome
from nightbell.escalation.wire import LINE_BYTES, order_line, order_of

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(30)]

RING = Ring(
    page="c:1/1.1.anna",
    escalation="c:1",
    call="c",
    clinic="rosewood",
    number="+447700900701",
    whisper="Rosewood: urgent.",
    pin="4711",
    ring_ms=5000,
)


@dataclass
class Telephone:
    """Rings nobody: presses what a test says, and keeps what came of it."""

    presses: How | None = "connect"
    outcome: RingOutcome = "taken"
    rings: list[Ring] = field(default_factory=list)
    backs: list[tuple[str, str, str]] = field(default_factory=list)
    won: list[bool] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    rang: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    hold: bool = False

    async def ring(self, ring: Ring, accept: Accept) -> RingOutcome:
        self.rings.append(ring)
        self.rang.set()
        try:
            if self.hold:
                await asyncio.Event().wait()
            if self.presses is not None:
                self.won.append(await accept(self.presses))
        except LineFailed as error:
            self.unwritten.append(error.message)
            raise
        except BaseException:
            self.stopped.set()
            raise
        return self.outcome

    async def ring_back(self, call: str, number: str, *, reason: str) -> RingBackOutcome:
        self.backs.append((call, number, reason))
        return "reached"


@asynccontextmanager
async def joined(tmp_path: Path, telephone: Telephone) -> AsyncIterator[FarTelephone]:
    at = tmp_path / "pages.sock"
    async with Exchange(at, telephone):
        yield FarTelephone(at)


async def accepts(how: How) -> bool:
    return how == "connect"


async def never(how: How) -> bool:
    raise AssertionError(how)


async def test_a_key_is_written_down_before_it_counts_and_the_outcome_comes_back(tmp_path: Path) -> None:
    telephone, asked = Telephone(), list[How]()

    async def accept(how: How) -> bool:
        assert not telephone.won, "nobody is told before it is durable"
        asked.append(how)
        return True

    async with joined(tmp_path, telephone) as far:
        assert await far.ring(RING, accept) == "taken"
    assert (telephone.rings, asked, telephone.won) == ([RING], ["connect"], [True])


async def test_who_comes_second_is_told_so(tmp_path: Path) -> None:
    telephone = Telephone(presses="ring_back", outcome="no_answer")
    async with joined(tmp_path, telephone) as far:
        assert await far.ring(RING, accepts) == "no_answer"
    assert telephone.won == [False]


async def test_a_caller_is_rung_back(tmp_path: Path) -> None:
    telephone = Telephone()
    async with joined(tmp_path, telephone) as far:
        assert await far.ring_back("c", "+447700900101", reason="dropped") == "reached"
    assert telephone.backs == [("c", "+447700900101", "dropped")]


async def test_duty_that_lets_go_stops_the_ringing(tmp_path: Path) -> None:
    telephone = Telephone(hold=True)
    async with joined(tmp_path, telephone) as far:
        ringing = asyncio.create_task(far.ring(RING, never))
        await telephone.rang.wait()
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        async with asyncio.timeout(5):
            await telephone.stopped.wait()


async def test_a_line_that_is_not_there_or_dies_has_failed(tmp_path: Path) -> None:
    assert await FarTelephone(tmp_path / "none.sock").ring(RING, never) == "failed"
    assert await FarTelephone(tmp_path / "none.sock").ring_back("c", "+447700900101", reason="missed") == "failed"
    telephone = Telephone(hold=True)
    async with joined(tmp_path, telephone) as far:
        ringing = asyncio.create_task(far.ring(RING, never))
        await telephone.rang.wait()
    async with asyncio.timeout(5):
        assert await ringing == "failed"


async def test_a_key_that_could_not_be_written_down_is_not_won_and_the_fault_is_dutys(tmp_path: Path) -> None:
    telephone = Telephone()

    async def unknown(how: How) -> bool:
        raise EscalationError("no such escalation")

    async with joined(tmp_path, telephone) as far:
        with pytest.raises(EscalationError):
            await far.ring(RING, unknown)
        async with asyncio.timeout(5):
            while not telephone.unwritten:  # noqa: ASYNC110 - the other end's
                await asyncio.sleep(0.01)
    assert (telephone.won, telephone.unwritten) == ([], ["a key was not written down"])


async def test_a_key_accepted_after_the_line_gave_up_hurts_nobody(tmp_path: Path) -> None:
    telephone, slow = Telephone(), asyncio.Event()
    at = tmp_path / "pages.sock"

    async def late(how: How) -> bool:
        slow.set()
        await telephone.stopped.wait()
        return True

    async with Exchange(at, telephone):
        ringing = asyncio.create_task(FarTelephone(at).ring(RING, late))
        await slow.wait()
    async with asyncio.timeout(5):
        assert await ringing == "failed", "the log has it; the ladder is told by that, not by this"


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n",
        b"[1]\n",
        b'{"do":"ring"',
        b'{"do":"ring"}\n',
        b'{"do":"open the door"}\n',
        json.dumps(order_line(RING) | {"ring_ms": -1}).encode() + b"\n",
        json.dumps(order_line(RING) | {"number": 7}).encode() + b"\n",
        json.dumps({"do": "ring_back", "call": "c", "number": "+4477", "reason": "bored"}).encode() + b"\n",
        b"x" * (LINE_BYTES * 3) + b"\n",
        b"",
    ],
    ids=["no json", "no object", "half a line", "holes", "unknown", "count", "type", "reason", "long", "nothing"],
)
async def test_what_is_no_order_rings_nobody_and_the_next_one_is_taken(tmp_path: Path, line: bytes) -> None:
    telephone = Telephone()
    async with joined(tmp_path, telephone) as far:
        reader, writer = await asyncio.open_unix_connection(str(far.at))
        writer.write(line)
        writer.write_eof()
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        assert telephone.rings == []
        assert await far.ring(RING, accepts) == "taken"


@pytest.mark.parametrize("answer", [b"{}\n", b"no\n", b'{"outcome":"perhaps"}\n', b'{"pressed":"5"}\n', b'{"outc'])
async def test_what_is_no_answer_has_failed(tmp_path: Path, answer: bytes) -> None:
    at = tmp_path / "pages.sock"

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(served, str(at)):
        assert await FarTelephone(at).ring(RING, never) == "failed"


async def test_the_socket_is_this_users_alone_and_an_order_shows_no_number(tmp_path: Path) -> None:
    async with joined(tmp_path, Telephone()) as far:
        assert stat.S_IMODE(far.at.stat().st_mode) == 0o600
    assert not far.at.exists()
    assert order_of(order_line(RING)) == RING
    assert "900701" not in repr(RING)
    assert "4711" not in repr(RING)
