"""Peers that do what RFC 3261 lets them, and seldom anybody does; and some that do what it does not."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from tests.peers.telephone import engine_at
from tests.unit.line.sip.test_calls_in import Caller, within
from tests.unit.line.sip.test_calls_out import CLINIC, PERSON, outcome, phone, picked_up
from tests.unit.line.sip.torture import SDP, request
from tests.unit.line.sip.wire import LIMIT_S, agent, answers_everything, until, wire

from nightbell.errors import OfferRefused
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.packet import header
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.message.uri import Uri
from nightbell.line.sip.peer import Peer, Transport
from nightbell.line.sip.sound import Sound
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

pytestmark = pytest.mark.asyncio


async def test_a_bye_before_the_answer_ends_a_call_that_rings() -> None:
    async def rings(invitation: Invitation) -> None:
        invitation.ring()
        await invitation.wait_over()

    async with agent() as line, wire() as peer:
        line.on_invite = rings
        peer.send(request("early", "INVITE"), line.address())
        while (ringing := await peer.response(final=False)).status != 180:
            pass
        stranger = within(ringing, "BYE", 9, branch="stranger").replace(b"tag=3351", b"tag=other")
        peer.send(stranger, line.address())
        assert (await peer.response(method="BYE")).status == 481
        peer.send(within(ringing, "BYE", 9), line.address())
        ended = {(found.cseq.method, found.status) for found in (await peer.response(), await peer.response())}
        assert ended == {("BYE", 200), ("INVITE", 487)}
        await until(lambda: not line.held["ringing"])


async def test_a_change_of_media_that_overtakes_the_ack_of_the_call_is_answered() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(caller.invite("overtaken"))
        answer = await peer.response()
        caller.send(within(answer, "INVITE", 9, body=SDP))
        await until(lambda: line.held["requests"] == 1)
        caller.send(within(answer, "ACK", 8))
        dialog = await caller.dialogs.get()

        async def changes(text: str | None) -> str:
            return sdp.answer(text or "", "127.0.0.1", 40_000, loopback=True)[0]

        dialog.on_reinvite = changes
        changed = await peer.response()
        assert (changed.status, changed.cseq.number) == (200, 9)
        caller.send(within(answer, "ACK", 9))
        caller.send(within(answer, "INVITE", 10, body=SDP))
        while (changed := await peer.response()).cseq.number != 10:
            pass
        assert changed.status == 200


async def test_what_is_asked_of_proxies_refuses_no_call() -> None:
    async with agent() as line, wire() as peer:
        line.on_invite = answers_everything
        peer.send(request("private", "INVITE", extra="Proxy-Require: privacy\r\n"), line.address())
        assert (await peer.response()).status == 200


async def test_who_said_before_picking_up_what_they_hear_with_need_not_say_it_again() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        person.answer(invite, 183, tag="other", body=picked_up().replace("40010", "40012"))
        person.answer(invite, 183, body=picked_up())
        person.answer(invite, 180)
        person.answer(invite, 200)
        assert (await outcome(call))[0] == "answered"
        assert (await call.answered()).remote_sdp == picked_up()


async def test_who_picks_up_with_a_contact_that_nobody_can_read_is_on_the_line() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        fields = [("contact", "<sip:no body@127.0.0.1:0>")]
        found = reply(invite, 200, person.peer, tag="phone", headers=fields, body=picked_up().encode())
        person.wire.send(found.encode(), person.line.address())
        assert (await person.wire.request("ACK")).target == invite.target
        assert (await outcome(call))[0] == "answered"


@pytest.mark.parametrize(
    ("contact", "port"),
    [("sip:192.0.2.1;transport=tls", 5061), ("sips:192.0.2.1", 5061), ("sip:192.0.2.1:5071", 5071)],
)
async def test_over_tls_nobody_is_sought_at_the_port_of_plain_sip(contact: str, port: int) -> None:
    gone = Peer("tls", "192.0.2.1", 40_000, 7)
    dialog = Dialog(
        SipAgent(AgentConfig(trust=Trust(networks=("192.0.2.1",)))),
        call_id="c", local="<sip:a@b>;tag=1", remote="<sip:c@d>;tag=2", target=contact, peer=gone,
    )  # fmt: skip
    assert dialog.next_hop() == Peer("tls", "192.0.2.1", port)


@pytest.mark.parametrize(
    ("came", "contact", "to"),
    [
        (Peer("tcp", "192.0.2.1", 40_000, 7), "sip:inner.example:5070", Peer("tcp", "192.0.2.1", 5070)),
        (Peer("tcp", "192.0.2.1", 40_000, 7), "sip:inner.example", Peer("tcp", "192.0.2.1", 5060)),
        (Peer("tcp", "192.0.2.1", 5066), "sip:inner.example:5070", Peer("tcp", "192.0.2.1", 5066)),
        (Peer("udp", "192.0.2.1", 40_000), "sip:inner.example:5070", Peer("udp", "192.0.2.1", 40_000)),
    ],
)
async def test_who_closed_the_connection_of_a_call_is_sought_where_they_listen(
    came: Peer, contact: str, to: Peer
) -> None:
    ours = SipAgent(AgentConfig())
    dialog = Dialog(
        ours, call_id="c", local="<sip:a@b>;tag=1", remote="<sip:c@d>;tag=2", target=contact, peer=came
    )
    assert dialog.next_hop() == to


@pytest.mark.parametrize(("bound", "found"), [("127.0.0.1", "192.0.2.7"), ("::1", "2001:db8::7")])
async def test_a_name_with_addresses_of_both_families_is_reached_by_the_one_that_we_have(
    bound: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def both(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("2001:db8::7", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("192.0.2.7", port)),
        ]

    async with agent(transports=(Binding("udp", bound),)) as line:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
        assert await line.find(Uri.parse("sip:trunk.example")) == Peer("udp", found, 5060)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_line_on_every_address_of_ipv6_hears_ipv4_too(transport: Transport) -> None:
    engine = RtpEngine(PortRange("::", 37_000 + os.getpid() % 40 * 20, 37_999), media_timeout_s=5)
    lines: asyncio.Queue[SipLine] = asyncio.Queue()

    async def picks_up(invitation: Invitation) -> None:
        lines.put_nowait(line := SipLine(invitation, engine))
        await line.answer()

    async with (
        agent(transports=(Binding("udp", "::"), Binding("tcp", "::"))) as ours,
        agent() as theirs,
        wire() as sound,
    ):
        ours.on_invite = picks_up
        _, port = ours.address(transport)
        target = f"sip:{CLINIC}@127.0.0.1:{port};transport={transport}"
        object.__setattr__(theirs.config, "guard", DialGuard(numbers=frozenset({CLINIC}), country="GB"))
        theirs.stack.transports._local.setdefault(transport, ("127.0.0.1", 5060))
        call = await theirs.invite(target, sdp.offer(*sound.address), from_number=PERSON)
        dialog = await call.answered()
        there = sdp.read(dialog.remote_sdp or "", loopback=True)
        assert there.host == "127.0.0.1"
        line = await lines.get()
        assert len(await sound.bytes_received()) == 172
        sound.send(header(101, 1, 160, 9) + b"\x09\x0a\x00\xa0", (there.host, there.port))
        async with asyncio.timeout(LIMIT_S):
            keys = await anext(tick.keys async for tick in line.ticks() if tick.keys)
            assert keys == ("9",)
            await line.hang_up()
            assert await dialog.wait_ended() == "caller"
    engine.close()


async def test_sound_to_a_family_that_we_have_no_socket_of_is_refused() -> None:
    sound = Sound(engine_at(36_000), "127.0.0.1", loopback=True)
    try:
        with pytest.raises(OfferRefused):
            sound.answer(sdp.offer("2001:db8::7", 40_000))
        assert sound.leg is None
    finally:
        sound.close()
