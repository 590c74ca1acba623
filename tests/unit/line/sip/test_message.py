from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.line.sip.torture import MESSAGES, request

from nightbell.line.sip.message.address import Address, split_list
from nightbell.line.sip.message.headers import Headers
from nightbell.line.sip.message.model import CSeq, Request
from nightbell.line.sip.message.reading import HEADERS_LIMIT, Malformed, read
from nightbell.line.sip.message.replying import reply, stateless
from nightbell.line.sip.message.uri import Uri
from nightbell.line.sip.message.via import Via
from nightbell.line.sip.peer import Peer

PEER = Peer("udp", "192.0.2.50", 4444)


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("sip:line@example.com", "line", "example.com", None),
        ("SIP:+44%2020@[2001:db8::1]:5070;transport=tcp", "+44 20", "[2001:db8::1]", 5070),
        ("sip:user;par=u%40example.net@example.com", "user;par=u@example.net", "example.com", None),
        ("sips:a:secret@192.0.2.1:5061", "a", "192.0.2.1", 5061),
        ("sip:192.0.2.1", "", "192.0.2.1", None),
    ],
)
def test_a_uri_is_read_into_its_parts(text: str, user: str, host: str, port: int | None) -> None:
    found = Uri.parse(text)
    assert (found.user, found.host, found.port, found.is_sip) == (user, host, port, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:a b@c",
        "<sip:a@b>",
        "sip:a@b:0",
        "sip:a@b:99999",
        "sip:a@b;x y",
        "sip:%zz@b",
        "sip:a@b@c",
        "line",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for logs that never hold it
        Uri.parse(text)


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ('"A \\"B\\" <c>, d" <sip:a@b;x=y>;tag=1', 'A "B" <c>, d', "1"),
        ("Watson, Come Here <sip:a@b>;tag=2", "Watson, Come Here", "2"),
        ("sip:a@b;tag=3", "", "3"),
        ("<sip:a@b> ; tag = 4", "", "4"),
    ],
)
def test_an_address_is_read_into_its_parts(text: str, name: str, tag: str) -> None:
    found = Address.parse(text)
    assert (found.name, found.tag, found.uri.user) == (name, tag, "a")


def test_via_says_where_an_answer_goes() -> None:
    plain = Via.parse("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKa")
    assert plain.way_back(PEER) == Peer("udp", "192.0.2.50", 5070)
    asked = Via.parse("SIP / 2.0 / UDP 10.0.0.1 : 5070 ; rport ; branch = z9hG4bKa")
    assert asked.way_back(PEER) == PEER
    assert asked.received_from(PEER).endswith(";branch=z9hG4bKa;rport=4444;received=192.0.2.50")
    pointed = Via.parse("SIP/2.0/UDP 10.0.0.1;maddr=203.0.113.9;received=203.0.113.8;branch=z9hG4bKa")
    assert pointed.way_back(PEER).host == "192.0.2.50"
    assert "203.0.113.8" not in pointed.received_from(PEER)


@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=',"<>\\'), min_size=1))
)
def test_a_list_is_split_at_its_commas_and_nowhere_else(parts: list[str]) -> None:
    assert split_list(" , ".join(parts)) == parts
    assert split_list(" , ".join(f'"{part},x" <sip:{part},y>' for part in parts)) == [
        f'"{p},x" <sip:{p},y>' for p in parts
    ]


def test_a_header_can_hold_no_second_header() -> None:
    with pytest.raises(ValueError, match="line break"):
        Headers().add("subject", "hello\r\nContact: <sip:elsewhere@192.0.2.1>")


@given(st.binary(max_size=400))
def test_noise_is_a_message_or_malformed(data: bytes) -> None:
    try:
        read(data)
    except Malformed as fault:
        status = fault.status
    else:
        status = 0
    assert status in {0, 400, 505}


@given(
    st.sampled_from([message.data for message in MESSAGES]), st.integers(0, 600), st.binary(min_size=1, max_size=3)
)
def test_a_damaged_message_is_a_message_or_malformed(data: bytes, place: int, patch: bytes) -> None:
    damaged = data[:place] + patch + data[place + len(patch) :]
    try:
        message = read(damaged)
    except Malformed:
        return
    assert read(message.encode()).headers.get("call-id") == message.headers.get("call-id")


def test_what_is_read_and_written_is_read_alike() -> None:
    for torture in MESSAGES:
        try:
            first = read(torture.data)
        except Malformed:
            continue
        second = read(first.encode())
        assert list(first.headers) == list(second.headers)
        assert first.body == second.body
        assert type(first) is type(second)


def test_too_many_headers_are_malformed() -> None:
    assert read(request("many", extra="X-Y: z\r\n" * (HEADERS_LIMIT - 8)))
    with pytest.raises(Malformed, match="too many"):
        read(request("many", extra="X-Y: z\r\n" * HEADERS_LIMIT))


@pytest.mark.parametrize(
    "text", ["1", "INVITE 1", "-1 INVITE", "2147483648 INVITE", "1_0 INVITE", "\uff11 INVITE", ""]
)
def test_a_cseq_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no CSeq"):
        CSeq.parse(text)


def test_a_stateless_answer_says_what_a_reply_would() -> None:
    data = request("none", "INVITE", extra="Via: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bKfirst\r\n")
    found = stateless(data, 503, PEER, [("Retry-After", "5")])
    assert found is not None
    message = read(data)
    assert isinstance(message, Request)
    quick, full = read(found[0]), reply(message, 503, PEER, tag="x")
    for name in ("from", "call-id", "cseq"):
        assert quick.headers.get(name) == full.headers.get(name)
    assert quick.headers.all("via") == full.headers.all("via")
    assert found[1] == PEER
    assert stateless(data, 503, PEER) == stateless(data, 503, PEER)


@given(st.binary(max_size=300))
def test_a_stateless_answer_to_noise_is_none(data: bytes) -> None:
    assert stateless(b"INVITE " + data, 503, PEER) is None


def test_a_tag_is_put_on_to_once() -> None:
    message = read(request("tagged", replace={"To": "<sip:a@b>;tag=there"}))
    assert isinstance(message, Request)
    assert reply(message, 200, PEER, tag="ours").headers.get("to") == "<sip:a@b>;tag=there"
    fresh = read(request("fresh"))
    assert isinstance(fresh, Request)
    assert reply(fresh, 200, PEER, tag="ours").headers.get("to") == "sip:line@example.com;tag=ours"
    assert reply(fresh, 100, PEER, tag="ours").headers.get("to") == "sip:line@example.com"
