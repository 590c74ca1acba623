"""From where sound is taken: learnt quickly, moved only with good reason."""

from __future__ import annotations

from nightbell.line.rtp.latch import PROBATION, SILENT_S, Latch
from nightbell.line.rtp.packet import Packet

SIGNALLED = ("192.0.2.1", 4000)
BEHIND_NAT = ("198.51.100.7", 61_000)
STRAY = ("203.0.113.9", 5000)


class Wire:
    """Packets from sources, each with its own count, at a time of the test's."""

    def __init__(self) -> None:
        self.latch = Latch(SIGNALLED)
        self.now = 100.0
        self.counts: dict[tuple[str, int], int] = {}

    def sends(self, source: tuple[str, int], *, ssrc: int = 1, skip: int = 0) -> bool:
        self.counts[source] = self.counts.get(source, 0) + 1 + skip
        count = self.counts[source]
        packet = Packet(0, marker=False, sequence=count, timestamp=count * 160, ssrc=ssrc, payload=bytes(160))
        return self.latch.accepts(source, packet, self.now)

    def after(self, seconds: float) -> None:
        self.now += seconds


def test_the_signalled_source_is_taken_at_once() -> None:
    wire = Wire()
    assert wire.latch.target == SIGNALLED
    assert wire.sends(SIGNALLED)
    assert wire.latch.learnt


def test_a_source_behind_nat_is_taken_after_packets_in_sequence() -> None:
    wire = Wire()
    taken = [wire.sends(BEHIND_NAT) for _ in range(PROBATION)]
    assert taken == [False] * (PROBATION - 1) + [True]
    assert wire.latch.target == BEHIND_NAT


def test_one_stray_packet_or_a_thousand_do_not_move_a_source_that_sends() -> None:
    wire = Wire()
    wire.sends(SIGNALLED)
    for _ in range(1000):
        wire.after(0.02)
        assert wire.sends(SIGNALLED)
        assert not wire.sends(STRAY)
    assert wire.latch.target == SIGNALLED
    assert wire.latch.refused == 1000
    assert wire.latch.moved == 0


def test_another_source_takes_over_once_the_old_one_is_silent() -> None:
    wire = Wire()
    wire.sends(SIGNALLED)
    wire.after(SILENT_S)
    taken = [wire.sends(BEHIND_NAT) for _ in range(PROBATION)]
    assert taken[-1]
    assert wire.latch.target == BEHIND_NAT
    assert wire.latch.moved == 1


def test_packets_out_of_sequence_or_of_many_sources_never_pass_probation() -> None:
    wire = Wire()
    wire.sends(SIGNALLED)
    wire.after(SILENT_S)
    assert not any(wire.sends(STRAY, skip=1) for _ in range(200))
    assert not any(wire.sends(STRAY, ssrc=number) for number in range(200))
    assert wire.latch.target == SIGNALLED


def test_a_flood_of_sources_does_not_keep_a_true_one_out() -> None:
    wire = Wire()
    taken = []
    for number in range(PROBATION):
        taken.append(wire.sends(BEHIND_NAT))
        assert not wire.sends(("203.0.113.9", 1000 + number))
    assert taken[-1]


def test_the_signalled_source_takes_its_place_back_from_one_that_was_first() -> None:
    wire = Wire()
    for _ in range(PROBATION):
        wire.sends(STRAY)
    assert wire.latch.target == STRAY
    taken = []
    for _ in range(PROBATION):
        wire.sends(STRAY)
        taken.append(wire.sends(SIGNALLED))
    assert taken[-1]
    assert wire.latch.target == SIGNALLED


def test_a_new_offer_begins_anew_and_the_same_one_does_not() -> None:
    wire = Wire()
    for _ in range(PROBATION):
        wire.sends(BEHIND_NAT)
    wire.latch.expect(SIGNALLED)
    assert wire.latch.target == BEHIND_NAT
    wire.latch.expect(("192.0.2.2", 6000))
    assert wire.latch.target == ("192.0.2.2", 6000)
    assert not wire.sends(BEHIND_NAT)
