"""The doorman: calls that come too fast are answered from their bytes; nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.reception.doorman import Doorman, Rates

RATES = Rates(per_s=10, burst=5, source_per_s=4, source_burst=3, retry_after_s=7)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def invite(number: int, *, to_tag: str = "", method: str = "INVITE") -> bytes:
    return (
        f"{method} sip:+442079460142@192.0.2.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK{number};rport\r\n"
        "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKfar\r\n"
        "Max-Forwards: 70\r\n"
        f"From: <sip:+447700900123@192.0.2.9>;tag=f{number}\r\n"
        f"t: <sip:+442079460142@192.0.2.1>{to_tag}\r\n"
        f"Call-ID: call-{number}@192.0.2.9\r\n"
        f"CSeq: 1 {method}\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_comes_in_and_what_is_over_it_is_sent_elsewhere(clock: Clock) -> None:
    told: list[str] = []
    doorman = Doorman(RATES, refused=told.append, clock=clock)
    answers = [doorman.look(invite(number), f"192.0.2.{number}") for number in range(8)]
    assert [answer is None for answer in answers] == [True] * 5 + [False] * 3
    assert told == ["rate"] * 3


def test_the_answer_is_one_that_the_caller_can_match(clock: Clock) -> None:
    doorman = Doorman(Rates(per_s=1, burst=0, source_per_s=1, source_burst=1, retry_after_s=7), clock=clock)
    answer = doorman.look(invite(1), "192.0.2.9")
    assert answer is not None
    lines = answer.decode().split("\r\n")
    assert lines[0] == "SIP/2.0 503 Service Unavailable"
    assert lines[1:3] == [
        "Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1;rport",
        "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKfar",
    ]
    assert "From: <sip:+447700900123@192.0.2.9>;tag=f1" in lines
    assert any(line.startswith("To: <sip:+442079460142@192.0.2.1>;tag=") for line in lines)
    assert "CSeq: 1 INVITE" in lines
    assert "Retry-After: 7" in lines
    assert answer.endswith(b"\r\n\r\n")


def test_one_source_leaves_room_for_another(clock: Clock) -> None:
    told: list[str] = []
    doorman = Doorman(RATES, refused=told.append, clock=clock)
    mad = [doorman.look(invite(number), "192.0.2.9") for number in range(50)]
    assert sum(answer is None for answer in mad) == 3
    assert doorman.look(invite(99), "192.0.2.10") is None, (
        "its bucket is its own, and the mad one spent no token of it"
    )
    assert set(told) == {"source_rate"}


def test_who_was_refused_comes_in_later(clock: Clock) -> None:
    doorman = Doorman(RATES, clock=clock)
    for number in range(50):
        doorman.look(invite(number), "192.0.2.9")
    clock.now += 1
    assert doorman.look(invite(100), "192.0.2.9") is None


def test_a_copy_of_an_invite_that_came_in_takes_no_token(clock: Clock) -> None:
    doorman = Doorman(RATES, clock=clock)
    assert all(doorman.look(invite(1), "192.0.2.9") is None for _ in range(20))
    assert doorman.look(invite(2), "192.0.2.9") is None


def test_a_copy_of_a_refused_invite_is_refused_in_the_same_words(clock: Clock) -> None:
    doorman = Doorman(Rates(per_s=1, burst=0, source_per_s=1, source_burst=1, retry_after_s=7), clock=clock)
    assert doorman.look(invite(1), "192.0.2.9") == doorman.look(invite(1), "192.0.2.9") != None  # noqa: E711


@pytest.mark.parametrize(
    "message",
    [
        invite(1, method="BYE"),
        invite(1, method="ACK"),
        invite(1, to_tag=";tag=abc"),
        invite(1, to_tag=" ; TAG = abc"),
        b"SIP/2.0 200 OK\r\n\r\n",
        b"INVITE nothing\r\n\r\n",
        b"\x00" * 200,
        b"",
    ],
)
def test_whatever_begins_no_call_passes_however_full_it_is(clock: Clock, message: bytes) -> None:
    doorman = Doorman(Rates(per_s=1, burst=0, source_per_s=1, source_burst=0, retry_after_s=7), clock=clock)
    assert doorman.look(message, "192.0.2.9") is None


def test_a_flood_from_everywhere_is_not_remembered_for_ever(clock: Clock) -> None:
    doorman = Doorman(RATES, clock=clock)
    for number in range(30_000):
        clock.now += 0.2
        doorman.look(invite(number), f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(doorman._known) < 300
    assert len(doorman._sources) < 300


@given(st.binary(max_size=600))
def test_no_bytes_break_it(data: bytes) -> None:
    doorman = Doorman(Rates(per_s=1, burst=0, source_per_s=1, source_burst=0, retry_after_s=7), clock=lambda: 0.0)
    answer = doorman.look(b"INVITE " + data, "192.0.2.9")
    assert answer is None or answer.startswith(b"SIP/2.0 503 ")
