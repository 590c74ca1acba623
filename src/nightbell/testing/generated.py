"""Generated: random flows for tests of table and proof. Built, not read; large ones are in ``large``.

``random_flow`` gives sound flows and flows with faults of every kind, so that a proof is neither always content
nor always in alarm. What a seed gives never changes within one version of this file. Nothing here is clinically
right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final, Literal

from nightbell.flow.model import (
    Bounds,
    Branch,
    Case,
    Collect,
    Confirm,
    Deflect,
    End,
    Escalation,
    Flow,
    Limits,
    Menu,
    NotifyState,
    Prompt,
    PromptState,
    Question,
    RecordState,
    Schedule,
    Screen,
    Slot,
    State,
    Transfer,
    Universal,
    Words,
)
from nightbell.terms.disposition import Disposition
from nightbell.testing.drawn import COUNTERS, RESULTS, cases_of, choices_of
from nightbell.testing.faulty import FAULTS
from nightbell.testing.flows import CLINIC, prompt

__all__ = ["CARE", "WORDS", "Sound", "random_flow"]

WORDS: Final = "Hang up and dial nine nine nine."
CARE: Final = ("screen", "care")


def random_flow(seed: int, states: int | None = None) -> Flow:
    """Return a small flow: a frame that every flow needs, and some states of any kind before its screen.

    Args:
        seed: two in five give a flow that is meant to be sound; the others have faults, one or several.
        states: how many states stand before the screen; 0 to 4 at random where it is not given.
    """
    random = Random(seed)  # noqa: S311  # nobody's secret hangs on it
    flow = Sound(random, random.randrange(5) if states is None else states).flow(seed)
    if seed % 5 in {0, 1}:
        return flow
    for _ in range(1 if seed % 5 in {2, 3} else 3):
        flow = random.choice(FAULTS)(flow, random)
    return flow


class Sound:
    """Puts a sound flow together from the back: what is built may lead to what stands already."""

    def __init__(self, random: Random, body: int) -> None:
        self.random = random
        self.states: list[State] = []
        self.booking = random.random() < 0.6
        self.names = [f"s{number}" for number in range(body)]

    def flow(self, seed: int) -> Flow:
        """Return the whole flow."""
        random = self.random
        body: list[State] = []
        onward = ["screen", *(["gate"] if self.booking else [])]
        for name in reversed(self.names):
            state = self._body(name, onward)
            body.insert(0, state)
            onward = [name, *onward]
        opening = PromptState(
            name="opening",
            line=1,
            say=prompt("opening", f"In an emergency press nine. {WORDS}", must_hear=True),
            next=onward[0],
        )
        flags = [
            Universal(name="sight", priority=9, hear=("can't see",), floor=Disposition.D0, next="emergency"),
            Universal(
                name="pale", priority=5, hear=("gone white",), floor=Disposition.D1, next=random.choice(CARE)
            ),
            Universal(name="human", priority=3, hear=("want a doctor",), floor=Disposition.DU, next="care"),
            Universal(name="decline_recording", priority=1, hear=(), floor=None, next="same", key="5"),
        ]
        mistake = random.random() < 0.7
        return Flow(
            clinic=replace(CLINIC, cover=random.choice(("full", "solo", "none"))),
            spec="1.1",
            hash=f"{seed:064x}",
            starts_at="opening",
            emergency="emergency",
            silent="silent",
            person="care",
            mistake=prompt("mistake", "If you pressed nine by mistake, press one.") if mistake else None,
            after_mistake="screen" if mistake else "",
            universals=tuple(flags[: random.randrange(1, 4)] + flags[3 : 3 + random.randrange(2)]),
            limits=Limits(turns=100_000),
            bounds=Bounds(turns=100_000, seconds=100_000),
            states=(opening, *body, *self._frame()),
        )

    def _frame(self) -> list[State]:
        random = self.random
        floors = random.choice(
            (
                (Disposition.D1,),
                (Disposition.D0, Disposition.D1),
                (Disposition.D1, Disposition.D2),
                (Disposition.D0,),
            )
        )
        unsure: Literal["counts_as_yes", "neutral"] = random.choice(("counts_as_yes", "counts_as_yes", "neutral"))
        questions = tuple(
            Question(
                name=f"q{number}", ask=prompt(f"screen.q{number}", "Does it hurt?"), yes=floor, not_sure=unsure
            )
            for number, floor in enumerate(floors)
        )
        promise = random.random() < 0.5
        frame: list[State] = [
            Screen(
                name="screen", line=2, questions=questions, any_yes="care", all_no="message", emergency="emergency"
            ),
            RecordState(
                name="message", line=3, say=prompt("message", "After the tone."), next="note", empty="note"
            ),
            NotifyState(name="note", line=4, channel="message", template="t", ok="later", failed="later"),
            _end("later", Disposition.D4, promise=promise),
            Branch(
                name="care",
                line=5,
                cases=(Case(of="floor", test="equals", value=("D0",), next="dialled"),),
                otherwise="hold",
            ),
            Escalation(
                name="hold",
                line=5,
                say=prompt("hold", "Stay on the line, or press nine."),
                every_ms=20_000,
                limit_ms=60_000,
                acknowledged="taken",
                exhausted="taken",
            ),
            _end("taken", Disposition.D1, promise=promise),
            PromptState(name="emergency", line=6, say=prompt("emergency", WORDS, must_hear=True), next="dialled"),
            _end("dialled", Disposition.D0, promise=False),
            _end("silent", Disposition.DU, promise=False),
        ]
        if self.booking:
            frame += [
                Collect(
                    name="gate",
                    line=7,
                    result="worry",
                    type="yes_no",
                    say=prompt("gate", "Does anything worry you?"),
                    clears=True,
                    yes="screen",
                    next="kept",
                    unclear="screen",
                ),
                # What noise hid may have set a floor on the way: nobody with one is turned away.
                Branch(
                    name="kept",
                    line=8,
                    cases=(Case(of="floor", test="at_least", value=("DU",), next="care"),),
                    otherwise="booking",
                ),
                Deflect(name="booking", line=9, say=prompt("booking", "We book by day."), next="booked"),
                _end("booked", Disposition.D5, promise=promise),
            ]
        return frame

    def _body(self, name: str, onward: Sequence[str]) -> State:
        random = self.random

        def after() -> str:
            return random.choice(onward)

        def care() -> str:
            return random.choice(CARE)

        counts = random.choice(("", "", *COUNTERS))
        base: dict[str, Any] = {"name": name, "line": 20, "counts": counts}
        say = prompt(name, "What is it?", must_hear=random.random() < 0.2)
        kinds: dict[str, Callable[[], State]] = {
            "prompt": lambda: PromptState(**base, say=say, next=after(), starts_recording=random.random() < 0.3),
            "menu": lambda: Menu(
                **base, say=say, choices=choices_of(after), unclear=care(), result=random.choice(("", *RESULTS))
            ),
            "yes_no": lambda: Collect(
                **base,
                result=random.choice(RESULTS),
                type="yes_no",
                say=say,
                yes=after(),
                next=after(),
                unclear=care(),
            ),
            "choice": lambda: Collect(
                **base,
                result=random.choice(RESULTS),
                type="choice",
                say=say,
                choices=choices_of(after),
                next=after(),
                unclear=care(),
            ),
            "digits": lambda: Collect(
                **base,
                result=random.choice(RESULTS),
                type="digits",
                min_digits=2,
                max_digits=4,
                say=say,
                next=after(),
                unclear=care(),
            ),
            "words": lambda: Collect(
                **base, result=random.choice(RESULTS), type="words", say=say, next=after(), unclear=care()
            ),
            "phone": lambda: Collect(
                **base,
                result="callback_number",
                type="phone",
                say=say,
                offer=random.choice(
                    (None, Prompt(name=f"{name}.offer", parts=(Words("Ring you on"), Slot("caller_number"))))
                ),
                next=after(),
                unclear=care(),
            ),
            "confirm": lambda: Confirm(**base, say=say, yes=after(), no=after(), unclear=care()),
            "branch": lambda: Branch(**base, cases=cases_of(random, after), otherwise=after()),
            "schedule": lambda: Schedule(**base, open=after(), closed=after(), holiday=after()),
            "notify": lambda: NotifyState(**base, channel="message", template="t", ok=after(), failed=after()),
            "transfer": lambda: Transfer(
                **base,
                say=say,
                to="clinician",
                limit_ms=30_000,
                answered="taken",
                busy=care(),
                no_answer=care(),
                failed=care(),
            ),
        }
        return kinds[random.choice(tuple(kinds))]()


def _end(name: str, disposition: Disposition, *, promise: bool) -> End:
    return End(
        name=name,
        line=10,
        disposition=disposition,
        say=prompt(name, f"Goodbye. {WORDS}"),
        promise=promise,
        say_without_promise=prompt(f"{name}.plain", f"Good night. {WORDS}") if promise else None,
    )
