"""The line rings sipp: a person's phone that answers, is busy, only rings, or picks up as we give up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.peers.sip.scenario import agree, answer, expect, pause, scenario
from tests.peers.sip.sipping import phone
from tests.unit.line.sip.wire import LIMIT_S, agent, offer

from nightbell.line.sip import sdp
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.outbound import CallLimits, OutboundCall, Progress
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding

pytestmark = [pytest.mark.asyncio, pytest.mark.peers("sipp")]

PERSON = "+442079460123"
GUARD = DialGuard(numbers=frozenset({PERSON}), country="GB")
BOTH = (Binding("udp", "127.0.0.1"), Binding("tcp", "127.0.0.1"))


async def outcome(call: OutboundCall) -> Progress:
    async with asyncio.timeout(LIMIT_S):
        return await call.decided()


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_a_person_answers_and_we_hang_up(tmp_path: Path, transport: str) -> None:
    steps = (
        expect("INVITE", holds="From: .Rosewood. &lt;sip:.442079460000@", lacks="Diversion"),
        answer("180 Ringing"),
        answer("200 OK", body=True, retransmit=True),
        expect("ACK"),
        expect("BYE"),
        agree(),
    )
    kind = "tcp" if transport == "t1" else "udp"
    async with (
        agent(guard=GUARD, timers=Timers(), transports=BOTH) as line,
        phone(tmp_path, scenario(*steps), transport=transport) as port,
    ):
        target = f"sip:{PERSON}@127.0.0.1:{port};transport={kind}"
        call = await line.invite(target, offer(), from_number="+442079460000", display="Rosewood")
        assert (await outcome(call)).kind == "answered"
        dialog = await call.answered()
        assert sdp.read(dialog.remote_sdp or "", loopback=True).events_payload == 101
        await dialog.bye()


async def test_a_person_hangs_up(tmp_path: Path) -> None:
    bye = """<send retrans="500"><![CDATA[
BYE [$4] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$3];tag=sipp[call_number]
To: [$2]
[last_Call-ID:]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>"""
    taken = (
        '<recv request="INVITE"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="2"/>'
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="3"/>'
        '<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="4"/></action></recv>'
    )
    steps = (taken, answer("200 OK", body=True, retransmit=True), expect("ACK"), bye, expect(200))
    async with agent(guard=GUARD, timers=Timers()) as line, phone(tmp_path, scenario(*steps)) as port:
        call = await line.invite(f"sip:{PERSON}@127.0.0.1:{port}", offer(), from_number="+442079460000")
        dialog = await call.answered()
        async with asyncio.timeout(LIMIT_S):
            assert await dialog.wait_ended() == "caller"


async def test_what_a_phone_does_not_answer_in_time_is_sent_again(tmp_path: Path) -> None:
    slow = pause(800)  # longer than T1
    steps = (
        expect("INVITE"), slow, answer("200 OK", body=True, retransmit=True), expect("ACK"),
        expect("BYE"), slow, agree(),
    )  # fmt: skip
    async with agent(guard=GUARD, timers=Timers()) as line, phone(tmp_path, scenario(*steps)) as port:
        sent, send = list[str](), line.stack.transports.send

        def noted(data: bytes, peer: Peer) -> None:
            sent.append(data.partition(b" ")[0].decode())
            send(data, peer)

        line.stack.transports.send = noted  # type: ignore[method-assign]
        call = await line.invite(f"sip:{PERSON}@127.0.0.1:{port}", offer(), from_number="+442079460000")
        await (await call.answered()).bye()
        assert list(dict.fromkeys(sent)) == ["INVITE", "ACK", "BYE"]
        assert min(sent.count("INVITE"), sent.count("BYE")) >= 2
        assert line.held["asked"] == 0


@pytest.mark.parametrize(
    ("status", "kind"), [("486 Busy Here", "busy"), ("480 Away", "no answer"), ("404 No", "failed")]
)
async def test_a_person_cannot_be_had(tmp_path: Path, status: str, kind: str) -> None:
    steps = (expect("INVITE"), answer("180 Ringing"), answer(status, retransmit=True), expect("ACK"))
    async with agent(guard=GUARD, timers=Timers()) as line, phone(tmp_path, scenario(*steps)) as port:
        call = await line.invite(f"sip:{PERSON}@127.0.0.1:{port}", offer(), from_number="+442079460000")
        found = await outcome(call)
        assert (found.kind, found.status) == (kind, int(status[:3]))


async def test_a_phone_that_only_rings_is_given_up(tmp_path: Path) -> None:
    refused = answer("487 Request Terminated", retransmit=True).replace("[last_CSeq:]", "CSeq: [$2] INVITE")
    number = '<action><ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="2"/></action>'
    steps = (
        f'<recv request="INVITE">{number}</recv>',
        answer("180 Ringing"),
        expect("CANCEL"),
        agree(),
        refused,
        expect("ACK"),
    )
    async with agent(guard=GUARD, timers=Timers()) as line, phone(tmp_path, scenario(*steps)) as port:
        target = f"sip:{PERSON}@127.0.0.1:{port}"
        call = await line.invite(target, offer(), from_number="+442079460000", limits=CallLimits(ring_s=0.3))
        assert (await outcome(call)).kind == "no answer"
