"""sipp calls the line: what a trunk or PBX may do, in order and out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.peers.sip.scenario import (
    CALLER,
    LINE,
    ack,
    agree,
    bye,
    cancel,
    description,
    expect,
    info,
    invite,
    pause,
    play,
    refusal_ack,
    scenario,
)
from tests.peers.sip.sipping import run_sipp
from tests.unit.line.sip.wire import agent, lenient, offer, until

from nightbell.errors import LineFailed
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.rtp.ports import PortRange
from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.keys import info_key
from nightbell.line.sip.line import SipLine
from nightbell.line.sip.message.model import Response
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding

pytestmark = [pytest.mark.asyncio, pytest.mark.peers("sipp")]

BOTH = (Binding("udp", "127.0.0.1"), Binding("tcp", "127.0.0.1"))
TRYING = expect(100, optional=True)
ANSWERED = (invite(), TRYING, expect(200), ack())


class House:
    """Who answers the calls, and what it noticed."""

    def __init__(self) -> None:
        self.invitations: list[Invitation] = []
        self.dialogs: list[Dialog] = []
        self.keys: list[str] = []
        self.held: list[bool] = []
        self.faults: list[str] = []
        self.sent: list[str] = []
        """Status and CSeq of every response that the line sent, repetitions too."""
        self.wait_for = 0
        """Messages that must have come before a call is answered."""
        self.line: SipAgent | None = None
        self.after: Callable[[Dialog], Awaitable[None]] | None = None

    async def take(self, invitation: Invitation) -> None:
        self.invitations.append(invitation)
        await until(lambda: self.line is None or self.line.stack.counts["received"] >= self.wait_for)
        if invitation.offer is None:
            text = offer()
        else:
            text, _ = sdp.answer(invitation.offer, "127.0.0.1", 40_000, loopback=True)
        try:
            dialog = await invitation.accept(text)
        except LineFailed as fault:
            self.faults.append(fault.message)
            return
        dialog.on_info = lambda kind, body: self.keys.append(info_key(kind, body) or "?")
        dialog.on_reinvite = self.change
        self.dialogs.append(dialog)
        if self.after is not None:
            await self.after(dialog)
        await dialog.wait_ended()

    def watch(self, line: SipAgent) -> None:
        """Note what a line sends."""
        self.line = line
        line.on_invite = self.take
        send = line.stack.transports.send

        def noted(data: bytes, peer: Peer) -> None:
            message = lenient(data)
            if isinstance(message, Response):
                self.sent.append(f"{message.status} {message.headers.get('cseq')}")
            send(data, peer)

        line.stack.transports.send = noted  # type: ignore[method-assign]

    async def change(self, text: str | None) -> str:
        ours, media = sdp.answer(text or "", "127.0.0.1", 40_000, loopback=True)
        self.held.append(media.held)
        return ours


async def play_out(
    folder: Path, *steps: str, house: House | None = None, transport: str = "u1", calls: int = 1
) -> House:
    """Let sipp go through the steps; the line must be left with no call."""
    found = house or House()
    async with agent(timers=Timers(), transports=BOTH) as line:
        found.watch(line)
        to = line.address("tcp" if transport == "t1" else "udp")
        assert await run_sipp(folder, scenario(*steps), to, transport=transport, calls=calls) == ""
        await until(lambda: not line.held["dialogs"] and not line.held["tasks"])
        assert line.stack.counts["malformed"] == 0
    return found


async def test_calls_are_answered_and_the_callers_hang_up(tmp_path: Path) -> None:
    house = await play_out(tmp_path, *ANSWERED, bye(), expect(200), calls=10)
    assert [dialog.ended for dialog in house.dialogs] == ["caller"] * 10
    assert {(invitation.caller, invitation.called) for invitation in house.invitations} == {(CALLER, LINE)}


async def test_the_line_hangs_up(tmp_path: Path) -> None:
    house = House()
    house.after = Dialog.bye
    await play_out(tmp_path, *ANSWERED, expect("BYE"), agree(), house=house)
    assert house.dialogs[0].ended == "us"


async def test_keys_come_as_info(tmp_path: Path) -> None:
    steps = [step for number, key in enumerate("19*#", 2) for step in (info(number, key), expect(200))]
    house = await play_out(tmp_path, *ANSWERED, *steps, bye(9), expect(200))
    assert house.keys == ["1", "9", "*", "#"]


async def test_the_caller_gives_up_while_it_rings(tmp_path: Path) -> None:
    async def rings(invitation: Invitation) -> None:
        invitation.ring()
        await invitation.wait_over()

    async with agent(timers=Timers()) as line:
        line.on_invite = rings
        same = "z9hG4bK-give-up-[call_number]"
        steps = (
            invite(branch=same), TRYING, expect(180), cancel(same), expect(200), expect(487),
            ack(branch=same).replace("[next_url]", f"sip:{LINE}@[remote_ip]:[remote_port]"),
        )  # fmt: skip
        assert await run_sipp(tmp_path, scenario(*steps), line.address(), calls=3) == ""
        assert line.held["dialogs"] == 0


async def test_a_retransmitted_invite_opens_one_call(tmp_path: Path) -> None:
    same = "z9hG4bK-twice-[call_number]"
    twice = invite(branch=same, retransmit=False)
    house = House()
    house.wait_for = 2
    steps = (twice, expect(100), twice, expect(200), ack(), bye(), expect(200))
    await play_out(tmp_path, *steps, house=house)
    assert len(house.invitations) == 1
    assert house.sent.count("100 1 INVITE") >= 2


async def test_a_retransmitted_bye_is_answered_again(tmp_path: Path) -> None:
    hang_up = bye(branch="z9hG4bK-bye-[call_number]", retransmit=False)
    house = await play_out(tmp_path, *ANSWERED, hang_up, expect(200), hang_up, pause(200))
    assert house.sent.count("200 2 BYE") >= 2


async def test_a_reinvite_that_comes_again_after_its_answer_changes_nothing_and_is_answered_again(
    tmp_path: Path,
) -> None:
    hold = invite(
        number=2, again=True, direction="sendonly", branch="z9hG4bK-hold-[call_number]", retransmit=False
    )
    # The copy is absorbed (RFC 6026 section 7.1): what answers it is the 200 that T1 repeats until its ACK.
    steps = (hold, TRYING, expect(200, holds="a=recvonly"), hold, pause(700), ack(2), bye(3), expect(200))
    house = await play_out(tmp_path, *ANSWERED, *steps)
    assert house.held == [True]
    assert house.sent.count("200 2 INVITE") >= 2


async def test_hold_with_a_retransmitted_reinvite_is_answered_once_and_again(tmp_path: Path) -> None:
    hold = invite(
        number=2, again=True, direction="sendonly", branch="z9hG4bK-hold-[call_number]", retransmit=False
    )
    house = await play_out(
        tmp_path, *ANSWERED, hold, hold, TRYING, expect(200, holds="a=recvonly"), ack(2),
        invite(number=3, again=True, formats="8 101"), TRYING, expect(200, holds="RTP/AVP 8 101"), ack(3),
        bye(4), expect(200),
    )  # fmt: skip
    assert house.held == [True, False]
    assert house.sent.count("200 2 INVITE") >= 1


async def test_an_ack_that_is_late_is_waited_for(tmp_path: Path) -> None:
    house = await play_out(tmp_path, invite(), TRYING, expect(200), pause(1200), ack(), bye(), expect(200))
    assert house.dialogs[0].ended == "caller"
    assert house.sent.count("200 1 INVITE") >= 2


async def test_an_ack_that_never_comes_is_a_call_that_ends(tmp_path: Path) -> None:
    house = House()
    async with agent() as line:
        line.on_invite = house.take
        steps = (invite(), TRYING, expect(200), expect("BYE"), agree())
        assert await run_sipp(tmp_path, scenario(*steps), line.address()) == ""
    assert house.faults == ["the answer was never acknowledged"]


async def test_a_late_offer_is_ours(tmp_path: Path) -> None:
    house = await play_out(
        tmp_path,
        invite(bare=True),
        TRYING,
        expect(200, holds="m=audio"),
        ack(body=description()),
        bye(),
        expect(200),
    )
    assert sdp.read(house.dialogs[0].remote_sdp or "", loopback=True).events_payload == 101


async def test_an_extension_that_is_not_known_is_420(tmp_path: Path) -> None:
    steps = (invite(extra="Require: 100rel"), TRYING, expect(420, holds="Unsupported: 100rel"), refusal_ack())
    house = await play_out(tmp_path, *steps)
    assert house.invitations == []


async def test_a_codec_that_is_not_spoken_is_488(tmp_path: Path) -> None:
    house = await play_out(tmp_path, invite(formats="18"), TRYING, expect(488), refusal_ack())
    assert house.dialogs == []


@pytest.mark.parametrize("rport", [True, False])
async def test_calls_come_over_tcp_with_and_without_rport(tmp_path: Path, *, rport: bool) -> None:
    steps = (
        invite(rport=rport), TRYING, expect(200, holds="transport=tcp"), ack(rport=rport),
        bye(rport=rport), expect(200),
    )  # fmt: skip
    house = await play_out(tmp_path, *steps, transport="t1", calls=3)
    assert [dialog.ended for dialog in house.dialogs] == ["caller"] * 3


async def test_the_line_hangs_up_over_the_callers_own_connection(tmp_path: Path) -> None:
    house = House()
    house.after = Dialog.bye
    await play_out(tmp_path, *ANSWERED, expect("BYE"), agree(), house=house, transport="t1")


async def test_calls_come_over_udp_without_rport(tmp_path: Path) -> None:
    await play_out(
        tmp_path, invite(rport=False), TRYING, expect(200), ack(rport=False), bye(rport=False), expect(200)
    )


async def test_keys_come_as_telephone_events(tmp_path: Path) -> None:
    keys: list[str] = []
    gone: list[str] = []

    async def listens(invitation: Invitation) -> None:
        call = SipLine(invitation, engine)
        await call.answer()
        async for tick in call.ticks():
            keys.extend(tick.keys)
            gone.append(tick.gone)

    async with agent(timers=Timers()) as line:
        engine = RtpEngine(PortRange("127.0.0.1", 34_000, 34_199), media_timeout_s=20)
        try:
            line.on_invite = listens
            # A phone sends voice before anybody presses a key; sipp sends it from another port than it signalled.
            voice = invite(formats="8 101"), TRYING, expect(200), ack(), play("voice")
            steps = (*voice, play("1"), play("9"), play("*"), play("#"), bye(), expect(200))
            assert await run_sipp(tmp_path, scenario(*steps), line.address()) == ""
            await until(lambda: not line.held["tasks"])
        finally:
            engine.close()
    assert keys == ["1", "9", "*", "#"]
    assert gone[-1] == "caller"
