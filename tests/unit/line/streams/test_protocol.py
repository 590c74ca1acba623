"""The messages of a media stream: what is read, what is refused, what only costs a frame."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from nightbell.errors import StreamRefused
from nightbell.line.media_stream.protocol import (
    Heard,
    MarkCame,
    Pressed,
    Reader,
    Started,
    Stopped,
    Unreadable,
    Writer,
)

CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"From": "word"},
    },
    "streamSid": "MZ1",
}
SOUND = bytes(range(160))


def media(payload: Any = None, *, sid: str = "MZ1", **more: Any) -> dict[str, Any]:
    body = {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": payload or b64encode(SOUND).decode()}
    return {"event": "media", "sequenceNumber": "3", "media": body | more, "streamSid": sid}


def reader(*messages: dict[str, Any]) -> Reader:
    one = Reader()
    for message in messages:
        one.read(json.dumps(message))
    return one


def started() -> Reader:
    return reader(CONNECTED, START)


def changed(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**message, "start": message["start"] | more}


def test_a_stream_begins_and_tells_whose_it_is() -> None:
    found = reader(CONNECTED).read(json.dumps(START))
    assert found == Started(stream="MZ1", account="AC1", call="CA1")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (media(), Heard(320, SOUND)),
        (media(timestamp=40), Heard(320, SOUND)),
        (media(track="outbound"), None),
        ({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"track": "inbound_track", "digit": "9"}}, Pressed("9")),
        ({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "99"}}, None),
        ({"event": "mark", "streamSid": "MZ1", "mark": {"name": "7"}}, MarkCame("7")),
        ({"event": "stop", "streamSid": "MZ1", "stop": {"callSid": "CA1"}}, Stopped()),
        ({"event": "of next year", "streamSid": "MZ1"}, None),
        (media("&&&&"), Unreadable()),
        (media("AAA"), Unreadable()),
        (media("AAAA&&&&AAAA"), Unreadable()),
        (media("AAA=AAAA"), Unreadable()),
        (media("A" * 4000), Unreadable()),
        (media(timestamp="-1"), Unreadable()),
        (media(timestamp="9" * 40), Unreadable()),
        (media(timestamp=None), Unreadable()),
        (media({"nested": 1}), Unreadable()),
        (media() | {"media": {"track": ["inbound"], "timestamp": "0", "payload": "AAAA"}}, None),
        (media() | {"media": {"track": {}, "timestamp": "0", "payload": "AAAA"}}, None),
        (media() | {"media": {"track": None, "timestamp": True, "payload": "AAAA"}}, None),
        ({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": ["9"]}}, None),
        ({"event": "mark", "streamSid": "MZ1", "mark": {"name": {}}}, None),
    ],
)
def test_what_a_message_tells(message: dict[str, Any], told: object) -> None:
    assert started().read(json.dumps(message)) == told


@pytest.mark.parametrize(
    ("before", "message", "why", "close"),
    [
        ([], START, "a start before connected", 1002),
        ([CONNECTED], CONNECTED, "connected twice", 1002),
        ([], CONNECTED | {"protocol": "Other"}, "another protocol than Call", 1002),
        ([CONNECTED], media(), "sound before the start", 1002),
        ([CONNECTED, START], START, "started twice", 1002),
        ([CONNECTED, START], media(sid="MZ2"), "a message of another stream", 1002),
        ([CONNECTED, START], {"event": "media", "streamSid": "MZ1"}, "a message without its body", 1007),
        ([CONNECTED], changed(START, mediaFormat={"encoding": "audio/x-l16"}), "sound that is not mu-law", 1003),
        ([CONNECTED], changed(START, callSid=None), "a start without its ids", 1007),
        ([CONNECTED], changed(START, streamSid='MZ","x":"'), "a start without its ids", 1007),
        ([CONNECTED], START | {"start": []}, "a message without its body", 1007),
    ],
)
def test_what_is_refused(before: list[dict[str, Any]], message: dict[str, Any], why: str, close: int) -> None:
    one = reader(*before)
    with pytest.raises(StreamRefused, match=why) as refused:
        one.read(json.dumps(message))
    assert refused.value.close == close


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("[" * 16_000, 1007),
        ('{"a":' * 3_000, 1007),
        ('{"event":"connected","n":' + "9" * 9_000 + "}", 1007),
        ("no json", 1007),
        ("[]", 1007),
        ('{"event": 1}', 1007),
        ('{"event":"' + "x" * 20_000 + '"}', 1009),
    ],
)
def test_bombs_are_refused(text: str, close: int) -> None:
    with pytest.raises(StreamRefused) as refused:
        Reader().read(text)
    assert refused.value.close == close


def test_after_the_stop_nothing_is_told() -> None:
    one = started()
    one.read(json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {}}))
    assert one.read(json.dumps(media())) is None


def test_what_is_written_is_what_a_carrier_reads() -> None:
    writer = Writer("MZ1")
    sent = {"event": "media", "streamSid": "MZ1", "media": {"payload": b64encode(SOUND).decode()}}
    assert json.loads(writer.media(SOUND)) == sent
    assert json.loads(writer.mark(3)) == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "3"}}
    assert json.loads(writer.clear()) == {"event": "clear", "streamSid": "MZ1"}
