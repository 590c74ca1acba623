"""A rota goes out to a calendar and comes in from one; keys only, and what is wrong is said."""

from __future__ import annotations

from tests.unit.oncall.rotas import rota

from nightbell.oncall.ical import as_ical, read_ical
from nightbell.oncall.rota import on_call
from nightbell.oncall.timeline import timeline
from nightbell.terms.instant import Instant

BEGINS = Instant.parse("2026-10-20T00:00:00+00:00")
ENDS = Instant.parse("2026-11-20T00:00:00+00:00")


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{each}\r\nEND:VEVENT\r\n" for n, each in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def event(
    who: str = "anna", begins: str = "20261224T180000", ends: str = "20261225T180000", more: str = ""
) -> str:
    return f"SUMMARY:{who}\r\nDTSTART{begins if begins[0] in ':;' else ':' + begins}\r\nDTEND:{ends}{more}"


def test_what_goes_out_comes_in_again() -> None:
    usual = rota()
    sent = as_ical(usual, "rosewood", BEGINS, ENDS, now=BEGINS)
    read, faults = read_ical(sent, "rota.ics", usual.people, usual.zone)
    assert faults == ()
    expected = sorted((one.begins, one.ends, one.duty.who) for one in timeline(usual, BEGINS, ENDS))
    assert [(one.begins, one.ends, one.who) for one in read.shifts] == expected
    assert on_call(usual, "first", read.shifts[0].begins).who in {one.who for one in read.shifts}


def test_nothing_private_goes_out() -> None:
    usual = rota()
    sent = as_ical(usual, "rosewood", BEGINS, ENDS, now=BEGINS).decode()
    assert not any(part in sent for person in usual.people.values() for part in person.private)


def test_floating_times_are_the_clinics_and_whole_days_begin_at_midnight() -> None:
    read, faults = read_ical(
        calendar(event(), event("ben", ";VALUE=DATE:20260601", "20260602T000000")), "x", rota().people,
        "Europe/London",
    )  # fmt: skip
    assert faults == ()
    assert [str(one.begins) for one in read.shifts] == ["2026-05-31T23:00:00.000Z", "2026-12-24T18:00:00.000Z"]


def test_each_unusable_event_is_told() -> None:
    content = calendar(
        event("zoe"),
        event(more="\r\nRRULE:FREQ=DAILY"),
        event(begins="20260329T013000", ends="20260330T080000"),
        event(begins="20261226T180000"),
        "SUMMARY:anna",
    )
    read, faults = read_ical(content, "x.ics", rota().people, "Europe/London")
    assert read.shifts == ()
    assert [one.code for one in faults] == ["NB725"] * 5


def test_what_is_no_calendar_is_one_fault() -> None:
    for content in (b"\xff\xfe garbage", b"", b"BEGIN:VCALENDAR\r\n", b"x" * 2_000_000):
        read, faults = read_ical(content, "x.ics", {}, "UTC")
        assert read.shifts == ()
        assert len(faults) <= 1
