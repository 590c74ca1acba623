"""The kind ``branch``: a switch on what is known; the first case that holds is taken. What it asks is closed."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from nightbell.flow.model import Branch, Case
from nightbell.flow.reading.fields import Entry, Names, Target, fault, several
from nightbell.flow.reading.maker import Maker
from nightbell.flow.reading.schema import StateSchema
from nightbell.flow.reading.states.kind import Kind
from nightbell.flow.reading.text import suggestion
from nightbell.terms.disposition import Disposition

__all__ = ["KIND"]

MOST: Final = 3
"""Counters stop at 3 so that the flow's state space stays finite (DESIGN section 3)."""

Test: TypeAlias = Literal["equals", "at_least", "in"]
Of: TypeAlias = Literal[
    "contacts_96h",
    "filler_contacts_96h",
    "silent_96h",
    "treated_14d",
    "filler_14d",
    "floor",
    "recording",
    "callback_number",
    "hours",
    "language",
    "cover",
    "result",
    "count",
]
Path: TypeAlias = tuple[str | int, ...]
_NUMBERS: Final = tuple(str(number) for number in range(MOST + 1))
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "contacts_96h": _NUMBERS,
    "filler_contacts_96h": _NUMBERS,
    "silent_96h": _NUMBERS,
    "treated_14d": ("yes", "no", "unknown"),
    "filler_14d": ("yes", "no", "unknown"),
    "floor": tuple(Disposition),
    "recording": ("keep", "declined"),
    "callback_number": ("known", "unknown"),
    "hours": ("open", "closed", "holiday"),
    "cover": ("full", "solo", "none"),
}
_ORDERED: Final = frozenset({"contacts_96h", "filler_contacts_96h", "silent_96h", "floor", "count"})


class ConditionSchema(Entry):
    """One of the three tests."""

    equals: str | None = None
    """It is this."""
    at_least: str | None = None
    """It is this or more: counts and floors."""
    in_: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)
    """It is one of these."""

    def given(self) -> list[tuple[Test, tuple[str, ...]]]:
        """Return the tests that stand there."""
        found: list[tuple[Test, tuple[str, ...]]] = []
        if self.equals is not None:
            found.append(("equals", (self.equals,)))
        if self.at_least is not None:
            found.append(("at_least", (self.at_least,)))
        if self.in_ is not None:
            found.append(("in", self.in_))
        return found


class WhenSchema(Entry):
    """What a case asks: exactly one of these."""

    contacts_96h: ConditionSchema | None = None
    """Calls of this caller in the last four days, 0 to 3."""
    filler_contacts_96h: ConditionSchema | None = None
    """Those about filler, or about a product that is not known, 0 to 3."""
    silent_96h: ConditionSchema | None = None
    """Calls of this caller in which nobody spoke, 0 to 3."""
    treated_14d: ConditionSchema | None = None
    """Treated in the last 14 days: yes, no or unknown."""
    filler_14d: ConditionSchema | None = None
    """Treated with filler, or with a product that is not known, in the last 14 days: yes, no or unknown."""
    floor: ConditionSchema | None = None
    """The least urgent the call can end at."""
    recording: ConditionSchema | None = None
    """keep or declined."""
    callback_number: ConditionSchema | None = None
    """known or unknown."""
    hours: ConditionSchema | None = None
    """open, closed or holiday."""
    language: ConditionSchema | None = None
    """The language that the call is in."""
    cover: ConditionSchema | None = None
    """full, solo or none, as clinic.yaml says."""
    result: dict[str, ConditionSchema] | None = None
    """{NAME: {equals: CATEGORY}}: a result of a menu, a collection or a slot."""
    count: dict[str, ConditionSchema] | None = None
    """{NAME: {at_least: 2}}: a counter, 0 to 3."""


_OF: Final[tuple[Of, ...]] = get_args(Of)


def _asked(when: WhenSchema) -> list[tuple[Of, str, ConditionSchema]]:
    """Return what is asked, its name where it has one, and the test."""
    found: list[tuple[Of, str, ConditionSchema]] = []
    for of in _OF:
        given = getattr(when, of)
        if isinstance(given, dict):
            found += [(of, name, condition) for name, condition in given.items()]
        elif given is not None:
            found.append((of, "", given))
    return found


def _one_thing(when: WhenSchema, info: ValidationInfo[Names]) -> WhenSchema:
    asked = _asked(when)
    if len(asked) != 1:
        hint = "split it into cases, one under the other" if asked else "one of " + ", ".join(_OF)
        raise fault("NB124", f"a case asks one thing, not {len(asked)}", hint)
    of, name, condition = asked[0]
    path: Path = (of, name) if name else (of,)
    given = condition.given()
    if len(given) != 1:
        hint = "write one of equals, at_least, in"
        raise several([(path, fault("NB124", f"a case has one test, not {len(given)}", hint))])
    test, values = given[0]
    faults: list[tuple[Path, PydanticCustomError]] = []
    if test == "at_least" and of not in _ORDERED:
        faults.append(((*path, test), fault("NB124", f"{of} has no order", "write equals or in")))
    possible, code, unknown = _possible(of, name, info.context)
    if unknown is not None:
        faults.append(((*path, "[key]"), unknown))
    for number, value in enumerate(values):
        if possible and value not in possible:
            where: Path = (*path, test, number) if test == "in" else (*path, test)
            hint = suggestion(value, possible, "one of " + ", ".join(possible))
            faults.append((where, fault(code, f"{name or of} is never {value!r}", hint)))
    if faults:
        raise several(faults)
    return when


def _possible(of: str, name: str, names: Names) -> tuple[tuple[str, ...], str, PydanticCustomError | None]:
    """Return the values that can be asked for, the code of one that cannot, and the fault of an unknown name."""
    if of == "language":
        return names.languages if names.all_languages else (), "NB197", None
    if of == "count":
        unknown = None
        if name not in names.counters and names.all_states:
            known = "counters: " + ", ".join(names.counters) if names.counters else "no state counts: anything"
            hint = suggestion(name, names.counters, known)
            unknown = fault("NB193", f"no state counts {name!r}", hint)
        return _NUMBERS, "NB124", unknown
    if of == "result":
        if name == "callback_number":
            return (), "", fault("NB192", "a number is no result with categories", "when: {callback_number: ...}")
        categories = names.results.get(names.result(name))
        if categories is not None:
            return categories, "NB192", None
        if not names.all_states:
            return (), "", None
        visible = names.visible_results
        known = "results: " + ", ".join(visible) if visible else "no state gives a result"
        return (), "", fault("NB192", f"no state gives the result {name!r}", suggestion(name, visible, known))
    return _VALUES[of], "NB124", None


class CaseSchema(Entry):
    """One case."""

    when: Annotated[WhenSchema, AfterValidator(_one_thing)]
    """What must hold."""
    floor: Disposition | None = None
    """Sets this floor."""
    next: Target
    """Where it leads then."""


class BranchSchema(StateSchema):
    """Keys of a branch."""

    kind: Literal["branch"]
    cases: Annotated[tuple[CaseSchema, ...], Field(min_length=1)]
    """The first that holds is taken."""
    otherwise: Target
    """Where it leads when none holds."""


def _case(schema: CaseSchema, names: Names) -> Case:
    of, name, condition = _asked(schema.when)[0]
    test, value = condition.given()[0]
    known = names.result(name) if of == "result" else name
    return Case(of=of, test=test, value=value, next=schema.next, floor=schema.floor, name=known)


def build(schema: BranchSchema, maker: Maker) -> Branch:
    """Make the state."""
    return Branch(
        name=maker.name,
        line=maker.line,
        timers=maker.timers,
        cases=tuple(_case(case, maker.names) for case in schema.cases),
        otherwise=schema.otherwise,
    )


KIND = Kind("branch", BranchSchema, build)
