"""The kind ``branch``: a switch on what is known; the first case that holds is taken."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from nightbell.flow.fields import Entry, Target, fault
from nightbell.flow.maker import Maker
from nightbell.flow.model import Branch, Case
from nightbell.flow.schema import StateSchema
from nightbell.flow.states.kind import Kind
from nightbell.terms.disposition import Disposition

__all__ = ["KIND"]

MOST = 3
"""Counters stop at 3 so that the flow's state space stays finite (DESIGN section 3)."""

Of: TypeAlias = Literal[
    "contacts_96h", "silent_96h", "treated_14d", "floor", "recording", "callback_number", "hours"
]
_COUNTS = tuple(str(number) for number in range(MOST + 1))
_VALUES = {
    "contacts_96h": _COUNTS,
    "silent_96h": _COUNTS,
    "treated_14d": ("yes", "no", "unknown"),
    "floor": tuple(Disposition),
    "recording": ("keep", "declined"),
    "callback_number": ("known", "unknown"),
    "hours": ("open", "closed", "holiday"),
}
_ORDERED = {"contacts_96h", "silent_96h", "floor"}


class ConditionSchema(Entry):
    """One of the three tests."""

    equals: str | None = None
    at_least: str | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)

    def given(self) -> list[tuple[Literal["equals", "at_least", "in"], tuple[str, ...]]]:
        """Return the tests that stand there."""
        found: list[tuple[Literal["equals", "at_least", "in"], tuple[str, ...]]] = []
        if self.equals is not None:
            found.append(("equals", (self.equals,)))
        if self.at_least is not None:
            found.append(("at_least", (self.at_least,)))
        if self.in_ is not None:
            found.append(("in", self.in_))
        return found


def _one_of(when: dict[Of, ConditionSchema]) -> dict[Of, ConditionSchema]:
    if len(when) != 1:
        raise fault("NB124", f"a case asks one thing, not {len(when)}", "split it into cases, one under the other")
    of, test = next(iter(when.items()))
    given = test.given()
    if len(given) != 1:
        raise fault("NB124", f"a case has one test, not {len(given)}", "write one of equals, at_least, in")
    for value in given[0][1]:
        if value not in _VALUES[of]:
            raise fault("NB124", f"{of} is never {value!r}", "one of " + ", ".join(_VALUES[of]))
    if given[0][0] == "at_least" and of not in _ORDERED:
        raise fault("NB124", f"{of} has no order", "write equals or in")
    return when


class CaseSchema(Entry):
    """One case."""

    when: Annotated[dict[Of, ConditionSchema], AfterValidator(_one_of)]
    floor: Disposition | None = None
    next: Target


class BranchSchema(StateSchema):
    """Keys of a branch."""

    kind: Literal["branch"]
    cases: Annotated[tuple[CaseSchema, ...], Field(min_length=1)]
    otherwise: Target


def _case(schema: CaseSchema) -> Case:
    of, test = next(iter(schema.when.items()))
    name, value = test.given()[0]
    return Case(of=of, test=name, value=value, next=schema.next, floor=schema.floor)


def build(schema: BranchSchema, maker: Maker) -> Branch:
    """Make the state."""
    return Branch(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        cases=tuple(_case(case) for case in schema.cases),
        otherwise=schema.otherwise,
    )


KIND = Kind("branch", BranchSchema, build)
