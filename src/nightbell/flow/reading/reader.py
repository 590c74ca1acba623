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
from nightbell.flow.hashing import content_hash
from nightbell.flow.model import (
    Answers,
    Bounds,
    Branch,
    Clinic,
    Flow,
    Limits,
    Reprompts,
    State,
    Timers,
    Universal,
)
from nightbell.flow.places import Places
from nightbell.flow.reading.checked import Faults, check
from nightbell.flow.reading.clinic import ClinicSchema, make_clinic
from nightbell.flow.reading.dialog import SUBDIALOG, SubdialogSchema
from nightbell.flow.reading.dialogs import Written, write_out
from nightbell.flow.reading.fragments import merged
from nightbell.flow.reading.given import names_of, what_is_given
from nightbell.flow.reading.maker import Maker, prompt_of, timers_over
from nightbell.flow.reading.migrations.registry import NEWEST
from nightbell.flow.reading.names import Names
from nightbell.flow.reading.relations import find_faults
from nightbell.flow.reading.schema import (
    AnswersSchema,
    FlowSchema,
    LimitsSchema,
    SafetySchema,
    StateSchema,
    UniversalSchema,
)
from nightbell.flow.reading.states.registry import KINDS
from nightbell.flow.reading.text import suggestion

__all__ = ["Loaded", "read_flow", "read_with_places"]

_UNREAD: Final = ("NB11", "NB120", "NB133", "NB135")
"""Codes of files or parts of files that could not be read: what is missing then may stand there."""
_WORDS_WITHIN: Final = {"words_turns": 2, "words_seconds": 20}
"""What ``words_within: {}`` promises."""
_KINDS: Final = (*KINDS, SUBDIALOG)


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
    unread = any(fault.code.startswith(_UNREAD) for fault in faults.found[of_clinic:])
    names = names_of(node, facts_node, all_states=not unread)
    facts = check(ClinicSchema, facts_node, names, faults, owner=None) if facts_node is not None else None
    parts: list[_Part] = []
    flow = None
    if node is not None:
        find_faults(node, facts_node, clinic, faults)
        writing = write_out(node, names, faults)
        known = what_is_given(writing.states, names)
        names = known.over(writing.top)
        flow = check(FlowSchema, node, names, faults, owner=None)
        parts = [
            part for written in writing.states if (part := _state(written, known.over(written.names), faults))
        ]
        node = _written_out(node, writing.states)
    found = in_order(faults.found)
    stopping = sum(fault.severity == "error" for fault in found)
    if stopping or flow is None or facts is None or node is None or facts_node is None:
        count = f"{stopping} faults" if stopping != 1 else "one fault"
        raise FlowError(f"the flow of {clinic} has {count}", diagnostics=found, hint="nightbell check shows them")
    return Loaded(_flow(flow, parts, make_clinic(facts), names), Places(node, facts_node), found)


@dataclass(frozen=True, slots=True)
class _Part:
    """A state that is sound by itself."""

    written: Written
    schema: StateSchema | SubdialogSchema
    names: Names


def _file(files: AnyMapping[str, str], name: str, shown: AnyMapping[str, str], faults: Faults) -> Mapping | None:
    text = files.get(name)
    if text is None:
        hint = "a clinic's folder needs flow.yaml and clinic.yaml"
        faults.add(Place(shown.get(name, name)), "NB120", "the file is missing", hint)
        return None
    node, found = read(text, shown.get(name, name))
    faults.found.extend(found)
    return node


def _written_out(flow: Mapping, states: list[Written]) -> Mapping:
    """Return the tree with the dialogs' states under the names that the flow knows them by."""
    items = tuple((replace(each.key, text=each.name), each.node) for each in states if each.kept)
    return Mapping(
        tuple((key, Mapping(items, value.place) if key.text == "states" else value) for key, value in flow.items),
        flow.place,
    )


def _state(written: Written, names: Names, faults: Faults) -> _Part | None:
    key, node = written.key, written.node
    schema: Any = None
    if written.counting_entry:
        schema = check(SubdialogSchema, node, names, faults, owner=key)
    elif not isinstance(node, Mapping):
        faults.add(key.place, "NB123", f"{key.text!r} must be a mapping", "kind: and the keys of that kind")
    elif not isinstance(given := node.get("kind"), Scalar):
        stuck = next((name for name, _ in node.items if name.text.startswith("kind:")), None)
        hint = "put a space after the colon" if stuck else "one of " + ", ".join(_KINDS)
        faults.add(stuck.place if stuck else key.place, "NB122", f"{key.text!r} has no 'kind'", hint)
    elif (kind := KINDS.get(given.text)) is None:
        hint = suggestion(given.text, _KINDS, "one of " + ", ".join(_KINDS))
        faults.add(given.place, "NB125", f"there is no kind {given.text!r}", hint)
    else:
        schema = check(kind.schema, node, names, faults, owner=key)
        kind.faults(key, node, names, faults)
    return _Part(written, schema, names) if schema is not None and written.kept else None


def _flow(schema: FlowSchema, parts: list[_Part], clinic: Clinic, names: Names) -> Flow:
    timers = timers_over(schema.timers, Timers())
    defaults = Maker(
        name="reprompts",
        line=0,
        timers=timers,
        default_reprompts=Reprompts(),
        emergency=schema.roles.emergency,
        question_lines={},
        names=names,
    )
    reprompts = defaults.reprompts(schema.reprompts)
    flow = Flow(
        clinic=clinic,
        spec=NEWEST,
        hash="",
        starts_at=schema.starts_at,
        states=tuple(_made(part, timers, reprompts, schema.roles.emergency) for part in parts),
        universals=tuple(_universal(name, universal) for name, universal in schema.universals.items()),
        sounds_like=tuple(schema.sounds_like.items()),
        emergency=schema.roles.emergency,
        silent=schema.roles.silent,
        person=schema.roles.person,
        mistake=prompt_of(schema.mistake, "mistake", Timers()) if schema.mistake is not None else None,
        after_mistake=schema.roles.after_mistake or "",
        languages=names.languages,
        limits=_limits(schema.limits),
        bounds=_bounds(schema.safety),
        **_answers(schema.answers),
        answers_in=_answers_in(schema.answers, names.languages[1:]),
    )
    return replace(flow, hash=content_hash(flow))


def _made(part: _Part, timers: Timers, reprompts: Reprompts, emergency: str) -> State:
    written, schema = part.written, part.schema
    name, line = written.name, written.key.place.line
    if isinstance(schema, SubdialogSchema):
        return Branch(
            name=name,
            line=line,
            timers=timers,
            cases=(),
            otherwise=written.counting_entry,
            counts=schema.counts or "",
            dialog=part.names.scope.dialog,
        )
    questions = written.node.mapping("questions").items if isinstance(written.node, Mapping) else ()
    maker = Maker(
        name=name,
        line=line,
        timers=timers_over(schema.timers, timers),
        default_reprompts=reprompts,
        emergency=emergency,
        question_lines={key.text: key.place.line for key, _ in questions},
        names=part.names,
    )
    return replace(
        KINDS[schema.kind].build(schema, maker),
        routes=tuple(schema.routes.items()),
        counts=schema.counts or "",
        dialog=part.names.scope.dialog,
    )


def _universal(name: str, schema: UniversalSchema) -> Universal:
    return Universal(
        name=name,
        priority=schema.priority,
        hear=schema.hear.words,
        floor=schema.floor,
        next=schema.next,
        key=schema.key,
        slower=schema.slower,
        row=schema.row,
        unless=schema.unless.words,
        hear_in=schema.hear.words_in,
        unless_in=schema.unless.words_in,
    )


def _given(**values: int | None) -> dict[str, int]:
    return {name: value for name, value in values.items() if value is not None}


def _limits(schema: LimitsSchema) -> Limits:
    return Limits(
        **_given(
            turns=schema.turns, duration_ms=schema.duration, visits=schema.visits, watchdog_ms=schema.watchdog
        )
    )


def _bounds(schema: SafetySchema) -> Bounds:
    within, words = schema.escalate_within, schema.words_within
    promised = {}
    if words is not None:
        promised = {"words_turns": words.turns, "words_seconds": words.seconds}
        promised = {key: _WORDS_WITHIN[key] if value is None else value for key, value in promised.items()}
    return Bounds(**_given(turns=within.turns, seconds=within.seconds, **promised))


def _answers(schema: AnswersSchema) -> dict[str, Any]:
    """Return the answers that the flow gives in its first language; the model knows the usual ones."""
    given = {name: getattr(schema, name) for name in AnswersSchema.model_fields}
    return {name: heard.words for name, heard in given.items() if heard is not None and heard.first}


def _answers_in(schema: AnswersSchema, languages: tuple[str, ...]) -> tuple[Answers, ...]:
    given = {name: getattr(schema, name) for name in AnswersSchema.model_fields}
    by_name = {name: dict(heard.words_in) for name, heard in given.items() if heard is not None}
    return tuple(
        Answers(language=language, **{name: words.get(language, ()) for name, words in by_name.items()})
        for language in languages
    )
