"""Naming: what a call script names must be in its flow, or it asks for nothing. It finds; ``check`` places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nightbell.flow.reading.text import suggestion
from nightbell.rehearsal.script import START

if TYPE_CHECKING:
    from nightbell.rehearsal.places import Places
    from nightbell.rehearsal.schema import ScriptEntry

__all__ = ["Misnamed", "misnamed", "names_safety"]

_SHOWN: Final = 20
"""So many names fit a hint."""


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A name that the flow does not have."""

    where: tuple[str | int, ...]
    """Keys that lead to it."""
    code: str
    message: str
    hint: str


def misnamed(entry: ScriptEntry, places: Places) -> Iterator[Misnamed]:
    """Yield every name of a script that its flow does not have."""
    for name in entry.answers:
        if places.find(name) is None:
            yield _no_place(("answers", name), name, places)
    for key, failing in (("ears", entry.fakes.ears), ("voice", entry.fakes.voice)):
        if failing is not None and failing.fail_at != START and places.find(failing.fail_at) is None:
            found = _no_place(("fakes", key), failing.fail_at, places)
            yield Misnamed(found.where, found.code, found.message, f"{START}, or {found.hint}")
    yield from _expected(entry, places)


def names_safety(entry: ScriptEntry, places: Places) -> str:
    """Return the first that a script expects of what keeps a caller safe; "" where it expects none of it."""
    expect = entry.expect
    named = [*expect.states, *expect.never, expect.final, *expect.heard, *expect.prompts_heard]
    for one in expect.eventually:
        if one.page is not None or (one.disposition is not None and one.disposition.pages):
            return f"eventually as {one.page or one.disposition}"
        named += [one.state, one.prompt]
    return next((name for name in named if name and places.keeps_safe(name)), "")


def _expected(entry: ScriptEntry, places: Places) -> Iterator[Misnamed]:
    expect = entry.expect
    named = [("final", expect.final), *(("states", name) for name in expect.states)]
    named += [("never", name) for name in expect.never]
    named += [("eventually", one.state) for one in expect.eventually]
    for key, name in named:
        if name and name not in places.states:
            yield Misnamed(("expect", key), "NB130", f"the flow has no state {name!r}", _near(name, places))
    for place in expect.heard:
        # What is heard in a dialog's states may be named by the dialog.
        if places.find(place) is None and not any(state.startswith(f"{place}.") for state in places.states):
            yield _no_place(("expect", "heard", place), place, places)
    told = [(("expect", "prompts_heard"), name) for name in expect.prompts_heard]
    told += [(("expect", "eventually"), one.prompt) for one in expect.eventually if one.prompt]
    for where, name in told:
        if name not in places.prompts:
            yield Misnamed(where, "NB216", f"the flow has no prompt {name!r}", _there_are(name, places.prompts))
    for one in expect.eventually:
        categories = places.results.get(one.result)
        if one.result and categories is None:
            hint = _there_are(one.result, places.results)
            yield Misnamed(("expect", "eventually"), "NB216", f"the flow has no result {one.result!r}", hint)
        elif one.category and categories is not None and one.category not in categories:
            message = f"the result {one.result} is never {one.category!r}"
            yield Misnamed(("expect", "eventually"), "NB216", message, _there_are(one.category, categories))


def _no_place(where: tuple[str | int, ...], name: str, places: Places) -> Misnamed:
    return Misnamed(where, "NB130", f"the flow has no place {name!r}", _near(name, places))


def _near(name: str, places: Places) -> str:
    state = next((state for state in (name, name.rpartition(".")[0]) if state in places.states), "")
    if state:
        return f"{state} asks: {', '.join(sorted(places.states[state])) or 'no questions of its own'}"
    return _there_are(name, places.states)


def _there_are(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    listed = f"there are: {', '.join(names[:_SHOWN]) or 'none'}{more}"
    return f"{near} {listed}" if (near := suggestion(name, names, "")) else listed
