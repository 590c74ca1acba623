"""Setting: what every move of one table is made with - plan, variables, lengths, what arriving does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final, Literal

from nightbell.call.compile import Plan
from nightbell.call.step import CLOSED, Ask, Finish, Hold, Say, Step, TakeNumber
from nightbell.call.table import floors
from nightbell.call.table.lengths import Lengths
from nightbell.call.table.variables import OWED, variables_of
from nightbell.flow.proof.table import FLOOR, Change, Do, Move, Test, Variable
from nightbell.terms.disposition import Disposition

__all__ = ["By", "Setting"]

_OUTWEIGHS: Final = frozenset({"nine", "universal", "correct", "person", "hangup", "fail"})
By = Literal["call", "caller", "silence", "garbage", "failure", "world", "hangup"]


class Setting:
    """The table in the making."""

    def __init__(self, plan: Plan, lengths: Lengths) -> None:
        self.plan = plan
        self.lengths = lengths
        self.variables: dict[str, Variable] = variables_of(plan)
        self._joints: dict[tuple[Change, ...], tuple[Change, ...]] = {}
        self._puts: dict[tuple[str, str], tuple[Change, ...]] = {}
        self._raisings: dict[Disposition | None, tuple[Change, ...]] = {}
        self._standings: dict[str, tuple[Test, ...] | None] = {}
        self._tests: dict[object, tuple[Test, ...] | None] = {}

    def values(self, name: str) -> tuple[str, ...]:
        """Return a variable's values; none where it is no variable of this table."""
        return self.variables[name].values if name in self.variables else ()

    @property
    def floors(self) -> tuple[str, ...]:
        """Every floor, "" for none."""
        return self.variables[FLOOR].values

    def raising(self, floor: Disposition | None) -> tuple[Change, ...]:
        """Return the change that raises the floor."""
        if floor not in self._raisings:
            self._raisings[floor] = floors.raising(self.floors, floor)
        return self._raisings[floor]

    def change(self, name: str, to: Callable[[str], str]) -> tuple[Change, ...]:
        """Return the change of a variable; none where it is no variable here."""
        return floors.change(name, self.values(name), to)

    def put(self, name: str, value: str) -> tuple[Change, ...]:
        """Return the change that gives a variable a value."""
        if (name, value) not in self._puts:
            values = self.values(name)
            known = value if value in values else values[-1] if values else ""
            self._puts[name, value] = self.change(name, lambda _: known) if values else ()
        return self._puts[name, value]

    def once(self, key: object, name: str, allowed: Callable[[str], bool]) -> tuple[Test, ...] | None:
        """Return the test of a variable that many moves have: worked out the first time its key is given."""
        if key not in self._tests:
            self._tests[key] = self.test(name, allowed)
        return self._tests[key]

    def test(self, name: str, allowed: Callable[[str], bool]) -> tuple[Test, ...] | None:
        """Return the test of a variable; None where no value is allowed."""
        return floors.test(name, self.values(name), allowed)

    def asked(self, step: Step) -> Ask | None:
        """Return the question that an answer would answer: the step's own, or the one ahead of its words."""
        ahead = self.plan.steps[self.plan.ahead.get(step.id, step.id)]
        return ahead if isinstance(ahead, Ask) else None

    @staticmethod
    def must_hear(step: Step) -> bool:
        """Tell whether the words of a step are heard out."""
        if isinstance(step, Finish):
            return True
        prompt = getattr(step, "prompt", None)
        return prompt is not None and (prompt.must_hear or prompt.bargein == "none")

    def holds_back(self, step: Step) -> bool:
        """Tell whether what is said or pressed on a step leads away only when its words are over."""
        return self.must_hear(step) and not isinstance(step, Hold)

    def _standing(self, step: Step) -> tuple[Test, ...] | None:
        """Return the test of the floors at which a screen's question is being asked: it is not left out.

        What raises the floor without leading away while it is being asked leaves the question standing: a person
        told of what noise hid, a universal that leads nowhere. Under words that are heard out anything may.
        """
        if not isinstance(step, Ask) or step.policy != "screen" or step.floor is None or self.must_hear(step):
            return ()
        floor, edges = step.floor, self.plan.edges[step.id]
        staying = [each for each in self.plan.heeds[step.id] if f"universal:{each.name}" not in edges]
        here = [Disposition.DU, *(each.floor for each in staying if each.floor is not None)]
        asked = {value for value in self.floors if not floors.needless(value, floor)}
        for _ in here:
            asked |= {floors.raised(value, each) for value in asked for each in here}
        return self.test(FLOOR, lambda value: value in asked)

    @staticmethod
    def _outweighs(step: Step, outcome: str) -> bool:
        """Tell whether an outcome is not held back by what is owed, or is it."""
        late = isinstance(step, Ask) and step.policy == "nine" and outcome == "exhausted"  # a timer, not words
        back = outcome == "restart" and isinstance(step, Finish)
        return late or back or outcome.partition(":")[0] in _OUTWEIGHS

    @cached_property
    def unworded(self) -> frozenset[str]:
        """Steps that a call can reach without having heard the emergency words out: key 0 acts there."""
        flow, edges = self.plan.flow, self.plan.edges
        found: set[str] = set()
        todo = [self.plan.entry[flow.starts_at]]
        while todo:
            name = todo.pop()
            if name in found or name == CLOSED:
                continue
            found.add(name)
            step = self.plan.steps[name]
            worded = isinstance(step, Say) and step.state == flow.emergency and step.prompt.must_hear
            for outcome, target in edges[name].items():
                if worded and name != "~nine":
                    continue
                if name == "~nine" and outcome != "said":
                    continue
                if name == "~nine.offer" and outcome != "answer:mistake":
                    continue
                todo.append(target)
        return frozenset(found)

    @cached_property
    def after_number(self) -> frozenset[str]:
        """Steps that a call can stand on after a number was keyed."""
        edges = self.plan.edges
        todo = [edges[step.id]["got"] for step in self.plan.steps.values() if isinstance(step, TakeNumber)]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in found and name != CLOSED:
                found.add(name)
                todo += [to for outcome, to in edges[name].items() if outcome not in {"restart", "silent"}]
        return frozenset(found)

    def corrected_at(self, name: str) -> tuple[str, ...]:
        """Return the corrections that can be made on a step: no answer was taken since the no."""
        return self._corrected.get(name, ())

    @cached_property
    def _corrected(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        ways = {
            name: tuple(to for left, to in leads.items() if not _forgets(left))
            for name, leads in self.plan.edges.items()
        }
        for step in self.plan.steps.values():
            if not isinstance(step, Ask) or step.policy != "screen":
                continue
            outcome = f"correct:{step.id}"
            seen: set[str] = set()
            todo = [self.plan.edges[step.id]["answer:no"]]
            while todo:
                name = todo.pop()
                if name in seen or name == CLOSED:
                    continue
                seen.add(name)
                found.setdefault(name, []).append(outcome)
                todo += ways[name]
        return {name: tuple(outcomes) for name, outcomes in found.items()}

    def move(
        self,
        step: Step,
        outcome: str,
        by: By,
        *,
        here: bool = False,
        tests: Iterable[tuple[Test, ...] | None] = (),
        changes: Iterable[Change] = (),
        turns: int = 0,
        ms: int = 0,
        do: tuple[Do, ...] = (),
    ) -> list[Move]:
        """Return the move, with what arriving at its target does; none where it cannot be.

        Args:
            step: where it is taken.
            outcome: as the machine knows it.
            by: who brings it about.
            here: the call stays on the step.
            tests: all must hold; None never does.
            changes: of different variables, or one after the other.
            turns: caller turns at most.
            ms: audio time at most.
            do: how it is brought about.
        """
        target = step.id if here else self.plan.edges[step.id].get(outcome)
        if not here and self.holds_back(step) and not self._outweighs(step, outcome):
            tests = (*tests, self.test(OWED, lambda value: value == ""))
        if outcome != "skip":
            if step.id not in self._standings:
                self._standings[step.id] = self._standing(step)
            tests = (*tests, self._standings[step.id])
        joined = _joined(tests)
        if target is None or joined is None:
            return []
        after = [*changes, *(() if here else self.put(OWED, ""))]
        if not here and target != CLOSED:
            after += self.arriving(self.plan.steps[target])
        marks = self.plan.marks.get(step.id, {}).get(outcome, ()) if not here else ()
        left = [change for name, value in marks for change in self.put(name, value)]
        return [
            Move(
                outcome=outcome,
                target=target,
                by=by,
                tests=joined,
                changes=self._composed([*left, *after]),
                turns=turns,
                ms=ms,
                do=do,
            )
        ]

    def arriving(self, step: Step) -> tuple[Change, ...]:
        """Return what arriving at a step changes."""
        found: tuple[Change, ...] = ()
        counter = self.plan.counts.get(step.id)
        if counter is not None:
            values = self.values(f"count:{counter}")
            found += self.change(f"count:{counter}", lambda value: values[min(int(value) + 1, len(values) - 1)])
        if isinstance(step, Hold):
            found += self.change(FLOOR, lambda f: f if floors.pages(f) else floors.raised(f, Disposition.DU))
        return found

    def _composed(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """Join changes of the same variable, the first before the second."""
        named: dict[str, tuple[Change, ...]] = {}
        for change in changes:
            named[change.variable] = (*named.get(change.variable, ()), change)
        return tuple(one for together in named.values() for one in self._joint(together))

    def _joint(self, together: tuple[Change, ...]) -> tuple[Change, ...]:
        """Join changes of one variable; most moves have one, and many have the same."""
        if len(together) == 1:
            return together
        if together not in self._joints:
            steps = [dict(change.to) for change in together]
            self._joints[together] = self.change(together[0].variable, lambda value: _through(value, steps))
        return self._joints[together]


def _forgets(outcome: str) -> bool:
    """Tell whether a no cannot be corrected any more after an outcome."""
    return outcome.startswith(("answer:", "exhausted", "correct:")) or outcome in {"restart", "silent"}


def _through(value: str, steps: Iterable[dict[str, str]]) -> str:
    for each in steps:
        value = each.get(value, value)
    return value


def _joined(tests: Iterable[tuple[Test, ...] | None]) -> tuple[Test, ...] | None:
    """Join tests; those of one variable to what they have in common. None where that is nothing."""
    allowed: dict[str, frozenset[str]] = {}
    for group in tests:
        if group is None:
            return None
        for each in group:
            allowed[each.variable] = allowed.get(each.variable, each.values) & each.values
    if not all(allowed.values()):
        return None
    return tuple(Test(name, values) for name, values in allowed.items())
