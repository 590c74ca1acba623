"""Variables: the finite things that a call remembers and a later move of the table reads; nothing else is one.

FLOOR, CLEARED, ``engaged``, ``nine`` and ``owed`` are always there. Every other is there because a
branch reads it, with as many values as the branches can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from nightbell.call.compile import Plan
from nightbell.call.marks import LANGUAGE
from nightbell.call.memory import COUNTER_LIMIT
from nightbell.call.step import Ask, Decide
from nightbell.call.table.floors import floors_of
from nightbell.flow.model import Case, Universal
from nightbell.flow.proof.table import CLEARED, FLOOR, Variable
from nightbell.terms.disposition import Disposition

__all__ = [
    "ENGAGED",
    "GATE",
    "GIVEN",
    "NINE",
    "NINES",
    "NUMBER",
    "OWED",
    "SCREEN",
    "added",
    "away",
    "corrected",
    "holding",
    "name_of",
    "nine_closed",
    "nine_opened",
    "variables_of",
]

ENGAGED: Final = "engaged"
"""Variable: ``no`` nothing was ever said or pressed, ``once`` and the words were said again, ``yes`` (rule 4)."""
NINE: Final = "nine"
"""Variable: how often key 9 was pressed and not meant; ``open`` while it may be taken back (rule 3)."""
NINES: Final = ("0", "1 open", "1", "2 open", "2")
OWED: Final = "owed"
"""Variable: what was said or pressed under must-hear words leads away when they are over (rule 11): ``away`` a red
flag, ``corrected`` a correction, ``person`` a wish for one or anything else without a floor, ``back`` to where the
call began."""
GATE: Final = "gate"
SCREEN: Final = "screen"
NUMBER: Final = "callback_number"
_KNOWN: Final = ("own", "unknown", "keyed")
"""Call-back number: the caller's is known; none is; none is, and one was keyed."""
_FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "treated_14d": ("unknown", "yes", "no"),
    "filler_14d": ("unknown", "yes", "no"),
    "recording": ("keep", "declined"),
    "hours": ("closed", "open", "holiday"),
    NUMBER: _KNOWN,
}
GIVEN: Final = frozenset({"contacts_96h", "filler_contacts_96h", "silent_96h", "treated_14d", "filler_14d"})
"""What the records know: it may be anything when a call begins, and more when a withheld number was keyed."""


def added(value: str, found: str) -> str:
    """Return what is known after a second look at the records: counts only rise, and a yes stays."""
    return str(max(int(value), int(found))) if value.isdigit() else found


def nine_opened(value: str) -> str:
    """Return the state of key 9 after it was pressed and may be taken back."""
    return {"0": "1 open", "1": "2 open"}.get(value, value)


def nine_closed(value: str) -> str:
    """Return the state of key 9 after it was taken back, or meant."""
    return value.removesuffix(" open")


def name_of(case: Case) -> str:
    """Return the name of the variable that a case reads."""
    return f"{case.of}:{case.name}" if case.of in {"result", "count"} else case.of


def holding(variable: Variable, case: Case) -> frozenset[str]:
    """Return the values of a variable for which a case holds."""
    return frozenset(value for value in variable.values if _holds(case, value))


def _holds(case: Case, value: str) -> bool:
    """Judge as ``call.condition`` does; a property test holds the two together."""
    if case.of == "floor":
        if case.test == "at_least":
            return bool(value) and Disposition(value).at_least(Disposition(case.value[0]))
        return bool(value) and value in case.value
    if case.of == "callback_number":
        value = "unknown" if value == "unknown" else "known"
    if case.test == "at_least":
        return value.isdigit() and int(value) >= int(case.value[0])
    return value in case.value


def variables_of(plan: Plan) -> dict[str, Variable]:
    """Return the variables of a flow, by name."""
    flow = plan.flow
    nines = NINES if flow.mistake is not None else NINES[:1]
    fixed = [
        Variable(name=FLOOR, values=floors_of(flow, plan.steps.values()), begins=("",)),
        Variable(name=CLEARED, values=("", GATE, SCREEN), begins=("",)),
        Variable(name=ENGAGED, values=("no", "once", "yes"), begins=("no",)),
        Variable(name=NINE, values=nines, begins=("0",)),
        Variable(name=OWED, values=_owed(plan), begins=("",)),
    ]
    read: dict[str, list[Case]] = {}
    for step in plan.steps.values():
        for case in step.cases if isinstance(step, Decide) else ():
            read.setdefault(name_of(case), []).append(case)
    read.pop(FLOOR, None)
    return {each.name: each for each in (*fixed, *(_variable(plan, name, read[name]) for name in sorted(read)))}


def _owed(plan: Plan) -> tuple[str, ...]:
    """Return what can wait for the end of must-hear words: each wish and each floor of a flag by itself."""
    wishes = (wish_of(each) for each in plan.universals if each.floor is None)
    flags = dict.fromkeys(away(each.floor) for each in plan.universals if each.floor is not None)
    asked = (each for each in plan.steps.values() if isinstance(each, Ask) and each.floor is not None)
    return ("", "back", "person", *wishes, *dict.fromkeys(corrected(each) for each in asked), *flags)


def away(floor: Disposition) -> str:
    """Return what is owed to a red flag of a floor."""
    return f"away:{floor.value}"


def corrected(asked: Ask) -> str:
    """Return what is owed to a yes that takes back the no to a question: those of one floor are not told apart.

    Where it leads is then any of theirs, which is more than a call can do and never less, and keeps a flow with
    many questions small enough to be proved.
    """
    return f"correct:{asked.floor}"


def wish_of(universal: Universal) -> str:
    """Return what is owed to a universal without a floor."""
    return f"wish:{universal.name}"


def _variable(plan: Plan, name: str, cases: Iterable[Case]) -> Variable:
    kind = name.partition(":")[0]
    flow = plan.flow
    if kind in {"contacts_96h", "filler_contacts_96h", "silent_96h", "count"}:
        values = tuple(str(number) for number in range(_most(cases) + 1))
    elif kind == "result":
        values = ("", *sorted(_categories(plan, name)))
    elif kind == LANGUAGE:
        values = flow.languages
    elif kind == "cover":
        values = (flow.clinic.cover,)
    else:
        values = _FACTS[kind]
    if kind in GIVEN:
        return Variable(name=name, values=values, begins=values)
    begins = _KNOWN[:2] if kind == "callback_number" else values[:1]
    if name == f"count:{plan.counts.get(plan.entry[flow.starts_at])}":
        begins = values[1:2]  # where the call begins is arrived at too
    return Variable(name=name, values=values, begins=begins)


def _most(cases: Iterable[Case]) -> int:
    """Return the number from which on no case can tell a counter's values apart."""
    most = 0
    for case in cases:
        for value in case.value:
            most = max(most, int(value) + (case.test != "at_least"))
    return min(most, COUNTER_LIMIT)


def _categories(plan: Plan, name: str) -> set[str]:
    found = {
        value
        for marks in plan.marks.values()
        for left in marks.values()
        for variable, value in left
        if variable == name
    }
    for step in plan.steps.values():
        for possible in step.answers if isinstance(step, Ask) else ():
            found |= {
                value for _, fills in possible.fills for result, value in fills if f"result:{result}" == name
            }
    return found - {""}
