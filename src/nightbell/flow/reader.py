"""Reader: the texts of a clinic's files to a checked flow, or every fault in them at once. Pure.

Schema faults of all files, faults of reference and faults between values are found in one pass: each check looks
at the tree as it stands, so that one fault does not hide the next. It reads no file: that is ``flow.load``.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from typing import Any, Final

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.node import Mapping, Scalar
from nightbell.document.reader import read
from nightbell.errors import FlowError
from nightbell.flow.checked import Faults, check
from nightbell.flow.clinic import ClinicSchema, facts_of, make_clinic
from nightbell.flow.fields import Names
from nightbell.flow.fragments import merged
from nightbell.flow.hashing import content_hash
from nightbell.flow.maker import Maker, timers_over
from nightbell.flow.model import Clinic, Flow, Prompt, Reprompts, State, Timers, Universal
from nightbell.flow.places import Places
from nightbell.flow.relations import find_faults
from nightbell.flow.schema import AnswersSchema, FlowSchema, SaySchema, StateSchema
from nightbell.flow.states.registry import KINDS
from nightbell.flow.text import suggestion

__all__ = ["Loaded", "read_flow", "read_with_places"]

_UNREAD: Final = ("NB11", "NB120", "NB133", "NB135")
"""Codes of files or parts of files that could not be read: what is missing then may stand there."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A flow that loads, and where its parts stand."""

    flow: Flow
    places: Places
    warnings: tuple[Diagnostic, ...] = ()
    """What is worth a look and stops nothing, in the order of the files."""


def read_flow(files: AnyMapping[str, str], clinic: str) -> Flow:
    """Read a clinic's flow, as ``read_with_places`` does."""
    return read_with_places(files, clinic).flow


def read_with_places(
    files: AnyMapping[str, str], clinic: str, shown: AnyMapping[str, str] | None = None
) -> Loaded:
    """Read a clinic's flow and keep where its parts stand.

    Args:
        files: name relative to the flows folder (``rosewood/flow.yaml``, ``shared/universals.yaml``) to text.
        clinic: the clinic's folder.
        shown: name to the path that places shall show; the name itself where there is none.

    Raises:
        FlowError: it has faults; ``diagnostics`` holds all of them, and the warnings, in the order of the files.
    """
    shown = shown or {}
    faults = Faults()
    facts_node = _file(files, f"{clinic}/clinic.yaml", shown, faults)
    of_clinic = len(faults.found)
    own = _file(files, f"{clinic}/flow.yaml", shown, faults)
    node = merged(own, files, shown, faults) if own is not None else None
    states = tuple(key.text for key, _ in node.mapping("states").items) if node is not None else ()
    unread = any(fault.code.startswith(_UNREAD) for fault in faults.found[of_clinic:])
    names = Names(
        states=states,
        facts=facts_of(facts_node),
        all_states=not unread,
        all_facts=facts_node is not None,
    )
    facts = check(ClinicSchema, facts_node, names, faults, owner=None) if facts_node is not None else None
    parts: list[_Part] = []
    flow = None
    if node is not None:
        flow = check(FlowSchema, node, names, faults, owner=None)
        parts = _states(node.mapping("states"), names, faults)
        find_faults(node, facts_node, clinic, faults)
    found = in_order(faults.found)
    stopping = sum(fault.severity == "error" for fault in found)
    if stopping or flow is None or facts is None or node is None or facts_node is None:
        count = f"{stopping} faults" if stopping != 1 else "one fault"
        raise FlowError(f"the flow of {clinic} has {count}", diagnostics=found, hint="nightbell check shows them")
    return Loaded(_flow(flow, parts, make_clinic(facts)), Places(node, facts_node), found)


@dataclass(frozen=True, slots=True)
class _Part:
    """A state that is sound by itself."""

    key: Scalar
    node: Mapping
    schema: StateSchema


def _file(files: AnyMapping[str, str], name: str, shown: AnyMapping[str, str], faults: Faults) -> Mapping | None:
    text = files.get(name)
    if text is None:
        faults.add(
            Place(shown.get(name, name)),
            "NB120",
            "the file is missing",
            "a clinic's folder needs flow.yaml and clinic.yaml",
        )
        return None
    node, found = read(text, shown.get(name, name))
    faults.found.extend(found)
    return node


def _states(states: Mapping, names: Names, faults: Faults) -> list[_Part]:
    parts: list[_Part] = []
    for key, node in states.items:
        if not isinstance(node, Mapping):
            faults.add(key.place, "NB123", f"{key.text!r} must be a mapping", "kind: and the keys of that kind")
            continue
        given = node.get("kind")
        if not isinstance(given, Scalar):
            faults.add(key.place, "NB122", f"{key.text!r} has no 'kind'", "one of " + ", ".join(KINDS))
            continue
        kind = KINDS.get(given.text)
        if kind is None:
            hint = suggestion(given.text, tuple(KINDS), "one of " + ", ".join(KINDS))
            faults.add(given.place, "NB125", f"there is no kind {given.text!r}", hint)
            continue
        schema: Any = check(kind.schema, node, names, faults, owner=key)
        kind.faults(key, node, faults)
        if schema is not None:
            parts.append(_Part(key, node, schema))
    return parts


def _flow(schema: FlowSchema, parts: list[_Part], clinic: Clinic) -> Flow:
    timers = timers_over(schema.timers, Timers())
    defaults = Maker(
        name="reprompts",
        line=0,
        timers=timers,
        default_reprompts=Reprompts(),
        emergency=schema.roles.emergency,
        question_lines={},
    )
    reprompts = defaults.reprompts(schema.reprompts)
    flow = Flow(
        clinic=clinic,
        spec=schema.spec,
        hash="",
        starts_at=schema.starts_at,
        states=tuple(_state(part, timers, reprompts, schema.roles.emergency) for part in parts),
        universals=tuple(
            Universal(
                name=name,
                priority=universal.priority,
                hear=universal.hear,
                floor=universal.floor,
                next=universal.next,
                key=universal.key,
                row=universal.row,
            )
            for name, universal in schema.universals.items()
        ),
        sounds_like=tuple(
            (word, tuple(phrase for phrases in spellings for phrase in phrases))
            for word, spellings in schema.sounds_like.items()
        ),
        emergency=schema.roles.emergency,
        silent=schema.roles.silent,
        person=schema.roles.person,
        mistake=_mistake(schema.mistake),
        after_mistake=schema.roles.after_mistake or "",
        **_answers(schema.answers),
    )
    return replace(flow, hash=content_hash(flow))


def _state(part: _Part, timers: Timers, reprompts: Reprompts, emergency: str) -> State:
    maker = Maker(
        name=part.key.text,
        line=part.key.place.line,
        timers=timers_over(part.schema.timers, timers),
        default_reprompts=reprompts,
        emergency=emergency,
        question_lines={key.text: key.place.line for key, _ in part.node.mapping("questions").items},
    )
    return KINDS[part.schema.kind].build(part.schema, maker)


def _answers(schema: AnswersSchema) -> dict[str, Any]:
    """Return the answers that the flow gives; the model knows the usual ones."""
    given = {name: getattr(schema, name) for name in AnswersSchema.model_fields}
    return {
        name: tuple(dict.fromkeys(phrase for phrases in several for phrase in phrases))
        for name, several in given.items()
        if several is not None
    }


def _mistake(say: SaySchema | None) -> Prompt | None:
    if say is None:
        return None
    return Prompt(name="mistake", parts=say.text, must_hear=say.must_hear, bargein=say.bargein or "speech")
