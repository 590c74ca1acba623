"""Relations: faults between the parts of a flow, found on the nodes so that other faults do not hide them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.flow.reading.bands import find_bands, places_of_heard
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.states.once import names_fit, no_two_keys
from nightbell.terms.keys import EMERGENCY, PERSON

__all__ = ["find_faults"]

_TAKEN: Final = frozenset({"reprompts", "mistake", "same"})
"""Names of prompts that belong to no state, and the word for staying in one."""
_ROLE_OF: Final = {EMERGENCY: "emergency", PERSON: "person"}
_ASKING: Final = frozenset({"menu", "screen", "collect", "confirm"})
_OF_ASKING: Final = frozenset({"noinput", "nomatch", "low_confidence", "dtmf_invalid", "max_speech"})
"""Outcomes of states that ask."""
_OF_LISTENING: Final = frozenset({"asr_error"})
_PROMISED: Final = ("promise_who", "promise_time", "promise_number")


def find_faults(flow: Mapping, clinic: Mapping | None, folder: str, faults: Faults) -> None:
    """Find them all.

    Args:
        flow: flow.yaml with its fragments.
        clinic: clinic.yaml, None where it could not be read.
        folder: the clinic's folder, whose name both files must bear.
        faults: takes them.
    """
    names_fit(flow.mapping("states"), "state", faults, taken=_TAKEN)
    names_fit(flow.mapping("universals"), "universal", faults)
    names_fit(flow.mapping("grammars"), "grammar", faults)
    names_fit(flow.mapping("slots"), "slot", faults)
    for _, categories in flow.mapping("slots").items:
        if isinstance(categories, Mapping):
            names_fit(categories, "category", faults)
    no_two_keys(flow.mapping("universals"), faults)
    _folder(flow.get("clinic"), folder, faults)
    _folder(clinic.get("name") if clinic is not None else None, folder, faults)
    _roles(flow, faults)
    _keys(flow, faults)
    for name, state in _every_state(flow):
        _promises(name, state, faults)
        _no_key_of(flow.mapping("universals"), state, faults)
        _routes(name, state, faults)
        _heard(name, state, faults)
        _no_slots_result(flow.mapping("slots"), state, faults)
    find_bands(flow, _every_state(flow), faults)
    _cut_texts(flow, faults)
    for key, node in flow.items:
        if key.text in {"reprompts", "mistake"}:
            _no_promise(node, faults)
            for place in places_of_heard(node):
                hint = "only confirm: of a menu or a collect knows it"
                faults.add(place, "NB198", f"'heard' is not known in {key.text!r}", hint)


def _every_state(flow: Mapping) -> Iterator[tuple[Scalar, Node]]:
    """Yield the flow's states and those of its dialogs, as they stand in the files."""
    yield from flow.mapping("states").items
    for _, dialog in flow.mapping("dialogs").items:
        if isinstance(dialog, Mapping):
            yield from dialog.mapping("states").items


def _routes(name: Scalar, state: Node, faults: Faults) -> None:
    """Find outcomes that a kind of state never has."""
    kind = state.get("kind") if isinstance(state, Mapping) else None
    if not isinstance(state, Mapping) or not isinstance(kind, Scalar) or kind.text in _ASKING:
        return
    for key, _ in state.mapping("routes").items:
        listens = kind.text == "record" and key.text in _OF_LISTENING
        if key.text in _OF_ASKING | _OF_LISTENING and not listens:
            hint = "only states that ask have it: " + ", ".join(sorted(_ASKING))
            faults.add(key.place, "NB191", f"{name.text!r} is a {kind.text} and never has {key.text!r}", hint)


def _no_slots_result(slots: Mapping, state: Node, faults: Faults) -> None:
    """Find results that are called as a slot is: a branch could not tell which of the two it reads."""
    result = state.get("result") if isinstance(state, Mapping) else None
    if isinstance(result, Scalar) and slots.key(result.text) is not None:
        hint = "call the result, or the slot, something else"
        faults.add(result.place, "NB126", f"{result.text!r} is the name of a slot", hint)


def _heard(name: Scalar, state: Node, faults: Faults) -> None:
    """Find what was heard, outside of the words that ask whether it was."""
    for key, node in state.items if isinstance(state, Mapping) else ():
        for place in places_of_heard(node) if key.text != "confirm" else ():
            hint = "only confirm: of a menu or a collect knows it"
            faults.add(place, "NB198", f"'heard' is not known in {key.text!r} of {name.text!r}", hint)


def _folder(given: Node | None, folder: str, faults: Faults) -> None:
    if isinstance(given, Scalar) and given.text and given.text != folder:
        faults.add(given.place, "NB137", f"{given.text!r} stands in the folder {folder!r}", f"write {folder}")


def _roles(flow: Mapping, faults: Faults) -> None:
    roles = flow.get("roles")
    if not isinstance(roles, Mapping):
        return  # the schema reports it
    emergency = roles.get("emergency")
    if isinstance(emergency, Scalar):
        kind = _kind_of(flow, emergency.text)
        if kind not in {"", "prompt"}:
            hint = "kind: prompt, must_hear: true, with the words to hang up and dial, and a next"
            faults.add(emergency.place, "NB131", f"the emergency role leads to a state of kind {kind!r}", hint)
    mistake, after = flow.key("mistake"), roles.key("after_mistake")
    if mistake is not None and after is None:
        faults.add(mistake.place, "NB131", "'mistake' has no 'after_mistake' in roles", "lead it to the screen")
    if after is not None and mistake is None:
        faults.add(
            after.place, "NB122", "'after_mistake' is never offered", "add mistake: with the words of the offer"
        )


def _kind_of(flow: Mapping, name: str) -> str:
    """Return the kind of a state; nothing where it is not known."""
    state = flow.mapping("states").get(name)
    kind = state.get("kind") if isinstance(state, Mapping) else None
    return kind.text if isinstance(kind, Scalar) else ""


def _keys(flow: Mapping, faults: Faults) -> None:
    roles = flow.mapping("roles")
    for name, universal in flow.mapping("universals").items:
        if not isinstance(universal, Mapping):
            continue
        key, target = universal.get("key"), universal.get("next")
        if key is None and universal.get("hear") is None:
            faults.add(name.place, "NB122", f"{name.text!r} has neither 'hear' nor 'key'", "add hear: [phrases]")
        if not (isinstance(key, Scalar) and isinstance(target, Scalar)):
            continue
        role = roles.get(_ROLE_OF[key.text]) if key.text in _ROLE_OF else None
        if isinstance(role, Scalar) and target.text != role.text:
            hint = f"lead it to {role.text!r}, the state of the role {_ROLE_OF[key.text]}"
            faults.add(target.place, "NB162", f"key {key.text} leads to {target.text!r}", hint)


def _no_key_of(universals: Mapping, state: Node, faults: Faults) -> None:
    """Find choices with a key that a universal has in every state."""
    taken = {}
    for name, universal in universals.items:
        key = universal.get("key") if isinstance(universal, Mapping) else None
        if isinstance(key, Scalar):
            taken[key.text] = name.text
    choices = state.mapping("choices").items if isinstance(state, Mapping) else ()
    for _, choice in choices:
        key = choice.get("key") if isinstance(choice, Mapping) else None
        if isinstance(key, Scalar) and key.text in taken and key.text not in _ROLE_OF:
            hint = f"it is the key of the universal {taken[key.text]!r}; give the choice another"
            faults.add(key.place, "NB141", f"key {key.text} is taken in every state", hint)


def _cut_texts(node: Node, faults: Faults) -> None:
    """Find texts without quotes in a list in brackets, where a comma cuts one text into two."""
    if isinstance(node, Sequence):
        for item in node.items:
            _cut_texts(item, faults)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items:
        if key.text not in {"noinput", "nomatch"} or not isinstance(value, Sequence):
            _cut_texts(value, faults)
        elif value.inline and len(value.items) > 1:
            for item in value.items:
                if isinstance(item, Scalar) and item.plain:
                    hint = "put each text into double quotes, or on a line of its own after a dash"
                    faults.add(item.place, "NB154", f"{item.text!r} may be half a text", hint)


def _promises(name: Scalar, state: Node, faults: Faults) -> None:
    """Find words of a promise outside of an end that makes one."""
    if not isinstance(state, Mapping):
        return
    promise = state.get("promise")
    kind = state.get("kind")
    making = isinstance(promise, Scalar) and promise.text == "true"
    ends = isinstance(kind, Scalar) and kind.text == "end"
    for key, node in state.items:
        if not (making and ends and key.text == "say"):
            _no_promise(node, faults, f" in {name.text!r}")


def _no_promise(node: Node, faults: Faults, where: str = "") -> None:
    if isinstance(node, Mapping):
        for _, value in node.items:
            _no_promise(value, faults, where)
    elif isinstance(node, Sequence):
        for item in node.items:
            _no_promise(item, faults, where)
    elif "{{" in node.text:
        for slot in _PROMISED:
            offset = node.text.find(slot)
            if offset >= 0:
                hint = "only the say: of an end with promise: true knows it"
                faults.add(node.at(offset), "NB152", f"{slot!r} is not known{where}", hint)
