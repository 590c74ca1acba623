"""Calls that we place: against a raw wire that plays the phone, and against another agent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.line.sip.torture import request
from tests.unit.line.sip.wire import LIMIT_S, Wire, agent, answers_everything, offer, until, wire

from nightbell.errors import DialRefused, LineFailed
from nightbell.line.sip import sdp
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.digest import Account, Challenger
from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.message.model import Request
from nightbell.line.sip.message.replying import reply
from nightbell.line.sip.outbound import CallLimits, OutboundCall
from nightbell.line.sip.peer import Peer
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding
from nightbell.line.sip.trust import Trust

CLINIC = "+442079460000"
PERSON = "+442079460123"


class Phone:
    """A person's phone on a wire."""

    def __init__(self, line: SipAgent, peer: Wire) -> None:
        self.line, self.wire = line, peer
        self.peer = Peer("udp", *line.address())

    async def rung(self, *, limits: CallLimits | None = None, account: Account | None = None) -> OutboundCall:
        host, port = self.wire.address
        return await self.line.invite(
            f"sip:{PERSON}@{host}:{port}",
            offer(),
            from_number=CLINIC,
            display="Rosewood",
            limits=limits,
            account=account,
        )

    async def after(self, invite: Request) -> Request:
        """Return the next INVITE that is no copy of one."""
        while (found := await self.wire.request("INVITE")).cseq.number <= invite.cseq.number:
            pass
        return found

    def answer(self, invite: Request, status: int, *, tag: str = "phone", body: str = "", **headers: str) -> None:
        host, port = self.wire.address
        fields = [
            ("contact", f"<sip:{host}:{port}>"),
            *((key.replace("_", "-"), value) for key, value in headers.items()),
        ]
        found = reply(invite, status, self.peer, tag=tag, headers=fields, body=body.encode())
        self.wire.send(found.encode(), self.line.address())


@contextlib.asynccontextmanager
async def phone() -> AsyncIterator[Phone]:
    guard = DialGuard(numbers=frozenset({PERSON}), country="GB")
    async with agent(guard=guard) as line, wire() as peer:
        yield Phone(line, peer)


def picked_up() -> str:
    return sdp.answer(offer(), "127.0.0.1", 40_010, loopback=True)[0]


async def outcome(call: OutboundCall) -> tuple[str, int]:
    async with asyncio.timeout(LIMIT_S):
        found = await call.decided()
    return found.kind, found.status


@pytest.mark.asyncio
async def test_a_person_is_rung_answers_and_hangs_up() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        person.answer(invite, 180)
        person.answer(invite, 200, body=picked_up())
        kinds = [progress.kind async for progress in call.events()]
        assert kinds == ["ringing", "answered"]
        assert (await person.wire.request("ACK")).cseq.number == invite.cseq.number
        dialog = await call.answered()
        assert dialog.remote_sdp == picked_up()
        bye = request(
            "bye",
            "BYE",
            replace={
                "To": invite.headers.get("from"),
                "From": invite.headers.get("to") + ";tag=phone",
                "Call-ID": invite.call_id,
                "CSeq": "1 BYE",
            },
        )
        person.wire.send(bye, person.line.address())
        assert (await person.wire.response()).status == 200
        assert await dialog.wait_ended() == "caller"


@pytest.mark.asyncio
async def test_a_lost_ack_is_sent_again_for_each_copy_of_the_answer() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        for _ in range(3):
            person.answer(invite, 200, body=picked_up())
        acks = [await person.wire.request("ACK") for _ in range(3)]
        assert len({ack.encode() for ack in acks}) == 1
        assert (await outcome(call))[0] == "answered"


@pytest.mark.asyncio
async def test_a_second_phone_that_picks_up_is_acknowledged_and_hung_up() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        person.answer(invite, 200, tag="first", body=picked_up())
        person.answer(invite, 200, tag="second", body=picked_up())
        dialog = await call.answered()
        assert dialog.remote_tag == "first"
        bye = await person.wire.request("BYE")
        assert bye.recipient.tag == "second"
        assert dialog.ended is None
        assert person.line.held["dialogs"] == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "kind"),
    [(486, "busy"), (600, "busy"), (480, "no answer"), (404, "failed"), (302, "failed"), (503, "failed")],
)
async def test_a_refusal_is_told_and_a_redirection_not_followed(status: int, kind: str) -> None:
    async with phone() as person, wire() as elsewhere:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        host, port = elsewhere.address
        person.answer(invite, status, contact=f"<sip:+15551234567@{host}:{port}>")
        assert await outcome(call) == (kind, status)
        assert (await person.wire.request("ACK")).via.branch == invite.via.branch
        with pytest.raises(LineFailed):
            await call.answered()
        assert elsewhere.empty()


@pytest.mark.asyncio
async def test_ringing_ends_at_its_limit_by_cancel() -> None:
    async with phone() as person:
        call = await person.rung(limits=CallLimits(ring_s=0.05))
        invite = await person.wire.request("INVITE")
        person.answer(invite, 180)
        cancel = await person.wire.request("CANCEL")
        assert cancel.via.branch == invite.via.branch
        person.answer(cancel, 200)
        person.answer(invite, 487)
        assert await outcome(call) == ("no answer", 487)


@pytest.mark.asyncio
async def test_nothing_is_cancelled_before_a_first_answer_and_an_answer_that_crosses_is_hung_up() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        call.cancel()
        assert (await person.wire.request()).method == "INVITE"
        person.answer(invite, 200, body=picked_up())
        assert (await person.wire.request("ACK")).recipient.tag == "phone"
        assert (await person.wire.request("BYE")).recipient.tag == "phone"
        assert await outcome(call) == ("cancelled", 200)
        assert person.line.held["dialogs"] == 0


@pytest.mark.asyncio
async def test_an_answer_that_crosses_is_hung_up_though_the_trunk_asks_who_hangs_up() -> None:
    challenger = Challenger(Trust(users={"rosewood": "secret"}), clock=asyncio.get_running_loop().time)
    async with phone() as person:
        call = await person.rung(account=Account("rosewood", "secret"))
        invite = await person.wire.request("INVITE")
        call.cancel()
        person.answer(invite, 200, body=picked_up())
        bye = await person.wire.request("BYE")
        person.answer(bye, 407, proxy_authenticate=challenger.challenge("trunk")[0][1])
        while not (again := await person.wire.request("BYE")).headers.has("proxy-authorization"):
            pass
        person.answer(again, 200)
        again.headers.set("authorization", again.headers.get("proxy-authorization"))
        assert challenger.judge(again, "trunk") == "good"
        await until(lambda: not person.line.held["asked"])


@pytest.mark.asyncio
async def test_a_phone_that_answers_nothing_is_given_up() -> None:
    async with phone() as person:
        call = await person.rung()
        await person.wire.request("INVITE")
        assert await outcome(call) == ("failed", 408)


@pytest.mark.asyncio
async def test_a_phone_that_answers_no_cancel_is_given_up() -> None:
    async with phone() as person:
        call = await person.rung()
        invite = await person.wire.request("INVITE")
        person.answer(invite, 180)
        call.cancel()
        await person.wire.request("CANCEL")
        assert (await outcome(call))[0] == "cancelled"


@pytest.mark.asyncio
async def test_a_trunk_that_challenges_gets_its_digest_once() -> None:
    trust = Trust(users={"rosewood": "secret"})
    challenger = Challenger(trust, clock=asyncio.get_running_loop().time)
    async with phone() as person:
        call = await person.rung(account=Account("rosewood", "secret"))
        first = await person.wire.request("INVITE")
        person.answer(first, 407, proxy_authenticate=challenger.challenge("trunk")[0][1])
        second = await person.after(first)
        second.headers.add("authorization", second.headers.get("proxy-authorization"))
        assert challenger.judge(second, "trunk") == "good"
        person.answer(second, 407, proxy_authenticate=challenger.challenge("trunk")[0][1])
        assert await outcome(call) == ("failed", 407)


@pytest.mark.asyncio
async def test_a_proxy_and_the_trunk_behind_it_each_get_their_own() -> None:
    proxy = Challenger(Trust(users={"rosewood": "secret"}, realm="proxy"), clock=asyncio.get_running_loop().time)
    trunk = Challenger(Trust(users={"rosewood": "secret"}, realm="trunk"), clock=asyncio.get_running_loop().time)
    async with phone() as person:
        call = await person.rung(account=Account("rosewood", "secret"))
        found = await person.wire.request("INVITE")
        person.answer(found, 407, proxy_authenticate=proxy.challenge("here")[0][1])
        found = await person.after(found)
        person.answer(found, 401, www_authenticate=trunk.challenge("here")[0][1])
        found = await person.after(found)
        assert trunk.judge(found, "here") == "good"
        shown = found.headers.fields("proxy-authorization")
        found.headers.set("authorization", shown[0])
        assert (len(shown), proxy.judge(found, "here")) == (1, "good")
        # A second proxy asks under the same name for another realm: the first one's answer stays.
        second = Challenger(Trust(users={"rosewood": "secret"}, realm="more"), clock=lambda: 0.0)
        person.answer(found, 407, proxy_authenticate=second.challenge("here")[0][1])
        found = await person.after(found)
        assert len(found.headers.fields("proxy-authorization")) == 2
        person.answer(found, 407, proxy_authenticate=second.challenge("here")[0][1])
        assert await outcome(call) == ("failed", 407)


@pytest.mark.asyncio
async def test_a_change_of_media_that_is_challenged_is_offered_again_with_its_digest() -> None:
    challenger = Challenger(Trust(users={"rosewood": "secret"}), clock=asyncio.get_running_loop().time)
    async with phone() as person:
        call = await person.rung(account=Account("rosewood", "secret"))
        first = await person.wire.request("INVITE")
        person.answer(first, 200, body=picked_up())
        dialog = await call.answered()
        changing = asyncio.create_task(dialog.reinvite(offer(40_002)))
        second = await person.after(first)
        person.answer(second, 401, www_authenticate=challenger.challenge("trunk")[0][1])
        third = await person.after(second)
        assert third.recipient.tag == "phone"
        assert challenger.judge(third, "trunk") == "good"
        person.answer(third, 200, body=picked_up())
        async with asyncio.timeout(LIMIT_S):
            assert "m=audio" in await changing
            while (ack := await person.wire.request("ACK")).cseq.number != third.cseq.number:
                pass
        assert ack.headers.get("authorization") == third.headers.get("authorization")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "target",
    [
        "sip:999@127.0.0.1",
        "sip:+44999@127.0.0.1",
        "sip:112@127.0.0.1",
        "sip:9%39%39@127.0.0.1",
        "sip:116123@127.0.0.1",
        "sip:+44116123@127.0.0.1",
        "sip:988@127.0.0.1",
        "sip:00999@127.0.0.1",
        "sip:9-1-1@127.0.0.1",
        "sip:101@127.0.0.1",
        "sip:+442079460124@127.0.0.1",
        "sip:+442079460123;postd=999@127.0.0.1",
        "sip:+442079460123,,999@127.0.0.1",
        "sip:somebody@127.0.0.1",
        "tel:+442079460123",
        "sip:127.0.0.1",
        "urn:service:sos",
        "sip:+442079460123@h?Route=x",
        "sip:+19005551234@127.0.0.1",
        "",
    ],
)
async def test_whom_the_list_does_not_hold_is_never_rung(target: str) -> None:
    async with phone() as person:
        with pytest.raises(DialRefused) as refused:
            await person.line.invite(target, offer(), from_number=CLINIC)
        assert not any(digits in str(refused.value) for digits in ("999", "460", "555"))
        assert person.line.held["placed"] == 0


@pytest.mark.parametrize("number", ["999", "+44999", "112", "+442", "116123", "+44116123", "988", "+18002738255"])
def test_no_list_makes_an_emergency_or_crisis_number_one_to_ring(number: str) -> None:
    guard = DialGuard(numbers=frozenset({number}), uris=frozenset({f"sip:{number}@127.0.0.1"}), country="GB")
    with pytest.raises(DialRefused):
        guard.check(f"sip:{number}@127.0.0.1")


@pytest.mark.asyncio
async def test_a_listed_number_is_rung_however_it_is_written() -> None:
    guard = DialGuard(numbers=frozenset({PERSON}), uris=frozenset({"sip:ward@192.0.2.7"}), country="GB")
    for target in (
        "sip:+442079460123@192.0.2.1",
        "sip:02079460123@192.0.2.1:5070",
        "sip:ward@192.0.2.7;transport=tcp",
    ):
        assert guard.check(target).is_sip


@pytest.mark.asyncio
@pytest.mark.parametrize("end", ["here", "there"])
@pytest.mark.parametrize("at", ["127.0.0.1", "::1"])
async def test_two_agents_speak_and_either_hangs_up(end: str, at: str) -> None:
    socket, trust = (Binding("udp", at),), Trust(networks=(at,))
    async with agent(transports=socket, trust=trust) as line, agent(transports=socket, trust=trust) as caller:
        host, port = line.address()
        host = f"[{host}]" if ":" in host else host
        object.__setattr__(caller.config, "guard", DialGuard(uris=frozenset({f"sip:line@{host}:{port}"})))
        call = await caller.invite(f"sip:line@{host}:{port}", offer(), from_number=PERSON)
        ours = await call.answered()
        theirs = line.dialogs[0]

        async def holds(text: str | None) -> str:
            return sdp.answer(text or "", "127.0.0.1", 40_001, loopback=True)[0]

        theirs.on_reinvite = holds
        assert "a=recvonly" in await ours.reinvite(sdp.offer("127.0.0.1", 40_000, direction="sendonly"))
        await (ours if end == "here" else theirs).bye()
        assert (ours.ended, theirs.ended) == (("us", "caller") if end == "here" else ("caller", "us"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.asyncio
async def test_a_thousand_calls_leave_nothing_behind() -> None:
    # Transactions of a second or two, which a slow machine does not mistake for lost messages.
    timers = Timers(t1=0.1, t2=0.4, t4=0.2)
    async with agent(timers=timers) as line, agent(timers=timers) as caller:
        host, port = line.address()
        target = f"sip:line@{host}:{port}"
        object.__setattr__(caller.config, "guard", DialGuard(uris=frozenset({target})))
        tasks_before = len(asyncio.all_tasks())

        async def one(number: int) -> None:
            call = await caller.invite(target, offer(), from_number=PERSON)
            if number % 10 == 9:
                call.cancel()
                await call.decided()
                return
            dialog = await call.answered()
            await dialog.bye()

        for batch in range(0, 1000, 20):
            async with asyncio.timeout(60):
                await asyncio.gather(*(one(number) for number in range(batch, batch + 20)))
        await until(lambda: not any(line.held.values()) and not any(caller.held.values()), 60)
        assert len(asyncio.all_tasks()) == tasks_before
        for found in (line, caller):
            layer = found.stack.layer
            kept = (
                layer._servers,
                layer._clients,
                layer._answers,
                layer._merges,
                layer._merge_of,
                layer._branches,
            )
            assert not any(kept)
            assert layer.next_due is None
            assert not layer._armed


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.from_regex(r"\+4420794601[0-9]{2}", fullmatch=True), busy=st.booleans())
def test_no_byte_to_the_caller_holds_a_persons_number(number: str, *, busy: bool) -> None:
    asyncio.run(_overheard(number, busy=busy))


async def _overheard(number: str, *, busy: bool) -> None:
    """A caller rings while a person is rung for them; keep every byte that went to the caller."""
    async with (
        agent(guard=DialGuard(numbers=frozenset({number}), country="GB")) as line,
        wire() as caller,
        wire() as person,
    ):
        host, port = person.address

        async def escalates(invitation: Invitation) -> None:
            call = await line.invite(f"sip:{number}@{host}:{port}", offer(), from_number=CLINIC)
            invitation.ring(183, offer())
            found = await call.decided()
            if found.kind == "answered":
                await answers_everything(invitation)
            else:
                invitation.reject(480)

        line.on_invite = escalates
        caller.send(request("private", "INVITE"), line.address())
        invite = await person.request("INVITE")
        headers = [("contact", f"<sip:{number}@{host}:{port}>"), ("p-asserted-identity", f"<sip:{number}@trunk>")]
        headers += [("remote-party-id", f"<sip:{number}@trunk>"), ("diversion", f"<sip:{number}@trunk>")]
        status, body = (486, b"") if busy else (200, picked_up().encode())
        answer = reply(invite, status, Peer("udp", *line.address()), tag="t", headers=headers, body=body)
        person.send(answer.encode(), line.address())
        heard = b""
        while b"SIP/2.0 200" not in heard and b"SIP/2.0 480" not in heard:
            heard += await caller.bytes_received()
        assert number.encode() not in heard
        assert number.removeprefix("+44").encode() not in heard
        assert CLINIC.encode() in invite.encode()


@pytest.mark.asyncio
async def test_a_call_refused_by_an_untrusted_phone_begins_none_of_its_own() -> None:
    guard = DialGuard(numbers=frozenset({PERSON}), country="GB")
    async with agent(guard=guard, trust=Trust()) as line, wire() as peer:
        person = Phone(line, peer)
        call = await person.rung()
        invite = await peer.request("INVITE")
        person.answer(invite, 200, body=picked_up())
        await call.answered()
        peer.send(request("intruder", "INVITE"), line.address())
        assert (await peer.response(method="INVITE")).status == 403
