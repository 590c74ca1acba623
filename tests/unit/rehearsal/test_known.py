"""Failures that are known: excused for a time, never where a caller's safety hangs on it, and never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from nightbell.errors import ScriptError
from nightbell.flow.model import Flow
from nightbell.rehearsal.expectations import Failure, FailureKind
from nightbell.rehearsal.known import Known, settle
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

LAST = date(2026, 12, 31)
TODAY = date(2026, 11, 1)
LATE = Failure(FailureKind.TIMING, "reason: 900 ms, allowed 500")
WRONG = Failure(FailureKind.DISPOSITION, "ended as D4, expected D5")
KNOWN = Known(owner="ada", until=LAST, kinds=(FailureKind.TIMING,), why="slow answers on the small machine")


def kinds(failures: tuple[Failure, ...]) -> list[str]:
    return [failure.kind.value for failure in failures]


def test_it_is_excused_to_its_last_day_and_fails_after_it() -> None:
    assert settle([LATE], KNOWN, LAST) == ((), (LATE,))
    failures, excused = settle([LATE], KNOWN, date(2027, 1, 1))
    assert kinds(failures) == ["timing", "known_expired"]
    assert excused == ()
    assert "ada was to mend it by 2026-12-31" in failures[1].detail


def test_another_failure_is_not_excused_with_it() -> None:
    failures, excused = settle([LATE, WRONG], KNOWN, LAST)
    assert (failures, excused) == ((WRONG,), (LATE,))


def test_what_fails_no_more_must_be_taken_out() -> None:
    assert kinds(settle([], KNOWN, LAST)[0]) == ["known_mended"]
    assert settle([], None, LAST) == ((), ())


@pytest.mark.asyncio
async def test_what_is_known_of_a_caller_with_sound_is_not_mended_by_reading_their_words(stage: Stage) -> None:
    """Slow answers are not measured in writing, and nothing is misheard there: the note stays, and it is said."""
    plain = Script(
        name="call",
        about="",
        file="call.yaml",
        answers=(("reason", (Answer(say="no", words="no"),)), ("book", (Answer(press="2"),))),
        default=Answer(press="2"),
        expect=Expect(disposition=Disposition.D5, answered_within_ms=1),
        known=Known(owner="ada", until=stage.today, kinds=(FailureKind.TIMING,), why="slow"),
        tier="text",
    )
    result = await rehearse(plain, stage)
    assert "known_mended" not in kinds(result.failures)
    assert result.not_judged == ("answered_within", "known_failure")
    over = replace(
        plain, known=Known(owner="ada", until=date(2020, 1, 1), kinds=(FailureKind.TIMING,), why="slow")
    )
    assert "known_expired" in kinds((await rehearse(over, stage)).failures)
    written = replace(plain, answers=(("reason", (Answer(words="no"),)),))
    assert "known_mended" in kinds((await rehearse(written, stage)).failures)


@pytest.mark.asyncio
async def test_a_call_that_fails_as_it_is_known_to_does_not_fail_the_rehearsal(stage: Stage) -> None:
    wrong = Script(
        name="call",
        about="",
        file="call.yaml",
        answers=(("reason", (Answer(press="2"),)),),
        expect=Expect(disposition=Disposition.D4),
        known=Known(owner="ada", until=stage.today, kinds=(FailureKind.DISPOSITION,), why="books too late"),
    )
    result = await rehearse(wrong, stage)
    assert result.passed
    assert kinds(result.excused) == ["disposition"]


BOOKING = """\
script: booking
about: Wants an appointment
answers: {reason: {press: "2"}}
known_failure: {owner: ada, until: 2026-12-31, kinds: [timing], why: slow}
expect: {disposition: D5, answered_within: 500ms}
"""


@pytest.fixture
def faults(tmp_path: Path, flow: Flow) -> object:
    def of(text: str) -> list[str]:
        path = tmp_path / "booking.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ScriptError) as error:
            load_script(path, Recordings(tmp_path, TODAY), places_of(flow))
        return [str(fault).removeprefix(f"{path}:") for fault in error.value.diagnostics]

    return of


def test_a_note_is_read(tmp_path: Path) -> None:
    path = tmp_path / "booking.yaml"
    path.write_text(BOOKING, encoding="utf-8")
    known = load_script(path, Recordings(tmp_path, TODAY)).known
    assert known == Known(owner="ada", until=LAST, kinds=(FailureKind.TIMING,), why="slow")


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("disposition: D5", "disposition: D1", "must end as D1"),
        ("disposition: D5", "at_least: D2", "must end as D2"),
        ("disposition: D5", "disposition: D5, paged: true", "must be paged"),
        ("disposition: D5", "disposition: D5, said_emergency: true", "emergency words"),
        ("disposition: D5", "disposition: D3, states: [reason, screen]", "screen is expected"),
        ("disposition: D5", "disposition: D3, final: got", "got is expected"),
        ("disposition: D5", "disposition: D3, never: [emergency]", "emergency is expected"),
        ("disposition: D5", "disposition: D3, eventually: {prompt: screen.pain}", "screen.pain is expected"),
        ("disposition: D5", "disposition: D3, eventually: {page: D2}", "eventually as D2 is expected"),
        ("disposition: D5", "disposition: D3, eventually: {disposition: D1}", "eventually as D1 is expected"),
        ("disposition: D5", "disposition: D3, heard: {screen.sight: match}", "screen.sight is expected"),
        ("disposition: D5", "disposition: D3, prompts_heard: [emergency]", "emergency is expected"),
        ("2026-12-31", "9999-12-31", "excused until 9999-12-31"),
        ("2026-12-31", "2027-05-01", "excused until 2027-05-01"),
        ("kinds: [timing]", "kinds: [heard_nothing]", "heard_nothing cannot be excused"),
        ("kinds: [timing]", "kinds: not_paged", "not_paged cannot be excused"),
    ],
)
def test_what_keeps_a_caller_safe_takes_no_note(faults: object, was: str, now: str, why: str) -> None:
    assert was in BOOKING
    (fault,) = faults(BOOKING.replace(was, now))  # type: ignore[operator]
    assert fault.startswith("4:")
    assert "NB209" in fault
    assert why in fault


@pytest.mark.parametrize(("was", "now"), [("owner: ada", 'owner: " "'), ("why: slow", "why: '  '")])
def test_a_blank_owner_or_reason_is_none(faults: object, was: str, now: str) -> None:
    (fault,) = faults(BOOKING.replace(was, now))  # type: ignore[operator]
    assert "NB124" in fault


@pytest.mark.asyncio
async def test_a_day_after_its_last_a_call_fails_again(stage: Stage) -> None:
    wrong = Script(
        name="call",
        about="",
        file="call.yaml",
        answers=(("reason", (Answer(press="2"),)),),
        expect=Expect(disposition=Disposition.D4),
        known=Known(owner="ada", until=LAST, kinds=(FailureKind.DISPOSITION,), why="books too late"),
    )
    assert (await rehearse(wrong, replace(stage, today=LAST))).passed
    late = await rehearse(wrong, replace(stage, today=LAST + timedelta(days=1)))
    assert kinds(late.failures) == ["disposition", "known_expired"]
    assert not late.excused


@pytest.mark.parametrize("was", ["owner: ada, ", "until: 2026-12-31, ", "until: 2026-12-31", ", why: slow"])
def test_a_note_has_an_owner_a_last_day_and_a_reason(faults: object, was: str) -> None:
    now = "until: soon" if was == "until: 2026-12-31" else ""
    assert faults(BOOKING.replace(was, now))  # type: ignore[operator]
