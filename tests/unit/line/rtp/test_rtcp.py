"""Reports as they go out and come in, and what a call sounded like."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightbell.line.rtp.quality import Quality, mos
from nightbell.line.rtp.reception import Reception
from nightbell.line.rtp.reports import Reports
from nightbell.line.rtp.rtcp import Block, goodbye, middle, parse, report

NOW = 1_795_387_200.25
BLOCK = Block(ssrc=7, loss=0.25, lost=12, highest=70_000, jitter=16, last_report=99, since=65_536)


def test_a_report_is_read_back() -> None:
    told = parse(report(9, "name", now_s=NOW, timestamp=5, packets=3, octets=480, block=BLOCK))
    assert told is not None
    assert (told.ssrc, told.sent_ntp, told.blocks, told.bye) == (9, middle(NOW), (BLOCK,), False)


def test_more_received_than_expected_is_a_negative_loss() -> None:
    told = parse(report(9, "n", now_s=NOW, timestamp=0, packets=0, octets=0, block=BLOCK._replace(lost=-2)))
    assert told is not None
    assert told.blocks[0].lost == -2


def test_every_compound_ends_on_a_word_and_goodbye_says_so() -> None:
    for length in range(1, 9):
        data = goodbye(9, "x" * length)
        assert len(data) % 4 == 0
        told = parse(data)
        assert told is not None
        assert told.bye


@pytest.mark.parametrize("cut", [1, 4, 27, 40])
def test_a_compound_that_is_cut_short_is_none(cut: int) -> None:
    data = report(9, "name", now_s=NOW, timestamp=5, packets=3, octets=480, block=BLOCK)
    assert parse(data[:-cut]) is None
    assert parse(b"\x80\xca" + data[2:]) is None


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    told = parse(b"\x81\xc8" + data)
    assert told is None or len(told.blocks) <= 31


def test_the_round_trip_is_what_passed_less_what_the_other_end_waited() -> None:
    reports = Reports()
    sent, waited, back = NOW, 2.0, NOW + 2.040
    block = Block(5, 0.1, 1, 1, 1, middle(sent), int(waited * 65_536))
    told = parse(report(9, "n", now_s=NOW, timestamp=0, packets=0, octets=0, block=block))
    assert told is not None
    reports.heard(told, 5, back)
    assert reports.round_trip_ms == pytest.approx(40, abs=0.1)
    assert reports.far_loss == pytest.approx(0.1, abs=1 / 256)
    reports.heard(told, 6, back + 50)
    assert reports.round_trip_ms == pytest.approx(40, abs=0.1)


def test_reports_are_due_every_five_seconds_or_so() -> None:
    reports = Reports()
    due = [tick for tick in range(10_000) if reports.is_due(tick)]
    assert 26 <= len(due) <= 82
    assert all(after - before >= 125 for before, after in pairwise(due))


def test_losses_are_counted_over_wraps_reordering_and_repetition() -> None:
    heard = Reception()
    for sequence in [65_533, 65_535, 65_534, 0, 0, 3]:
        heard.count(1, sequence)
    assert heard.highest == 65_539
    assert heard.lost == 1  # 1 and 2 are missing, 0 came twice
    assert heard.share_lost() == pytest.approx(1 / 7)
    assert heard.count(2, 9)
    assert heard.lost == 1


def test_mos_falls_with_loss_and_delay_and_stays_within_its_scale() -> None:
    assert mos(delay_ms=0, loss=0) == pytest.approx(4.41, abs=0.01)  # G.107: R 93.2
    assert mos(delay_ms=100, loss=0.02) == pytest.approx(4.15, abs=0.1)
    assert mos(delay_ms=600, loss=1) == 1.0
    by_loss = [mos(delay_ms=50, loss=part / 20) for part in range(21)]
    assert by_loss == sorted(by_loss, reverse=True)


def test_late_frames_count_as_lost_to_the_ear() -> None:
    quality = Quality(
        received=90, lost=10, late=5, concealed=12, jitter_ms=1, delay_ms=40, round_trip_ms=None, far_loss=None
    )
    assert quality.loss == pytest.approx(0.15)
    assert 1 < quality.mos < 4
