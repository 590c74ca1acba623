"""Who is let in: by address, by digest, or not at all."""

from __future__ import annotations

import re

import pytest
from tests.unit.line.sip.torture import request
from tests.unit.line.sip.wire import agent, wire

from nightbell.errors import SettingsError
from nightbell.line.sip.digest import Account, Challenger, answer
from nightbell.line.sip.identity import called_number, caller_number
from nightbell.line.sip.message.model import Request, Response
from nightbell.line.sip.message.reading import read
from nightbell.line.sip.trust import Trust

USERS = Trust(users={"pbx": "secret"})
ACCOUNT = Account("pbx", "secret")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(method: str = "INVITE", **headers: str) -> Request:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    found = read(request("asked", method, replace=fields))
    assert isinstance(found, Request)
    return found


def challenged(challenger: Challenger, source: str = "192.0.2.1") -> Response:
    found = Response(status=401)
    for name, value in challenger.challenge(source):
        found.headers.add(name, value)
    return found


def proof(
    challenger: Challenger, account: Account = ACCOUNT, *, count: int = 1, response: Response | None = None
) -> Request:
    found = asked()
    header = answer(account, response or challenged(challenger), found, count=count)
    assert header is not None
    found.headers.add(*header)
    return found


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("203.0.113.7", "trusted"),
        ("203.0.113.40", "nobody"),
        ("::ffff:203.0.113.7", "trusted"),
        ("2001:db8::5", "trusted"),
        ("name", "nobody"),
    ],
)
def test_an_address_is_trusted_by_its_network(host: str, kind: str) -> None:
    assert Trust(networks=("203.0.113.0/28", "2001:db8::/32")).of(host) == kind


def test_a_network_that_is_none_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsError):
        Trust(networks=("203.0.113.0/99",))


@pytest.mark.parametrize("digests", [("SHA-256",), ("SHA-256", "MD5"), ("MD5",)])
def test_a_user_who_knows_the_password_is_let_in(digests: tuple[str, ...]) -> None:
    challenger = Challenger(Trust(users=USERS.users, digests=digests), clock=Clock())
    found = proof(challenger)
    assert challenger.judge(found, "192.0.2.1") == "good"
    assert f"algorithm={digests[0]}" in found.headers.get("authorization")


@pytest.mark.parametrize(
    "account", [Account("pbx", "wrong"), Account("nobody", "secret"), Account("nobody", ""), Account("", "")]
)
def test_who_does_not_know_it_is_not(account: Account) -> None:
    challenger = Challenger(USERS, clock=Clock())
    assert challenger.judge(proof(challenger, account), "192.0.2.1") == "wrong"


def test_an_answer_that_was_heard_on_the_way_cannot_be_used_again() -> None:
    challenger = Challenger(USERS, clock=Clock())
    response = challenged(challenger)
    heard = proof(challenger, response=response)
    assert challenger.judge(heard, "192.0.2.1") == "good"
    assert challenger.judge(heard, "192.0.2.1") == "stale"
    assert challenger.judge(proof(challenger, response=response, count=2), "192.0.2.1") == "good"
    assert challenger.judge(proof(challenger, response=response, count=2), "192.0.2.1") == "stale"


def test_a_nonce_serves_its_address_and_its_time() -> None:
    clock = Clock()
    challenger = Challenger(USERS, clock=clock)
    response = challenged(challenger)
    assert challenger.judge(proof(challenger, response=response), "192.0.2.2") == "stale"
    clock.now += 121
    assert challenger.judge(proof(challenger, response=response), "192.0.2.1") == "stale"
    other = Challenger(USERS, clock=clock)
    assert challenger.judge(proof(challenger, response=challenged(other)), "192.0.2.1") == "stale"


@pytest.mark.parametrize(
    ("pattern", "by"),
    [
        (r"qop=auth, ", ""),
        (r"nc=00000001", "nc=1"),
        (r"algorithm=SHA-256", "algorithm=MD5"),
        (r'uri="[^"]*"', 'uri="sip:other@x"'),
        (r"cnonce=\"[^\"]*\"", 'cnonce=""'),
        (r'nonce="[^"]*"', 'nonce="x"'),
        (r"Digest", "Basic"),
    ],
)
def test_a_proof_that_is_changed_in_any_part_proves_nothing(pattern: str, by: str) -> None:
    challenger = Challenger(USERS, clock=Clock())
    found = proof(challenger)
    changed = re.sub(pattern, by, found.headers.get("authorization"), count=1)
    assert changed != found.headers.get("authorization")
    found.headers.set("authorization", changed)
    assert challenger.judge(found, "192.0.2.1") in {"wrong", "none"}


def test_the_stronger_challenge_is_answered_wherever_it_stands() -> None:
    challenger = Challenger(Trust(users=USERS.users, digests=("MD5", "SHA-256")), clock=Clock())
    weak_first = Response(status=401)
    for name, value in reversed(challenger.challenge("192.0.2.1")):
        weak_first.headers.add(name, value)
    found = answer(ACCOUNT, weak_first, asked())
    assert found is not None
    assert "SHA-256" in found[1]


@pytest.mark.asyncio
async def test_a_stranger_is_challenged_without_being_read_and_let_in_with_proof() -> None:
    async with agent(trust=USERS) as line, wire() as peer:
        peer.send(request("first", "INVITE"), line.address())
        refused = await peer.response()
        assert refused.status == 401
        assert len(line.stack.layer) == 0
        again = read(request("second", "INVITE", replace={"CSeq": "9 INVITE"}))
        assert isinstance(again, Request)
        header = answer(ACCOUNT, refused, again)
        assert header is not None
        again.headers.add(*header)
        peer.send(again.encode(), line.address())
        assert (await peer.response()).status == 200


@pytest.mark.asyncio
async def test_a_stranger_with_a_wrong_proof_is_challenged_again() -> None:
    async with agent(trust=USERS) as line, wire() as peer:
        peer.send(
            request("wrong", "INVITE", extra='Authorization: Digest username="pbx", realm="nightbell"\r\n'),
            line.address(),
        )
        assert (await peer.response()).status == 401
        assert line.held["ringing"] == 0


@pytest.mark.asyncio
async def test_where_nobody_is_expected_strangers_hear_nothing() -> None:
    async with agent(trust=Trust(networks=("192.0.2.0/24",))) as line, wire() as peer:
        for method in ("INVITE", "OPTIONS", "REGISTER", "BYE"):
            peer.send(request("scan", method), line.address())
        peer.send(b"\x00" * 50, line.address())
        with pytest.raises(TimeoutError):
            await peer.bytes_received(0.2)
        assert line.stack.counts["dropped"] == 5
        assert line.stack.counts["malformed"] == 0


@pytest.mark.parametrize(
    ("headers", "trusted", "number"),
    [
        ({"From": "<sip:02079460999@trunk>;tag=1"}, True, "+442079460999"),
        ({"From": "<sip:+442079460999@trunk>;tag=1"}, False, "+442079460999"),
        (
            {"From": "<sip:+442079460999@trunk>;tag=1", "P-Asserted-Identity": "<tel:+442079460888>"},
            True,
            "+442079460888",
        ),
        (
            {"From": "<sip:+442079460999@trunk>;tag=1", "P-Asserted-Identity": "<tel:+442079460888>"},
            False,
            "+442079460999",
        ),
        (
            {
                "From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
                "P-Asserted-Identity": "<tel:+442079460888>",
            },
            True,
            None,
        ),
        ({"From": "<sip:+442079460999@trunk>;tag=1", "Privacy": "id;critical"}, True, None),
        ({"From": "<sip:+442079460999@trunk>;tag=1", "Privacy": "none"}, True, "+442079460999"),
        ({"From": "<sip:+442079460999@trunk>;tag=1", "Privacy": "critical\r\nPrivacy: id"}, True, None),
        *(
            (
                {
                    "From": "<sip:+442079460999@trunk>;tag=1",
                    "Remote-Party-ID": f'"O\\"Hara; A" <sip:+442079460999@trunk;user=phone>;{marks}',
                },
                True,
                number,
            )
            for marks, number in (
                ("party=calling;privacy=full;screen=yes", None),
                ("privacy=uri-network", None),
                ("party=called;privacy=full", "+442079460999"),
                ("party=calling;privacy=off;screen=yes", "+442079460999"),
                ("screen=no", "+442079460999"),
            )
        ),
        ({"From": "<sip:999@trunk>;tag=1"}, True, None),
        ({"From": "<sip:201@pbx>;tag=1"}, True, None),
        ({"From": "<sip:alice@pbx>;tag=1"}, True, None),
    ],
)
def test_who_calls_is_told_by_trust_and_wish(
    headers: dict[str, str], number: str | None, *, trusted: bool
) -> None:
    assert (
        caller_number(
            asked(**{key.replace("-", "_"): value for key, value in headers.items()}),
            trusted=trusted,
            country="GB",
        )
        == number
    )


@pytest.mark.parametrize(
    ("target", "to", "called"),
    [
        ("sip:+442079460000@line", "<sip:x@line>", "+442079460000"),
        ("sip:020-7946-0000;phone-context=+44@line", "<sip:x@line>", "02079460000"),
        ("sip:rosewood@line", "<sip:+442079460000@trunk>", "+442079460000"),
        ("tel:+44-20-7946-0000", "<sip:x@line>", "+442079460000"),
    ],
)
def test_what_was_dialled_is_told(target: str, to: str, called: str) -> None:
    found = read(request("dialled", "INVITE", line=f"INVITE {target} SIP/2.0", replace={"To": to}))
    assert isinstance(found, Request)
    assert called_number(found, frozenset({"rosewood"})) == called
