"""Dialogs: parts of a flow that are called from several places, written out state by state, once for each call.

A subdialog state ``CALL`` of the dialog with the state ``ask`` becomes the state ``CALL.ask``. Its node stays
where it stands, so that a fault shows the dialog's own line; what its names mean in this call is its scope.
Nothing of a dialog is left at run time: a flow stays finite and has no stack.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Final

from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.flow.model import Words
from nightbell.flow.reading.checked import Faults, check
from nightbell.flow.reading.dialog import SUBDIALOG, DialogSchema, SubdialogSchema
from nightbell.flow.reading.names import Names, Parts, Scope
from nightbell.flow.reading.schema import SaySchema
from nightbell.flow.reading.states.once import names_fit
from nightbell.flow.reading.text import SLOTS, suggestion

__all__ = ["SUBDIALOG", "DialogSchema", "SubdialogSchema", "Writing", "Written", "write_out"]

MAX_STATES: Final = 5_000
"""States of a flow with its dialogs written out."""
MAX_WITHIN: Final = 8
"""Dialogs within dialogs."""
_OWN: Final = frozenset({"callback_number"})
"""Results that are the call's, whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Written:
    """One state, written out."""

    name: str
    """In the whole flow: ``ask`` at the top, ``CALL.ask`` in a dialog."""
    key: Scalar
    """As it stands in the file."""
    node: Node
    names: Names
    kept: bool
    """False in a dialog that nothing calls: it is checked, and no part of the flow."""
    counting_entry: str = ""
    """A call that counts: where it leads."""


@dataclass(slots=True)
class Writing:
    """All that came of it."""

    states: list[Written] = field(default_factory=list)
    top: Names = field(default_factory=Names)
    """The names as the flow itself knows them, calls led to their first states."""


def write_out(flow: Mapping, names: Names, faults: Faults) -> Writing:
    """Write every call of a dialog out.

    Args:
        flow: flow.yaml with its fragments.
        names: what the files define.
        faults: takes what is wrong with the dialogs and their calls, apart from the states in them.
    """
    writer = _Writer(flow.mapping("dialogs"), faults)
    names_fit(writer.dialogs, "dialog", faults)
    for key, dialog in writer.dialogs.items:
        _check_dialog(key, dialog, names, faults)
        writer.results_given(key, dialog)
    top = flow.mapping("states")
    top_names = names.within(Scope(states=writer.entries("", top)), tuple(key.text for key, _ in top.items))
    writer.states("", top, top_names, (), kept=True)
    for key, dialog in writer.dialogs.items:
        if key.text not in writer.called and isinstance(dialog, Mapping):
            hint = f"call it from a state: {{kind: subdialog, dialog: {key.text}, ...}}, or delete it"
            faults.warn(key.place, "NB139", f"nothing calls the dialog {key.text!r}", hint)
            writer.uncalled(key.text, dialog, top_names)
    return Writing(writer.written, top_names)


def _check_dialog(key: Scalar, dialog: Node, names: Names, faults: Faults) -> None:
    inside = dialog.mapping("states") if isinstance(dialog, Mapping) else Mapping((), key.place)
    local = tuple(name.text for name, _ in inside.items)
    check(DialogSchema, dialog, names.within(Scope(dialog=key.text), local), faults, owner=key)
    names_fit(inside, "state", faults, taken=frozenset({"same"}))
    if not isinstance(dialog, Mapping):
        return
    for item in _items(dialog, "params"):
        if item.text in SLOTS or item.text in names.facts:
            faults.add(item.place, "NB126", f"{item.text!r} is known in every text", "choose another name")
    for which in ("params", "returns", "results"):
        first: set[str] = set()
        for item in _items(dialog, which):
            if item.text in first:
                faults.add(item.place, "NB194", f"{item.text!r} stands here twice", "name each once")
            first.add(item.text)


@dataclass(slots=True)
class _Writer:
    dialogs: Mapping
    faults: Faults
    written: list[Written] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    giving: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calls: int = 0
    full: bool = False

    def entries(self, prefix: str, states: Mapping) -> dict[str, str]:
        """Return the states of a list to their names in the whole flow, where those are others."""
        found: dict[str, str] = {}
        for key, node in states.items:
            if _is_call(node) and not _text(node, "counts"):
                found[key.text] = self._entry(f"{prefix}{key.text}", node)
            elif prefix:
                found[key.text] = f"{prefix}{key.text}"
        return found

    def _entry(self, call: str, node: Node) -> str:
        """Return the first state that a call leads to; where there is none, the call's own name."""
        for _ in range(MAX_WITHIN):
            dialog = self.dialogs.get(_text(node, "dialog"))
            if not isinstance(dialog, Mapping):
                return call
            first = _text(dialog, "starts_at")
            inner = dialog.mapping("states").get(first)
            call = f"{call}.{first}"
            if not _is_call(inner) or inner is None or _text(inner, "counts"):
                return call
            node = inner
        return call

    def states(self, prefix: str, states: Mapping, names: Names, trail: tuple[str, ...], *, kept: bool) -> None:
        """Write the states of the flow, or of one call, and all that they call."""
        for key, node in states.items:
            if len(self.written) + self.calls >= MAX_STATES:
                if not self.full:
                    self.full = True
                    hint = f"at most {MAX_STATES}; dialogs count once for each call of them"
                    self.faults.add(key.place, "NB195", "too many states", hint)
                return
            if not _is_call(node):
                self.written.append(Written(f"{prefix}{key.text}", key, node, names, kept))
            elif isinstance(node, Mapping):
                self._call(f"{prefix}{key.text}", key, node, names, trail, kept=kept)

    def _call(
        self, call: str, key: Scalar, node: Mapping, names: Names, trail: tuple[str, ...], *, kept: bool
    ) -> None:
        self.calls += 1
        schema = check(SubdialogSchema, node, names, self.faults, owner=key)
        given = node.get("dialog")
        if not isinstance(given, Scalar) or not given.text:
            return  # the schema reports it
        dialog = self.dialogs.get(given.text)
        if dialog is None:
            if names.all_states:
                known = tuple(name.text for name, _ in self.dialogs.items)
                otherwise = "dialogs: " + ", ".join(known[:20]) if known else "add it under dialogs:"
                hint = suggestion(given.text, known, otherwise)
                self.faults.add(given.place, "NB194", f"there is no dialog {given.text!r}", hint)
            return
        self.called.add(given.text)
        if given.text in trail or len(trail) >= MAX_WITHIN:
            hint = "the ring is " + " > ".join((*trail, given.text)) if given.text in trail else "lay them flatter"
            self.faults.add(
                given.place, "NB195", f"{given.text!r} calls itself, or too many stand in each other", hint
            )
            return
        if not isinstance(dialog, Mapping):
            return  # its own check reports it
        self._fit(key, node, given.text, dialog)
        if kept and _text(node, "counts"):
            entry = self._entry(call, node)
            self.written.append(Written(call, key, node, names, kept, counting_entry=entry))
        says = schema.with_ if schema is not None else {}
        returns = schema.returns if schema is not None else {}
        scope = Scope(
            call=call,
            dialog=given.text,
            states=self.entries(f"{call}.", dialog.mapping("states")),
            returns={item.text: returns.get(item.text, "") for item in _items(dialog, "returns")},
            params={item.text: _words(item.text, says.get(item.text), names) for item in _items(dialog, "params")},
            results=self._results(call, given.text, dialog, names),
        )
        self._within(scope, dialog, names, trail, kept=kept)

    def uncalled(self, name: str, dialog: Mapping, names: Names) -> None:
        """Write a dialog that nothing calls, so that its states are checked all the same."""
        scope = Scope(
            call=name,
            dialog=name,
            states=self.entries(f"{name}.", dialog.mapping("states")),
            returns={item.text: "" for item in _items(dialog, "returns")},
            params={item.text: _words(item.text, None, names) for item in _items(dialog, "params")},
            results=self._results(name, name, dialog, names),
        )
        self._within(scope, dialog, names, (), kept=False)

    def _within(self, scope: Scope, dialog: Mapping, names: Names, trail: tuple[str, ...], *, kept: bool) -> None:
        states = dialog.mapping("states")
        inside = names.within(scope, tuple(key.text for key, _ in states.items))
        self.states(f"{scope.call}.", states, inside, (*trail, scope.dialog), kept=kept)

    def _fit(self, key: Scalar, call: Mapping, name: str, dialog: Mapping) -> None:
        """Find parameters and returns of a call that the dialog does not have, and those it leaves out."""
        for which, list_of, code, what in (
            ("with", "params", "NB122", "a parameter"),
            ("returns", "returns", "NB138", "a return"),
        ):
            known = tuple(item.text for item in _items(dialog, list_of))
            given = call.mapping(which)
            for item, _ in given.items:
                if item.text not in known:
                    otherwise = f"{list_of}: " + ", ".join(known) if known else f"the dialog has no {list_of}"
                    hint = suggestion(item.text, known, otherwise)
                    self.faults.add(item.place, "NB194", f"{item.text!r} is not {what} of {name!r}", hint)
            for missing in known:
                if given.key(missing) is None:
                    hint = f"add {missing}: below {which}:"
                    self.faults.add(key.place, code, f"{key.text!r} leaves out {what}, {missing!r}", hint)

    def results_given(self, key: Scalar, dialog: Node) -> None:
        """Find results of a dialog that none of its states gives."""
        if not isinstance(dialog, Mapping):
            return
        given = self._gives(key.text, dialog)
        for item in _items(dialog, "results"):
            if item.text not in given:
                hint = suggestion(item.text, given, "a result of one of its states")
                message = f"no state of {key.text!r} gives the result {item.text!r}"
                self.faults.add(item.place, "NB192", message, hint)

    def _results(self, call: str, name: str, dialog: Mapping, names: Names) -> dict[str, str]:
        own = {item.text for item in _items(dialog, "results")}
        found = {each: f"{call}.{each}" for each in self._gives(name, dialog) if each not in own}
        return found | {each: names.result(each) for each in own}

    def _gives(self, name: str, dialog: Mapping) -> tuple[str, ...]:
        """Return the results that a dialog's states give, and those of the dialogs it calls that are given on."""
        if name in self.giving:
            return self.giving[name]
        self.giving[name] = ()  # a ring of dialogs ends here; it is reported where it is called
        found = dict.fromkeys(_given(dialog.mapping("states")))
        for _, node in dialog.mapping("states").items:
            inner = self.dialogs.get(_text(node, "dialog"))
            if _is_call(node) and isinstance(inner, Mapping):
                on = {item.text for item in _items(inner, "results")}
                given = self._gives(_text(node, "dialog"), inner)
                found.update(dict.fromkeys(each for each in given if each in on))
        self.giving[name] = tuple(found)
        return self.giving[name]


def _given(states: Mapping) -> tuple[str, ...]:
    found = (_text(node, "result") for _, node in states.items if _text(node, "kind") in {"menu", "collect"})
    return tuple(dict.fromkeys(name for name in found if name and name not in _OWN))


def _words(name: str, say: SaySchema | None, names: Names) -> AnyMapping[str, Parts]:
    """Return a parameter's words by language; its name where the call gives none, which is reported there."""
    if say is None:
        return dict.fromkeys(names.languages, (Words(name),))
    return {names.languages[0]: say.text, **say.in_}


def _is_call(node: Node | None) -> bool:
    return node is not None and _text(node, "kind") == SUBDIALOG


def _text(node: Node | None, key: str) -> str:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""


def _items(node: Mapping, key: str) -> tuple[Scalar, ...]:
    found = node.get(key)
    return tuple(item for item in found.items if isinstance(item, Scalar)) if isinstance(found, Sequence) else ()
