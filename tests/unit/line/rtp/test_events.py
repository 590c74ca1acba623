"""Keys as RTP events through loss, repetition and reordering; and as they are sent."""

from __future__ import annotations

import random
import struct
from itertools import pairwise

import pytest

from nightbell.line.rtp.events import EVENT_KEYS, KeyReceiver, KeySender
from nightbell.line.rtp.packet import Packet

SSRC = 77


def packets(keys: str, *, first: int = 1000, press: int = 6) -> list[Packet]:
    """Return the packets of keys as a telephone sends them: six of 20 ms and three ends."""
    found, sequence = [], 0
    for place, key in enumerate(keys):
        begun = first + place * 4000
        for number in range(press + 3):
            end = number >= press
            length = min(number + 1, press) * 160
            body = struct.pack(">BBH", EVENT_KEYS.index(key), 0x8A if end else 0x0A, length)
            found.append(Packet(101, number == 0, sequence, begun, SSRC, body))
            sequence += 1
    return found


def heard(found: list[Packet]) -> str:
    receiver = KeyReceiver()
    return "".join(receiver.hear(packet) for packet in found)


def test_each_press_is_told_once_and_at_its_first_packet() -> None:
    receiver = KeyReceiver()
    assert [receiver.hear(packet) for packet in packets("5")] == ["5", *[""] * 8]
    assert heard(packets("1234567890*#")) == "1234567890*#"


def test_the_same_key_twice_is_two_presses() -> None:
    assert heard(packets("99")) == "99"


def test_lost_ends_and_lost_beginnings_lose_no_key() -> None:
    found = packets("5612")
    assert heard([p for p in found if p.payload[1] < 0x80]) == "5612"
    assert heard([p for p in found if p.payload[1] >= 0x80]) == "5612"
    assert heard([p for number, p in enumerate(found) if number % 9 == 4]) == "5612"


def test_an_older_packet_that_comes_late_is_no_new_press() -> None:
    found = packets("12")
    assert heard([*found[:4], *found[9:], *found[4:9]]) == "12"


@pytest.mark.parametrize("seed", range(30))
def test_thirty_percent_loss_repetition_and_reordering_change_nothing(seed: int) -> None:
    chance = random.Random(seed)
    found = [packet for packet in packets("98*#0011") for _ in range(chance.choice((0, 1, 1, 1, 2)))]
    places = {id(packet): number + chance.uniform(0, 4) for number, packet in enumerate(found)}
    found.sort(key=lambda packet: places[id(packet)])
    assert sorted(heard(found)) == sorted("98*#0011")


def moving(keys: str) -> list[Packet]:
    """As some gateways send them: each packet has a timestamp of its own, also the three ends."""
    return [packet._replace(timestamp=packet.timestamp + n % 9 * 160) for n, packet in enumerate(packets(keys))]


def with_sound(found: list[Packet]) -> list[Packet]:
    """The sound goes on meanwhile: there is a packet of it between any two."""
    return [packet._replace(sequence=2 * packet.sequence) for packet in found]


def test_a_press_whose_packets_each_have_their_own_timestamp_is_one() -> None:
    assert heard(moving("9")) == "9"
    assert heard(with_sound(moving("9"))) == "9"
    assert heard([p for n, p in enumerate(moving("19")) if n % 3]) == "19"
    swapped = moving("1234")
    swapped[4], swapped[5] = swapped[5], swapped[4]
    assert heard(swapped) == "1234"
    assert heard(moving("11")) == "11"


def test_a_press_of_which_only_the_end_came_is_one_more() -> None:
    first, second = packets("9"), packets("9", first=9000)
    assert heard([*first, second[-1]._replace(sequence=len(first) + 2)]) == "99"


def test_a_press_longer_than_an_event_can_count_is_one() -> None:
    found = []
    for number in range(1, 502):  # ten seconds, in segments of 0xFFFF (RFC 4733 section 2.5.1.3)
        begun, length = divmod(number * 160, 0xFFFF)
        body = struct.pack(">BBH", 9, 0x8A if number == 501 else 0x0A, length)
        found.append(Packet(101, number == 1, number, 1000 + begun * 0xFFFF, SSRC, body))
    assert heard(found) == "9"
    assert heard([found[0]] * 3000) == "9"


def test_two_keys_of_one_timestamp_are_two() -> None:
    assert heard([packet._replace(timestamp=0) for packet in packets("19")]) == "19"


def test_what_is_no_telephone_event_is_counted_and_dropped() -> None:
    receiver = KeyReceiver()
    strange = [b"", b"\x05", b"\x05\x0a\x00", bytes([16, 10, 0, 160]), bytes([255, 10, 0, 160])]
    for number, payload in enumerate(strange):
        assert (
            receiver.hear(Packet(101, marker=False, sequence=number, timestamp=number, ssrc=SSRC, payload=payload))
            == ""
        )
    assert receiver.malformed == len(strange)
    assert (
        receiver.hear(
            Packet(101, marker=False, sequence=9, timestamp=9, ssrc=SSRC, payload=bytes([12, 10, 0, 160]))
        )
        == ""
    )  # A is on no telephone


def test_a_key_is_sent_in_its_pace_with_a_marker_and_three_ends() -> None:
    sender = KeySender(press_ms=120, pause_ms=80)
    sender.press("5#")
    ticks = [sender.next() for _ in range(28)]
    sent = [packet for packet in ticks if packet is not None]
    assert [packet is None for packet in ticks[:13]] == [False] * 9 + [True] * 4
    first = sent[:9]
    assert [packet.marker for packet in first] == [True] + [False] * 8
    assert [packet.payload[1] >> 7 for packet in first] == [0] * 6 + [1] * 3
    lengths = [struct.unpack(">H", packet.payload[2:])[0] for packet in first]
    assert lengths == [160, 320, 480, 640, 800, 960, 960, 960, 960]
    assert all(after.behind - before.behind == 160 for before, after in pairwise(first))
    assert {packet.payload[0] for packet in sent[9:]} == {11}
    assert not sender.sending


def test_what_is_sent_is_heard() -> None:
    sender, receiver = KeySender(), KeyReceiver()
    sender.press("1599*#0")
    told = ""
    for number in range(400):
        packet = sender.next()
        if packet is not None:
            begun = 5_000 + number * 160 - packet.behind
            told += receiver.hear(Packet(101, packet.marker, number, begun, SSRC, packet.payload))
    assert told == "1599*#0"


def test_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="substring not found"):
        KeySender().press("12x")
