from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.errors import OfferRefused
from nightbell.line.sip import sdp

HEAD = "v=0\r\no=- 1 1 IN IP4 203.0.113.5\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"


def offered(
    stream: str = "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
    host: str = "203.0.113.5",
) -> str:
    return HEAD.format(host=host) + stream


def test_an_offer_of_ours_is_answered_and_both_sides_agree() -> None:
    text, theirs = sdp.answer(sdp.offer("192.0.2.1", 30_000), "192.0.2.2", 30_002, loopback=False)
    assert theirs == sdp.Media("192.0.2.1", 30_000, 0, 101, "sendrecv")
    assert sdp.read(text, loopback=False) == sdp.Media("192.0.2.2", 30_002, 0, 101, "sendrecv")
    assert "a=ptime:20" in text


@pytest.mark.parametrize(("formats", "payload"), [("8 0", 8), ("0 8", 0), ("18 8", 8), ("9 111 0", 0)])
def test_their_first_codec_that_we_speak_is_taken(formats: str, payload: int) -> None:
    assert sdp.read(offered(f"m=audio 40000 RTP/AVP {formats}\r\n"), loopback=False).payload == payload


@pytest.mark.parametrize(
    ("theirs", "ours", "held"),
    [
        ("sendrecv", "sendrecv", False),
        ("sendonly", "recvonly", True),
        ("inactive", "inactive", True),
        ("recvonly", "sendonly", False),
    ],
)
def test_hold_is_mirrored(theirs: str, ours: str, *, held: bool) -> None:
    text, media = sdp.answer(
        offered(f"m=audio 40000 RTP/AVP 0\r\na={theirs}\r\n"), "192.0.2.2", 30_002, loopback=False
    )
    assert (media.direction, media.held) == (ours, held)
    assert f"a={ours}" in text


def test_a_direction_for_the_session_counts_where_the_stream_says_none() -> None:
    assert sdp.read(offered("a=sendonly\r\nm=audio 40000 RTP/AVP 0\r\n"), loopback=False).held


def test_the_old_way_to_hold_is_hold() -> None:
    media = sdp.read(offered(host="0.0.0.0"), loopback=False)
    assert media.held
    assert media.host == ""


@pytest.mark.parametrize(
    "host",
    [
        "224.0.0.1",
        "255.255.255.255",
        "127.0.0.1",
        "ff02::1",
        "::1",
        "localhost",
        "internal.example",
        "",
        "1.2.3",
        "127.0.0.1/1",
    ],
)
def test_sound_goes_to_no_address_that_is_not_safe(host: str) -> None:
    with pytest.raises(OfferRefused):
        sdp.read(offered(host=host), loopback=False)


def test_sound_goes_to_this_machine_when_the_call_came_from_it() -> None:
    assert sdp.read(offered(host="127.0.0.1"), loopback=True).host == "127.0.0.1"


@pytest.mark.parametrize(
    "port", ["0", "22", "53", "1023", "65536", "-1", "1e3", "", "\uff14\uff10\uff10\uff10\uff10"]
)
def test_sound_goes_to_no_port_that_is_not_safe(port: str) -> None:
    with pytest.raises(OfferRefused):
        sdp.read(offered(f"m=audio {port} RTP/AVP 0\r\n"), loopback=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "m=audio 40000 RTP/AVP 0",
        "hello",
        offered("m=audio 40000 RTP/AVP 18 9\r\n"),
        offered("m=video 40000 RTP/AVP 31\r\n"),
        offered("m=audio 40000 RTP/SAVP 0\r\n"),
        offered("m=audio\r\n"),
        offered("m=audio 40000 RTP/AVP 0\r\na=rtpmap:x y\r\n"),
        offered("m=audio 40000 RTP/AVP 0\r\n" * 1000),
        offered("a=x:" + "y" * 20_000 + "\r\n"),
    ],
)
def test_an_offer_that_cannot_be_taken_is_refused(text: str) -> None:
    with pytest.raises(OfferRefused):
        sdp.answer(text, "192.0.2.2", 30_002, loopback=False)


def test_other_streams_are_refused_in_their_places() -> None:
    streams = "m=video 50000 RTP/AVP 31\r\nm=audio 40000 RTP/AVP 8\r\nm=audio 40004 RTP/AVP 0\r\n"
    text, media = sdp.answer(offered(streams), "192.0.2.2", 30_002, loopback=False)
    lines = [line for line in text.splitlines() if line.startswith("m=")]
    assert lines == ["m=video 0 RTP/AVP 31", "m=audio 30002 RTP/AVP 8", "m=audio 0 RTP/AVP 0"]
    assert media.payload == 8


def test_telephone_events_are_found_under_any_number_that_is_listed() -> None:
    events = "a=rtpmap:96 telephone-event/8000\r\n"
    assert sdp.read(offered(f"m=audio 40000 RTP/AVP 0 96\r\n{events}"), loopback=False).events_payload == 96
    assert sdp.read(offered(f"m=audio 40000 RTP/AVP 0\r\n{events}"), loopback=False).events_payload is None


@given(st.text(max_size=300))
def test_whatever_is_offered_is_taken_or_refused(text: str) -> None:
    for whole in (text, offered() + text, HEAD.format(host="203.0.113.5") + "m=audio " + text):
        try:
            answer, media = sdp.answer(whole, "192.0.2.2", 30_002, loopback=False)
        except OfferRefused:
            continue
        assert media.host in {"203.0.113.5", ""} or media.port >= 1024
        assert sdp.read(answer, loopback=False).host == "192.0.2.2"
