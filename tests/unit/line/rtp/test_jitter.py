"""The jitter buffer in virtual time, behind a network that delays, loses, repeats and reorders."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from nightbell.line.rtp.jitter import LONGEST_MS, SHORTEST_MS, JitterBuffer

SILENCE = 0xFF


def sound(number: int, size: int = 160) -> bytes:
    """Return a frame that tells its number: never silence."""
    return bytes((number // 200 + 1, number % 200 + 1)) * (size // 2)


def told(frame: bytes) -> int:
    """Return the number that a frame tells."""
    return (frame[0] - 1) * 200 + frame[1] - 1


@dataclass
class Net:
    """A source of one packet in 20 ms, the network, and the ticks that take what came."""

    delays_ms: list[float]
    """Of each packet; negative: lost."""
    first: int = 2**32 - 160 * 20
    """First timestamp: it wraps soon."""
    size: int = 160
    played: list[tuple[bytes, int]] = field(default_factory=list)
    buffer: JitterBuffer = field(default_factory=lambda: JitterBuffer(SILENCE))

    def run(self, *, phase_ms: float = 7.0, more: int = 20) -> Net:
        step = self.size / 8
        sent = [(number * step + delay, number) for number, delay in enumerate(self.delays_ms) if delay >= 0]
        sent.sort()
        at = 0
        for tick in range(int(len(self.delays_ms) * step / 20) + more):
            now = tick * 20 + phase_ms
            while at < len(sent) and sent[at][0] <= now:
                when, number = sent[at]
                timestamp = (self.first + number * self.size) % 2**32
                self.buffer.put(timestamp, sound(number, self.size), when / 1000)
                at += 1
            out = self.buffer.take()
            self.played.append((out.sound, out.fading))
        return self

    @property
    def true(self) -> list[int]:
        """Numbers of the frames that were played as they came, in order."""
        return [told(frame) for frame, fading in self.played if not fading]


def test_on_a_quiet_line_every_frame_is_played_once_forty_milliseconds_late() -> None:
    net = Net([5.0] * 200).run()
    assert net.true == list(range(200))
    first = next(at for at, (_, fading) in enumerate(net.played) if not fading)
    assert first * 20 == SHORTEST_MS
    assert net.buffer.concealed == net.buffer.late == 0


def test_reordered_and_repeated_packets_come_out_in_order_and_once() -> None:
    chance = random.Random(4)
    net = Net([chance.choice((5.0, 5.0, 40.0)) for _ in range(240)])
    net.delays_ms[100] = 5.0
    net.run()
    assert sorted(set(net.true)) == net.true
    assert len(net.true) >= 235
    buffer = JitterBuffer(SILENCE)
    for _ in range(2):
        buffer.put(0, sound(1), 0.0)
    assert buffer.repeated == 1


def test_a_lost_frame_is_the_one_before_again_and_flagged() -> None:
    delays = [5.0] * 60
    delays[30] = -1
    net = Net(delays).run()
    at = next(place for place, (frame, fading) in enumerate(net.played) if not fading and told(frame) == 29)
    assert net.played[at + 1] == (sound(29), 1)
    assert net.played[at + 2] == (sound(31), 0)
    assert net.buffer.concealed == 1


def test_thirty_percent_loss_costs_thirty_percent_and_no_more() -> None:
    chance = random.Random(1)
    delays = [-1.0 if chance.random() < 0.3 else 5.0 for _ in range(1000)]
    net = Net(delays).run()
    assert net.true == [number for number, delay in enumerate(delays) if delay >= 0]


@pytest.mark.parametrize(("jitter_ms", "most"), [(20, 0.01), (60, 0.03), (120, 0.06)])
def test_the_delay_follows_the_jitter_and_stays_within_its_bounds(jitter_ms: int, most: float) -> None:
    chance = random.Random(jitter_ms)
    net = Net([chance.uniform(0, jitter_ms) for _ in range(3000)]).run()
    late = 1 - len(set(net.true)) / 3000
    assert late <= most
    assert SHORTEST_MS <= net.buffer.target_ms <= LONGEST_MS
    assert net.buffer.delay_ms <= LONGEST_MS + 20
    assert sorted(net.true) == net.true


def test_the_delay_shrinks_again_when_the_line_is_calm() -> None:
    chance = random.Random(3)
    net = Net([chance.uniform(0, 120) for _ in range(500)] + [5.0] * 2500).run()
    assert net.buffer.delay_ms <= SHORTEST_MS + 20


def test_one_straggler_does_not_delay_the_call_by_its_own_delay() -> None:
    delays = [5.0] * 200
    delays[50] = 400.0
    net = Net(delays).run()
    assert net.buffer.late == 1
    assert len(net.played) - len(net.true) < 30


@pytest.mark.parametrize("size", [80, 240, 320, 480])
def test_packets_of_other_lengths_fit(size: int) -> None:
    net = Net([5.0] * 200, size=size).run(more=60)
    flat = b"".join(frame for frame, fading in net.played if not fading)
    wanted = b"".join(sound(number, size) for number in range(200))
    assert flat.startswith(wanted[: len(wanted) // 160 * 160 - 160])


def test_another_clock_of_the_same_source_is_followed() -> None:
    buffer = JitterBuffer(SILENCE)
    played = []
    for number in range(100):
        jump = 5_000_000 if number >= 50 else 0
        buffer.put(number * 160 + jump, sound(number), number / 50)
        played.append(buffer.take())
    true = [told(out.sound) for out in played if not out.fading]
    assert true[-1] >= 95
    assert len(true) >= 90


def test_one_wild_timestamp_changes_nothing() -> None:
    buffer = JitterBuffer(SILENCE)
    played = []
    for number in range(60):
        buffer.put(number * 160, sound(number), number / 50)
        if number == 30:
            buffer.put(3_000_000_000, sound(99), number / 50)
        played.append(buffer.take())
    true = [told(out.sound) for out in played if not out.fading]
    assert true == list(range(58))


@pytest.mark.parametrize("ahead", [15, 30, 60, 95])
def test_a_clock_that_jumps_ahead_within_a_sentence_delays_nothing_for_long(ahead: int) -> None:
    buffer = JitterBuffer(SILENCE)
    true = []
    for number in range(300):
        jump = ahead * 160 if number >= 50 else 0
        buffer.put(number * 160 + jump, sound(number), number / 50)
        out = buffer.take()
        true += [told(out.sound)] if not out.fading else []
    assert true[-1] >= 280  # at its old pace the delay of 95 frames would last five minutes
    assert len(true) >= true[-1] - 16
    assert buffer.delay_ms < 2 * LONGEST_MS


def test_sound_that_waited_is_caught_up_with_in_seconds() -> None:
    buffer = JitterBuffer(SILENCE)
    for number in range(50):
        buffer.put(number * 160, sound(number), 1.0)
    for number in range(50, 700):
        buffer.put(number * 160, sound(number), number / 50)
        buffer.take()
    assert buffer.delay_ms < 2 * LONGEST_MS


def test_before_anything_came_there_is_silence() -> None:
    out = JitterBuffer(SILENCE).take()
    assert out.sound == bytes((SILENCE,)) * 160
    assert out.fading == 1


def test_what_is_held_is_bounded_whatever_comes() -> None:
    chance = random.Random(9)
    buffer = JitterBuffer(SILENCE)
    for _ in range(20_000):
        buffer.put(chance.randrange(2**32), bytes(chance.randrange(1, 1400)), 0.0)
        if chance.random() < 0.3:
            buffer.take()
    assert len(buffer._cells) <= 220
    assert len(buffer._filled) <= len(buffer._cells)
