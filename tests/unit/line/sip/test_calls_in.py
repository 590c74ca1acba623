"""Calls that come in, against a raw wire: each datagram is the test's own."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.line.sip.torture import SDP, request
from tests.unit.line.sip.wire import LIMIT_S, Wire, agent, answers_everything, offer, until, wire

from nightbell.errors import LineFailed, OfferRefused
from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.keys import info_key
from nightbell.line.sip.message.model import Response
from nightbell.line.sip.transaction.timers import Timers

pytestmark = pytest.mark.asyncio


def within(
    answer: Response, method: str, number: int, *, body: bytes = b"", branch: str = "", kind: str = ""
) -> bytes:
    """A request of the caller's within the dialog that an answer made."""
    name = branch or f"{method}{number}"
    replace = {"To": answer.headers.get("to"), "Call-ID": answer.call_id, "CSeq": f"{number} {method}"}
    if kind:
        replace["Content-Type"] = kind
    contact = "Contact: <sip:caller@127.0.0.1>\r\n" if method == "INVITE" and not body else ""
    return request(
        name, method if method != "INVITE" or body else "INVITE", body=body, replace=replace, extra=contact
    )


class Caller:
    """A caller on a wire, and the call that the line made of it."""

    def __init__(self, line: SipAgent, peer: Wire) -> None:
        self.line, self.wire = line, peer
        self.dialogs: asyncio.Queue[Dialog] = asyncio.Queue()
        self.faults: asyncio.Queue[LineFailed] = asyncio.Queue()
        self.invitations: asyncio.Queue[Invitation] = asyncio.Queue()

    async def take(self, invitation: Invitation) -> None:
        self.invitations.put_nowait(invitation)
        text = (
            offer()
            if invitation.offer is None
            else sdp.answer(invitation.offer, "127.0.0.1", 40_000, loopback=True)[0]
        )
        try:
            self.dialogs.put_nowait(await invitation.accept(text))
        except LineFailed as fault:
            self.faults.put_nowait(fault)

    def send(self, data: bytes) -> None:
        self.wire.send(data, self.line.address())

    def invite(self, name: str, body: bytes = SDP) -> bytes:
        contact = f"<sip:caller@127.0.0.1:{self.wire.address[1]}>"
        return request(name, "INVITE", body=body, replace={"Contact": contact})

    async def call(self, *, name: str = "call", body: bytes = SDP) -> tuple[Response, Dialog]:
        """Ring, be answered, acknowledge."""
        self.line.on_invite = self.take
        self.send(self.invite(name, body))
        answer = await self.wire.response()
        assert answer.status == 200
        self.send(within(answer, "ACK", 8))
        async with asyncio.timeout(LIMIT_S):
            return answer, await self.dialogs.get()


async def test_the_caller_hangs_up() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        caller.send(within(answer, "BYE", 9))
        assert (await peer.response(method="BYE")).status == 200
        assert await dialog.wait_ended() == "caller"
        caller.send(within(answer, "BYE", 9))
        assert (await peer.response(method="BYE", again=True)).status == 200
        caller.send(within(answer, "BYE", 10))
        assert (await peer.response(method="BYE")).status == 481


async def test_we_hang_up_and_repeat_it_until_they_agree() -> None:
    async with agent() as line, wire() as peer:
        _, dialog = await Caller(line, peer).call()
        ending = asyncio.create_task(dialog.bye())
        first, second = await peer.request("BYE"), await peer.request("BYE")
        assert first.cseq == second.cseq
        assert first.target == f"sip:caller@127.0.0.1:{peer.address[1]}"
        await ending
        assert dialog.ended == "us"
        await dialog.bye()


async def test_requests_of_ours_go_through_the_proxy_that_stayed_on_the_way() -> None:
    async with agent() as line, wire() as peer, wire() as proxy:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        route = f"<sip:127.0.0.1:{proxy.address[1]};lr>"
        way = f"Record-Route: {route}\r\nRecord-Route: <sip:192.0.2.1;lr>\r\n"
        caller.send(caller.invite("routed").replace(b"Max-Forwards", way.encode() + b"Max-Forwards"))
        answer = await peer.response()
        assert answer.headers.all("record-route") == [route, "<sip:192.0.2.1;lr>"]
        caller.send(within(answer, "ACK", 8))
        dialog = await caller.dialogs.get()
        ending = asyncio.create_task(dialog.bye())
        bye = await proxy.request("BYE")
        assert bye.headers.all("route") == [route, "<sip:192.0.2.1;lr>"]
        assert bye.target == f"sip:caller@127.0.0.1:{peer.address[1]}"
        await ending


@pytest.mark.parametrize(
    "contact", ["<sip:caller@192.0.2.77:5070>", "<sip:caller@internal.example>", "<tel:+442079460999>"]
)
async def test_a_contact_that_names_a_stranger_gets_nothing(contact: str) -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(request("elsewhere", "INVITE", replace={"Contact": contact}))
        answer = await peer.response()
        caller.send(within(answer, "ACK", 8))
        dialog = await caller.dialogs.get()
        ending = asyncio.create_task(dialog.bye())
        assert (await peer.request("BYE")).call_id == answer.call_id
        await ending


async def test_an_answer_that_is_never_acknowledged_is_hung_up() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(caller.invite("lost"))
        copies = [await peer.response(again=True) for _ in range(3)]
        assert len({copy.headers.get("to") for copy in copies}) == 1
        assert (await peer.request("BYE")).call_id == copies[0].call_id
        async with asyncio.timeout(LIMIT_S):
            assert "never acknowledged" in str(await caller.faults.get())


async def test_a_retransmitted_invite_is_one_call() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, _ = await caller.call()
        caller.send(request("call", "INVITE"))
        caller.send(request("probe"))
        assert (await peer.response(method="OPTIONS")).status == 200
        assert line.held["dialogs"] == 1
        assert answer.recipient.tag


async def test_a_late_offer_is_made_in_the_answer_and_answered_in_the_ack() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        bare = request("late", "INVITE", replace={"Content-Length": "0"}).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        caller.send(bare.replace(b"Content-Type: application/sdp\r\n", b""))
        answer = await peer.response()
        assert sdp.read(answer.text, loopback=True).payload == sdp.PCMU
        caller.send(within(answer, "ACK", 8, body=SDP))
        dialog = await caller.dialogs.get()
        assert dialog.remote_sdp == SDP.decode()


async def test_the_caller_gives_up_before_the_answer() -> None:
    gone = asyncio.Event()

    async def rings(invitation: Invitation) -> None:
        invitation.on_cancelled = gone.set
        invitation.ring()
        await invitation.wait_over()
        with pytest.raises(LineFailed):
            await invitation.accept(offer())

    async with agent() as line, wire() as peer:
        line.on_invite = rings
        peer.send(request("given-up", "INVITE"), line.address())
        while (await peer.response(final=False)).status != 180:
            pass
        peer.send(request("given-up", "CANCEL"), line.address())
        statuses = {
            (answer.cseq.method, answer.status) for answer in (await peer.response(), await peer.response())
        }
        assert statuses == {("CANCEL", 200), ("INVITE", 487)}
        async with asyncio.timeout(LIMIT_S):
            await gone.wait()
        assert line.held["dialogs"] == 0


async def test_a_call_that_is_refused_hears_why() -> None:
    async def refuses(invitation: Invitation) -> None:
        invitation.reject(486, headers=[("Retry-After", "60")])

    async with agent() as line, wire() as peer:
        line.on_invite = refuses
        peer.send(request("busy", "INVITE"), line.address())
        answer = await peer.response()
        assert (answer.status, answer.headers.get("retry-after")) == (486, "60")
        assert (await peer.response(again=True)).status == 486


@pytest.mark.parametrize("fault", [RuntimeError("a fault of ours"), OfferRefused("no codec", provider="sip")])
async def test_a_call_that_could_not_be_taken_is_refused_and_others_go_on(fault: Exception) -> None:
    async def fails(_: Invitation) -> None:
        raise fault

    async with agent() as line, wire() as peer:
        _, dialog = await Caller(line, peer).call()
        line.on_invite = fails
        peer.send(request("unlucky", "INVITE"), line.address())
        assert (await peer.response()).status == (488 if isinstance(fault, OfferRefused) else 500)
        assert dialog.ended is None


async def test_hold_and_a_change_of_codec_are_answered_and_their_copies_too() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        seen: list[sdp.Media] = []

        async def changes(text: str | None) -> str:
            assert text is not None
            ours, media = sdp.answer(text, "127.0.0.1", 40_000, loopback=True, version=2 + len(seen))
            seen.append(media)
            return ours

        dialog.on_reinvite = changes
        hold = sdp.offer("127.0.0.1", 40_000, direction="sendonly").encode()
        caller.send(within(answer, "INVITE", 9, body=hold))
        held = await peer.response()
        assert "a=recvonly" in held.text
        caller.send(within(answer, "INVITE", 9, body=hold))
        caller.send(within(answer, "ACK", 9))
        alaw = sdp.offer("127.0.0.1", 40_002, payloads=(sdp.PCMA,)).encode()
        caller.send(within(answer, "INVITE", 10, body=alaw))
        while (changed := await peer.response()).cseq.number != 10:
            assert changed.status == 200
        assert "m=audio 40000 RTP/AVP 8" in changed.text
        assert [(media.held, media.payload) for media in seen] == [(True, 0), (False, 8)]
        assert dialog.remote_sdp == alaw.decode()


async def test_a_change_right_behind_the_ack_waits_for_whoever_took_the_call() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(caller.invite("eager"))
        answer = await peer.response()
        caller.send(within(answer, "ACK", 8))
        caller.send(within(answer, "INVITE", 9, body=SDP))
        dialog = await caller.dialogs.get()
        await until(lambda: line.held["requests"] == 1)

        async def changes(text: str | None) -> str:
            return sdp.answer(text or "", "127.0.0.1", 40_000, loopback=True)[0]

        dialog.on_reinvite = changes
        assert (await peer.response()).cseq.number == 9


async def test_a_change_that_fits_nobody_leaves_the_call_as_it_was() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        caller.send(within(answer, "INVITE", 9, body=SDP))
        assert (await peer.response()).status == 488
        caller.send(within(answer, "ACK", 9, branch="INVITE9"))
        assert dialog.ended is None
        assert dialog.remote_sdp == SDP.decode()


async def test_requests_out_of_order_and_of_strangers_are_refused() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        caller.send(within(answer, "INFO", 5))
        assert (await peer.response(method="INFO")).status == 500
        forged = within(answer, "BYE", 11).replace(b"tag=3351", b"tag=other")
        caller.send(forged)
        assert (await peer.response(method="BYE")).status == 481
        assert dialog.ended is None


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/dtmf-relay", b"Signal=9\r\nDuration=160\r\n", "9"),
        ("application/dtmf-relay", b"Signal= *\r\nDuration= 160\r\n", "*"),
        ("application/dtmf-relay", b"Signal=11\r\n", "#"),
        ("application/dtmf", b"0", "0"),
        ("application/dtmf", b"77", None),
        ("application/dtmf-relay", b"Signal=flash\r\n", None),
    ],
)
async def test_a_key_that_comes_as_info_is_a_key(kind: str, body: bytes, key: str | None) -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        found: list[str | None] = []
        dialog.on_info = lambda kind, body: found.append(info_key(kind, body))
        caller.send(within(answer, "INFO", 9, body=body, kind=kind))
        assert (await peer.response(method="INFO")).status == 200
        caller.send(within(answer, "INFO", 9, body=body, kind=kind))
        assert (await peer.response(method="INFO", again=True)).status == 200
        assert found == [key]


async def test_a_line_that_takes_no_more_calls_says_so_to_options() -> None:
    async with agent() as line, wire() as peer:
        line.ready = False
        peer.send(request("ping"), line.address())
        assert (await peer.response()).status == 503


async def test_an_answer_is_repeated_no_more_when_the_caller_hangs_up_before_its_ack() -> None:
    async with agent(timers=Timers()) as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(caller.invite("hasty"))
        answer = await peer.response()
        assert line.held["transactions"] == 2
        caller.send(within(answer, "BYE", 9))
        assert (await peer.response(method="BYE")).status == 200
        assert line.held["transactions"] == 2, "the INVITE and the BYE; no answer that waits"
        async with asyncio.timeout(LIMIT_S):
            assert "hung up" in str(await caller.faults.get())


MIXED = (
    b"--x\r\nContent-Type: application/isup;version=itu-t92+\r\n"
    b"Content-Disposition: signal;handling=optional\r\n\r\n\x01\x00\x60\r\n"
    b"--x\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--x--\r\n"
)


@pytest.mark.parametrize(
    "body",
    [MIXED, b'--y\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + MIXED + b"\r\n--y--\r\n"],
    ids=["beside", "within"],
)
async def test_an_offer_among_other_parts_is_found(body: bytes) -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        line.on_invite = caller.take
        caller.send(
            request(
                "mixed",
                "INVITE",
                body=body,
                replace={"Content-Type": f'multipart/mixed; boundary="{body[2:3].decode()}"'},
            )
        )
        answer = await peer.response()
        assert sdp.read(answer.text, loopback=True).payload == sdp.PCMU
        caller.send(within(answer, "ACK", 8))
        assert "m=audio 49217" in ((await caller.dialogs.get()).remote_sdp or "")


@pytest.mark.parametrize(
    "body", [b"--x\r\n\r\n--x--", b"\x00" * 99, MIXED.replace(b"application/sdp", b"text/plain")]
)
async def test_parts_without_an_offer_are_refused(body: bytes) -> None:
    async with agent() as line, wire() as peer:
        peer.send(
            request("parts", "INVITE", body=body, replace={"Content-Type": "multipart/mixed;boundary=x"}),
            line.address(),
        )
        assert (await peer.response()).status == 415


async def test_options_say_what_is_taken() -> None:
    async with agent() as line, wire() as peer:
        peer.send(request("ping"), line.address())
        answer = await peer.response()
        assert answer.status == 200
        assert answer.headers.get("allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO"


@pytest.mark.parametrize(
    ("method", "extra", "status", "header"),
    [
        ("REFER", "", 405, ("allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO")),
        ("DANCE", "", 501, ("allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO")),
        ("INVITE", "Require: 100rel\r\n", 420, ("unsupported", "100rel")),
        ("INVITE", "Content-Encoding: gzip\r\n", 415, ("accept-encoding", "identity")),
        ("BYE", "", 481, ("content-length", "0")),
    ],
)
async def test_what_is_not_done_is_refused_by_name(
    method: str, extra: str, status: int, header: tuple[str, str]
) -> None:
    async with agent() as line, wire() as peer:
        peer.send(request("asked", method, extra=extra), line.address())
        answer = await peer.response()
        assert (answer.status, answer.headers.get(header[0])) == (status, header[1])


@pytest.mark.parametrize(("hops", "status"), [("0", 200), ("1", 200), ("256", 400), ("-1", 400), ("", 200)])
async def test_a_request_has_arrived_however_far_it_came(hops: str, status: int) -> None:
    async with agent() as line, wire() as peer:
        peer.send(request("far", replace={"Max-Forwards": hops}), line.address())
        assert (await peer.response()).status == status


async def test_no_room_is_said_before_a_call_is_read_and_to_no_call_that_is_here() -> None:
    async with agent() as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        line.stack.refuses = lambda _source: 7
        caller.send(request("flood", "INVITE"))
        refused = await peer.response()
        assert (refused.status, refused.headers.get("retry-after")) == (503, "7")
        assert line.held["ringing"] == 0
        caller.send(request("call", "INVITE"))
        caller.send(within(answer, "INVITE", 9, body=SDP))
        assert (await peer.response()).status == 488
        assert dialog.ended is None


async def test_a_full_layer_takes_nothing_new_and_lets_calls_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async with agent(timers=Timers()) as line, wire() as peer:
        caller = Caller(line, peer)
        answer, dialog = await caller.call()
        monkeypatch.setattr("nightbell.line.sip.transaction.layer.FULL", len(line.stack.layer))
        for name, method in (("new", "INVITE"), ("ping", "OPTIONS")):
            caller.send(request(name, method))
            refused = await peer.response()
            assert (refused.status, refused.headers.get("retry-after")) == (503, "5")
        caller.send(within(answer, "BYE", 9))
        assert (await peer.response(method="BYE")).status == 200
        assert dialog.ended == "caller"


async def test_a_call_that_nobody_answers_is_refused_in_time() -> None:
    async def dawdles(invitation: Invitation) -> None:
        await invitation.wait_over()

    async with agent() as line, wire() as peer:
        object.__setattr__(line.config, "answer_limit_s", 0.05)
        line.on_invite = dawdles
        peer.send(request("slow", "INVITE"), line.address())
        assert (await peer.response()).status == 480


async def test_answering_on_a_busy_line_goes_on() -> None:
    async with agent() as line, wire() as peer:
        line.on_invite = answers_everything
        for number in range(20):
            peer.send(request(f"many{number}", "INVITE"), line.address())
        found: set[str] = set()
        while len(found) < 20:
            answer = await peer.response()
            assert answer.status == 200
            found.add(answer.call_id)
