"""Verdict: what became of one caller - reached the floor, missed, over-triaged, paged for nothing - and why.

A closed list; "why" names the question, universal or rule that decided, with what the ears made of the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nightbell.rehearsal.expectations import FailureKind
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.callers.acting import Given
    from nightbell.rehearsal.callers.ledger import Hearing, Ledger, Note, Page
    from nightbell.rehearsal.callers.person import Person
    from nightbell.rehearsal.runner import CallResult

__all__ = ["PAGE_TURNS", "PAGE_WITHIN_MS", "Verdict", "judge_person"]

PAGE_TURNS: Final = 2
"""Caller turns after the flagged one within which the page is out."""
PAGE_WITHIN_MS: Final = 20_000
"""Audio time from the end of the flagged turn to the page, and to the words that name key 9."""
_BROKEN: Final = frozenset(
    {
        FailureKind.CRASHED,
        FailureKind.NO_END,
        FailureKind.REPLAY,
        FailureKind.PROMPT_SILENT,
    }
)
"""Failures that speak against the line whatever the caller was to reach."""
_RULES: Final = frozenset(
    {"key_9", "key_0", "mistake", "silent", "unheard", "dropped_again", "interrupted", "failure", "fault"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a caller."""

    id: str
    clinic: str
    tier: str
    level: str
    """clean, 20 dB ...; "" in writing."""
    row: str
    group: str
    kind: str
    floor: Disposition
    got: Disposition | None
    red_flag: bool
    """A person had to be paged for this caller."""
    may_page: str
    paged: bool
    page_ms: int | None
    """Audio time from the end of the flagged turn to the page."""
    words_ms: int | None
    """The same to the first words that name key 9 or the emergency number."""
    page_turns: int | None
    """Caller turns after the flagged one until the page."""
    first_turns: int | None
    """Caller turns after the first words that name a sign until the page, understood or not."""
    cause: str
    """What decided: ``universal NAME``, ``question STATE.Q (reason)``, ``rule silent`` ..."""
    why: str
    """Where something is wrong: what, and what the ears made of it; "" where nothing is."""
    keys_only: bool
    """The line noticed that it does not hear, and went to keys."""
    said_emergency: bool
    broken: str
    """The call itself failed; "" where it did not."""
    audio_ms: int
    voice: str = ""

    @property
    def negative(self) -> bool:
        """Tell whether this was a caller with nothing the matter."""
        return bool(self.group)

    @property
    def reached(self) -> bool:
        """Tell whether the call ended as urgently as it had to, with the page in time."""
        return not self.missed

    @property
    def missed(self) -> bool:
        """Tell whether the call ended less urgently than is right, or the page was not out in time."""
        if self.broken or self.got is None:
            return True
        if self.negative:
            return False  # nothing is the matter: whatever end they came to, nobody was overlooked
        if not self.got.at_least(self.floor):
            return True
        return self.red_flag and (not self.paged or self.late)

    @property
    def late(self) -> bool:
        """Tell whether the page came later than promised."""
        over = self.page_ms is not None and self.page_ms > PAGE_WITHIN_MS
        return over or (self.page_turns is not None and self.page_turns > PAGE_TURNS)

    @property
    def over_triaged(self) -> bool:
        """Tell whether the call ended a class more urgently than the row has it."""
        return self.got is not None and self.got.rank > self.floor.rank

    @property
    def alone(self) -> bool:
        """Tell whether a caller with a red flag ended with neither a person nor the emergency words."""
        return self.red_flag and not self.paged and not self.said_emergency

    @property
    def woke_needlessly(self) -> bool:
        """Tell whether a person was paged for a caller who needed none."""
        nobody_knows = self.floor is Disposition.DU and not self.negative
        return self.paged and not self.may_page and not self.red_flag and not nobody_knows

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of a table; dispositions by their codes."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return fields | {"floor": self.floor.value, "got": self.got.value if self.got is not None else ""}


def judge_person(
    person: Person,
    result: CallResult,
    ledger: Ledger,
    answers: Sequence[Given],
    flow: Flow,
    *,
    level: str = "",
    voice: str = "",
) -> Verdict:
    """Judge one call.

    Args:
        person: who rang.
        result: what the rehearsal says of the call.
        ledger: what was heard, noted and paged.
        answers: what the caller answered, in order.
        flow: the clinic's flow.
        level: the noise, for the table.
        voice: who spoke, for the table.
    """
    turns = [turn for turn in result.turns if turn.kind != "hang_up"]
    told = _flagged_turns(person, turns, answers, ledger)
    # A page that asks for less still brings a person; how urgently the call ended is judged apart.
    first = ledger.pages[0] if ledger.pages else None
    page = next((page for page in ledger.pages if page.disposition.at_least(person.floor)), first)
    broken = "; ".join(str(failure) for failure in result.failures if failure.kind in _BROKEN)
    paged = bool(ledger.pages)
    verdict = Verdict(
        id=person.id,
        clinic=person.clinic,
        tier=result.script.tier or "audio",
        level=level,
        row=person.row,
        group=person.group,
        kind=person.kind,
        floor=person.floor,
        got=result.disposition,
        red_flag=person.is_red_flag,
        may_page=person.may_page,
        paged=paged,
        page_ms=_after(told.acted, page),
        words_ms=_words_after(told.acted, page, ledger),
        page_turns=_turns_between(turns, told.acted, page),
        first_turns=_turns_between(turns, told.first, page),
        cause=_cause(ledger.pages[-1], ledger, flow) if paged else "",
        why="",
        keys_only=ledger.keys_only,
        said_emergency=_said_emergency(ledger, flow),
        broken=broken,
        audio_ms=result.audio_ms,
        voice=voice,
    )
    why = _why(verdict, person, ledger, answers, turns)
    return verdict if not why else _with(verdict, why)


@dataclass(frozen=True, slots=True)
class _Told:
    first: Turn | None
    """The first words that name a sign."""
    acted: Turn | None
    """The first that the line could act on: taken for a red flag, or a yes to a question that asks for it."""


def _with(verdict: Verdict, why: str) -> Verdict:
    fields = {name: getattr(verdict, name) for name in verdict.__dataclass_fields__}
    return Verdict(**(fields | {"why": why}))


def _flagged_turns(person: Person, turns: Sequence[Turn], answers: Sequence[Given], ledger: Ledger) -> _Told:
    """Find the turn from which the page is due: free words understood, or the yes that sets the floor."""
    pages = [page.at_ms for page in ledger.pages if page.disposition.at_least(person.floor)]
    flagged = [(turn, given) for turn, given in zip(turns, answers, strict=False) if given.flagged]
    acted = None
    for turn, given in flagged:
        until = next((each.start_ms for each in turns if each.start_ms > turn.start_ms), None)
        at_once = any(turn.start_ms <= at and (until is None or at <= until) for at in pages)
        if at_once or (given.level is not None and given.level.at_least(person.floor)):
            acted = turn
            break
    return _Told(flagged[0][0] if flagged else None, acted)


def _after(turn: Turn | None, page: Page | None) -> int | None:
    return max(page.at_ms - turn.last_sound_ms, 0) if turn is not None and page is not None else None


def _words_after(turn: Turn | None, page: Page | None, ledger: Ledger) -> int | None:
    if turn is None or page is None:
        return None
    named = [spoken.at_ms for spoken in ledger.spoken if spoken.at_ms >= page.at_ms and spoken.names_nine]
    return max(named[0] - turn.last_sound_ms, 0) if named else None


def _turns_between(turns: Sequence[Turn], flag: Turn | None, page: Page | None) -> int | None:
    if flag is None or page is None:
        return None
    return sum(flag.start_ms < turn.start_ms < page.at_ms for turn in turns)


def _said_emergency(ledger: Ledger, flow: Flow) -> bool:
    return any(spoken.state == flow.emergency or "hang up now" in spoken.words for spoken in ledger.spoken)


def _cause(page: Page, ledger: Ledger, flow: Flow) -> str:
    """Name what had a person paged."""
    place = f"{page.state}.{page.question}".rstrip(".")
    note = _note_at(ledger.notes, place, page.at_ms)
    if note is None and any(universal.name == page.question for universal in flow.universals):
        return f"universal {page.question}"
    if page.question in _RULES:
        return f"rule {page.question}"
    if page.question:
        return f"question {place} ({note.reason if note is not None else 'speech'})"
    last = next((note for note in reversed(ledger.notes) if note.at_ms <= page.at_ms), None)
    came = f" after {last.answer} at {last.place} ({last.reason})" if last is not None else ""
    return f"state {place or 'none'}{came}"


def _note_at(notes: Sequence[Note], place: str, at_ms: int) -> Note | None:
    return next((note for note in reversed(notes) if note.place == place and note.at_ms <= at_ms), None)


def _why(verdict: Verdict, person: Person, ledger: Ledger, answers: Sequence[Given], turns: Sequence[Turn]) -> str:
    if verdict.broken:
        return verdict.broken
    if verdict.missed:
        return _why_missed(verdict, person, ledger, answers)
    if verdict.woke_needlessly or verdict.over_triaged:
        return f"{verdict.cause or 'floor of the way it went'}; {_heard_last(ledger, turns)}"
    return ""


def _why_missed(verdict: Verdict, person: Person, ledger: Ledger, answers: Sequence[Given]) -> str:
    got = verdict.got.value if verdict.got is not None else "nothing"
    end = f"ended as {got} in {ledger.closed_in or 'no state'}"
    if verdict.late and verdict.paged:
        return f"late: {verdict.page_turns} turns and {verdict.page_ms} ms to the page; {verdict.cause}"
    swallowed = [
        f"yes at {given.place} was taken for no, heard {_heard_at(ledger.heard, given.place)!r}"
        for given in answers
        if given.meant == "yes" and given.flagged and _taken_for_no(ledger.notes, given.place)
    ]
    if swallowed:
        return f"{end}; {'; '.join(swallowed)}"
    if not any(given.flagged and given.meant == "yes" for given in answers):
        signs = ", ".join(sorted(person.signs))
        asked = ", ".join(dict.fromkeys(given.place for given in answers)) or "nothing"
        return f"{end}; no question asked for {signs}; asked: {asked}"
    return f"{end}; {verdict.cause or 'nobody was paged'}"


def _taken_for_no(notes: Sequence[Note], place: str) -> bool:
    found = [note.answer for note in notes if note.place == place]
    return bool(found) and found[-1] == "no"


def _heard_at(heard: Sequence[Hearing], place: str) -> str:
    found = [each.phrase or each.text for each in heard if each.place == place]
    return found[-1] if found else ""


def _heard_last(ledger: Ledger, turns: Sequence[Turn]) -> str:
    """Say what was heard last before the page."""
    if not ledger.pages:
        return f"{len(turns)} turns"
    page = ledger.pages[-1].at_ms
    before = [each for each in ledger.heard if each.at_ms <= page]
    return f"heard {before[-1].phrase or before[-1].text!r} at {before[-1].place}" if before else "heard nothing"
