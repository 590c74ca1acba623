"""The ladder: the next page, never before it is due, never one left out, and nothing after the acknowledgement."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.oncall.rotas import PEOPLE, USUAL, rota

from nightbell.errors import EscalationError
from nightbell.oncall.history import (
    Answered,
    Closed,
    Empty,
    Entry,
    Exhausted,
    Lost,
    Missed,
    Outcome,
    Paged,
    Reopened,
    Taken,
    Words,
)
from nightbell.oncall.ladder import OWN_LIMIT_MS, ROUND_AT_LEAST_MS
from nightbell.oncall.paging import TABLE, after, fold, may_follow
from nightbell.oncall.planning import (
    Case,
    Exhaust,
    Finished,
    Lose,
    Miss,
    Move,
    PagePeople,
    Reopen,
    SayWords,
    SkipEmpty,
    Wait,
    deadline_of,
    ladder_of,
    next_move,
)
from nightbell.oncall.rota import Rota
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant

T0 = Instant.parse("2026-12-02T02:00:00+00:00")
"""A night on which anna is first and ben second."""
SECOND = 1000
MINUTE = 60 * SECOND

Answer = Callable[[str], tuple[int, Outcome] | None]
"""Page to when (ms after it) it ends and how; None is a telephone that rings on until it is given up."""


@dataclass
class Night:
    """Plays one escalation in virtual time, as the duty process does."""

    rota: Rota
    case: Case
    answer: Answer = lambda _: None
    now: Instant = T0
    moves: list[tuple[int, Move]] = field(default_factory=list)
    ends: list[tuple[Instant, Answered]] = field(default_factory=list)

    def until(self, seconds: float) -> Night:
        """Go on until so many seconds after the beginning."""
        end = self.case.began.plus(ms=round(seconds * SECOND))
        while self.now <= end:
            for at, entry in sorted(self.ends, key=lambda each: each[0]):
                if at <= self.now:
                    self.ends.remove((at, entry))
                    self.add(replace(entry, at=self.now))
            move = next_move(self.rota, self.case, self.now)
            if isinstance(move, Wait):
                soonest = min([move.until, *(at for at, _ in self.ends)])
                assert soonest > self.now, "a wait that is over would spin"
                self.now = soonest
            elif isinstance(move, Finished):
                return self
            else:
                self.moves.append((self.now.ms - self.case.began.ms, move))
                self.do(move)
        self.now = end
        return self

    def do(self, move: Move) -> None:
        match move:
            case PagePeople():
                for who in move.people:
                    page = move.page_of(self.case, who)
                    self.add(Paged(at=self.now, page=page, person=who, round=move.round, rung=move.rung))
                    told = self.answer(who)
                    if told is not None:
                        at = self.now.plus(ms=told[0])
                        self.ends.append((at, Answered(at=at, page=page, outcome=told[1])))
            case SkipEmpty():
                self.add(Empty(at=self.now, round=move.round, rung=move.rung, to=move.to))
            case SayWords():
                self.add(Words(at=self.now))
            case Miss():
                self.add(Missed(at=self.now))
            case Reopen():
                self.add(Reopened(at=self.now))
            case Lose():
                self.add(Lost(at=self.now, person=move.person, why="gone" if move.gone else "late"))
            case Exhaust():
                self.add(Exhausted(at=self.now))
            case _:
                raise AssertionError(move)

    def add(self, entry: Entry) -> None:
        self.case = replace(self.case, history=(*self.case.history, entry))

    def take(self, person: str) -> None:
        page = next(one.page for one in reversed(self.case.history) if isinstance(one, Paged))
        self.add(Taken(at=self.now, page=page, person=person, how="connect"))

    @property
    def pages(self) -> list[tuple[int, tuple[str, ...]]]:
        """Seconds and who."""
        return [(ms // SECOND, move.people) for ms, move in self.moves if isinstance(move, PagePeople)]

    def kinds(self, kind: type[Move]) -> list[int]:
        return [ms // SECOND for ms, move in self.moves if isinstance(move, kind)]


def night(disposition: Disposition, text: str = USUAL, answer: Answer = lambda _: None, **more: object) -> Night:
    case = Case(id="a:1", disposition=disposition, began=T0)
    case = replace(case, **more)  # type: ignore[arg-type]
    return Night(rota(text), case, answer)


def test_a_d1_rings_first_second_pool_and_again_until_somebody_takes_it() -> None:
    played = night(Disposition.D1).until(600)
    first, second = "anna", "ben"
    assert played.pages[:4] == [(0, (first,)), (45, (second,)), (90, ("chloe", "service")), (135, (first,))]
    assert played.kinds(SayWords) == [300]
    assert played.kinds(Miss) == [300]
    assert [at for at, _ in played.pages] == list(range(0, 601, 45))  # the ringing goes on after the words
    played.take("chloe")
    assert played.until(1200).pages[-1][0] <= 600


def test_the_treating_clinician_is_rung_first_while_on_the_list() -> None:
    assert night(Disposition.D1, treating="chloe").until(50).pages == [(0, ("chloe",)), (45, ("anna",))]
    played = night(Disposition.D1, treating="gone_since").until(50)
    assert played.kinds(SkipEmpty) == [0]
    assert played.pages == [(0, ("anna",)), (45, ("ben",))]


def test_who_passes_is_followed_at_once_and_who_is_busy_too() -> None:
    answers: dict[str, tuple[int, Outcome]] = {"anna": (7_000, "passed"), "ben": (2_000, "busy")}
    played = night(Disposition.D1, answer=answers.get).until(20)
    assert played.pages == [(0, ("anna",)), (7, ("ben",)), (9, ("chloe", "service"))]


def test_the_pool_is_over_only_when_all_in_it_have_said_no() -> None:
    answers: dict[str, tuple[int, Outcome]] = {
        "anna": (0, "failed"),
        "ben": (0, "failed"),
        "chloe": (3_000, "passed"),
    }
    played = night(Disposition.D1, answer=answers.get).until(60)
    assert played.pages == [
        (0, ("anna",)),
        (0, ("ben",)),
        (0, ("chloe", "service")),
        (45, ("anna",)),
        (45, ("ben",)),
        (45, ("chloe", "service")),
    ]


def test_a_trunk_that_fails_at_once_does_not_make_the_ladder_spin() -> None:
    played = night(Disposition.D1, answer=lambda _: (0, "failed")).until(600)
    rounds = [ms for ms, who in played.pages if who == ("anna",)]
    assert rounds == list(range(0, 601, ROUND_AT_LEAST_MS // SECOND))


def test_a_d2_rests_between_rounds_and_is_rung_without_rests_when_its_promise_is_near() -> None:
    played = night(Disposition.D2).until(3600)
    assert played.pages[:4] == [(0, ("anna",)), (120, ("ben",)), (240, ("chloe", "service")), (540, ("anna",))]
    assert played.kinds(Reopen) == [18 * 60]
    assert played.kinds(Miss) == [30 * 60]
    near = [at for at, who in played.pages if at >= 18 * 60 and who == ("anna",)]
    assert near[0] == 18 * 60
    assert {two - one for one, two in itertools.pairwise(near)} == {420}


def test_the_coordinator_is_asked_first_about_d3_and_never_about_d1() -> None:
    assert night(Disposition.D3).until(1000).pages == [(0, ("cora",)), (900, ("anna",))]
    assert not any("cora" in who for _, who in night(Disposition.D1).until(2000).pages)
    without = USUAL.replace("coordinator: cora\n", "")
    assert night(Disposition.D3, without).until(10).pages == [(0, ("anna",))]


def test_d4_rings_no_telephone() -> None:
    played = night(Disposition.D4, promised=T0.plus(ms=600 * MINUTE)).until(7200)
    assert [move.by_hand for _, move in played.moves if isinstance(move, PagePeople)] == [False, False]


def test_quiet_hours_hold_what_can_wait_and_nothing_urgent() -> None:
    quiet = USUAL.replace('"+447700900701"}', '"+447700900701", quiet: ["22:00-07:00"]}')
    assert night(Disposition.D1, quiet).until(1).pages == [(0, ("anna",))]
    played = night(Disposition.D3, quiet.replace("coordinator: cora\n", "")).until(4 * 3600)
    waking = [at for at, who in played.pages if "anna" in who]
    assert played.kinds(SkipEmpty)[0] == 0
    assert waking[0] == 4 * 3600 - 45 * 60  # the promise is near: a promise to a patient outweighs quiet


def test_a_solo_clinic_says_the_words_at_once_and_rings_on() -> None:
    alone = rota('people:\n  anna: {name: A, mobile: "+447700900701"}\n', cover="solo")
    played = Night(alone, Case(id="a:1", disposition=Disposition.D1, began=T0)).until(200)
    assert played.kinds(SayWords) == [0]
    assert played.pages == [(at, ("anna",)) for at in range(0, 200, 45)]


def test_a_clinic_without_cover_is_exhausted_at_once_and_rings_whoever_appears() -> None:
    nobody = rota("people:\n  anna: {name: A}\n", cover="none")
    played = Night(nobody, Case(id="a:1", disposition=Disposition.D1, began=T0)).until(100)
    assert played.kinds(SayWords) == [0]
    assert played.kinds(Exhaust) == [0]
    played.rota = rota('people:\n  anna: {name: A, mobile: "+447700900701"}\n', cover="none")
    assert played.until(140).pages[0][1] == ("anna",)


def test_nobody_at_all_is_exhausted_once_and_looked_at_again() -> None:
    usual = rota()
    played = Night(replace(usual, people={}), Case(id="a:1", disposition=Disposition.D2, began=T0)).until(120)
    assert played.kinds(Exhaust) == [0]
    played.rota = usual
    assert played.until(150).pages[0] == (120, ("anna",))


def test_somebody_taken_off_the_list_is_not_paged_any_more_and_loses_what_they_own() -> None:
    usual = rota()
    played = night(Disposition.D1).until(40)
    assert played.pages == [(0, ("anna",))]
    played.rota = replace(usual, people={key: each for key, each in usual.people.items() if key != "ben"})
    assert not any("ben" in who for _, who in played.until(600).pages)
    played.take("chloe")
    played.rota = replace(usual, people={key: each for key, each in usual.people.items() if key != "chloe"})
    played.until(670)
    assert [move for _, move in played.moves if isinstance(move, Lose)] == [Lose(person="chloe", gone=True)]


def test_an_owner_who_does_not_close_it_loses_it_to_the_next() -> None:
    played = night(Disposition.D1).until(50)
    played.take("anna")
    limit = OWN_LIMIT_MS[Disposition.D1] // SECOND
    played.until(limit + 200)
    assert played.kinds(Lose) == [limit + 50]
    later = [who for at, who in played.pages if at > 50]
    assert later[0] == ("ben",)  # anna had it: she is asked again only when nobody else is there
    assert ("anna",) not in later[:2]


def test_who_lost_it_is_asked_again_when_nobody_else_is_there() -> None:
    alone = rota('people:\n  anna: {name: A, mobile: "+447700900701"}\n', cover="solo")
    played = Night(alone, Case(id="a:1", disposition=Disposition.D1, began=T0)).until(1)
    played.take("anna")
    assert played.until(3700).pages[-1][1] == ("anna",)


def test_a_closed_case_stays_closed() -> None:
    played = night(Disposition.D1).until(10)
    played.take("anna")
    played.add(Closed(at=played.now, person="anna", outcome="reached"))
    assert isinstance(next_move(played.rota, played.case, played.now.plus(ms=10**10)), Finished)
    assert set(TABLE["closed"]) == {"answered"}  # what was in flight comes to its end, and nothing begins


@pytest.mark.parametrize(("place", "entry"), [
    ("owned", "paged"), ("owned", "taken"), ("owned", "words"), ("owned", "reopened"), ("closed", "closed"),
    ("closed", "taken"), ("closed", "paged"), ("armed", "lost"), ("paging", "lost"), ("armed", "answered"),
])  # fmt: skip
def test_what_cannot_happen_is_not_in_the_table(place: str, entry: str) -> None:
    assert entry not in TABLE[place]


def test_what_cannot_happen_is_refused() -> None:
    paged = Paged(at=T0, page="p", person="anna", round=0, rung=0)
    taken = Taken(at=T0, page="p", person="anna", how="connect")
    owned = fold((paged, taken))
    for entry in (paged, taken, Words(at=T0)):
        with pytest.raises(EscalationError):
            after(owned, entry)


def test_ten_thousand_races_have_one_winner_each() -> None:
    """Two keys and the next rung in one millisecond, in every order: one owner, and no page after the key."""
    dice = random.Random(7)
    usual = rota()
    both_first = 0
    for number in range(10_000):
        case = Case(id=f"r:{number}", disposition=Disposition.D1, began=T0)
        at = T0.plus(ms=45 * SECOND)
        first = Paged(at=T0, page="p1", person="anna", round=0, rung=0)
        case = replace(case, history=(first,))
        hands = ["escalate", "anna", "ben", "late"]
        dice.shuffle(hands)
        for hand in hands:
            standing = fold(case.history)
            if hand == "escalate":
                move = next_move(usual, case, at)
                if isinstance(move, PagePeople):
                    entries: list[Entry] = [
                        Paged(at=at, page=move.page_of(case, who), person=who, round=move.round, rung=move.rung)
                        for who in move.people
                    ]
                else:
                    assert standing.place == "owned"
                    continue
            elif hand == "late":
                entries = [Answered(at=at, page="p1", outcome="no_answer")]
            else:
                entries = [Taken(at=at, page="p1", person=hand, how="connect")]
            for entry in entries:
                if may_follow(fold(case.history), entry):
                    case = replace(case, history=(*case.history, entry))
        owners = [one.person for one in case.history if isinstance(one, Taken)]
        assert len(owners) == 1
        taken = next(n for n, one in enumerate(case.history) if isinstance(one, Taken))
        assert not any(isinstance(one, Paged) for one in case.history[taken:])
        assert owners[0] == next(hand for hand in hands if hand in {"anna", "ben"})
        both_first += hands[0] != "escalate"
    assert 6_000 < both_first < 9_000  # the dice did mix the orders


OUTCOMES = st.sampled_from(["passed", "no_answer", "busy", "failed", "gone", None])


@given(
    st.sampled_from(list(Disposition)),
    st.lists(st.tuples(OUTCOMES, st.integers(0, 200)), min_size=1, max_size=40),
    st.sampled_from([USUAL, PEOPLE, USUAL + "ladders: {D1: [second 10s, first 30s], D2: [last_resort 5m]}\n"]),
    st.sampled_from([None, "chloe"]),
)
@settings(max_examples=40, deadline=None)
def test_no_rung_is_paged_before_it_is_due_and_none_is_left_out(
    disposition: Disposition, answers: list[tuple[Outcome | None, int]], text: str, treating: str | None
) -> None:
    given_out = iter(answers * 200)

    def answer(_: str) -> tuple[int, Outcome] | None:
        outcome, seconds = next(given_out, (None, 0))
        return None if outcome is None else (seconds * SECOND, outcome)

    played = night(disposition, text, answer, treating=treating).until(900)
    ladder = ladder_of(played.rota, played.case)
    history = played.case.history
    reached = [one for one in history if isinstance(one, Paged | Empty)]
    assert reached, "nobody was ever reached for"
    wait = {number: rung.wait_ms for number, rung in enumerate(ladder.rungs)}
    there = sorted({one.rung for one in reached})
    for before, now in itertools.pairwise(reached):
        if (before.round, before.rung) == (now.round, now.rung):
            continue
        if now.round == before.round:
            assert there.index(now.rung) == there.index(before.rung) + 1, "a rung was left out"
        else:
            assert now.round == before.round + 1
            assert now.rung == there[0]
        anew = any(isinstance(one, Reopened) and before.at <= one.at <= now.at for one in history)
        ended = {one.page for one in history if isinstance(one, Answered) and one.at <= now.at}
        pages = [p for p in reached if isinstance(p, Paged) and (p.round, p.rung) == (before.round, before.rung)]
        over = all(page.page in ended for page in pages)
        assert anew or over or now.at.ms - before.at.ms >= min(wait.values())


def test_the_deadline_is_the_promise_or_the_dispositions_own() -> None:
    case = Case(id="a:1", disposition=Disposition.D2, began=T0)
    assert deadline_of(case) == T0.plus(ms=30 * MINUTE)
    assert deadline_of(replace(case, promised=T0.plus(ms=MINUTE))) == T0.plus(ms=MINUTE)
