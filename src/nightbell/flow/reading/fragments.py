"""Fragments: the files that ``uses:`` names, found, read and merged under flow.yaml.

Entries are merged by name and keep their place, so a fault is reported in the file it stands in. The flow's own
entry wins over a fragment's; two fragments with one name are a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Final

from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.document.reader import read
from nightbell.flow.reading.checked import Faults
from nightbell.flow.reading.migrations.registry import MIGRATIONS, NEWEST, VERSIONS, migrated
from nightbell.flow.reading.text import suggestion

__all__ = ["OWN_ONLY", "merged"]

_PATH: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*){0,3}")
OWN_ONLY: Final = ("clinic", "starts_at", "languages")
"""Keys of flow.yaml that no fragment has."""
_BY_NAME: Final = (
    *("states", "dialogs", "universals", "grammars", "slots", "sounds_like"),
    *("timers", "reprompts", "roles", "answers", "limits", "safety"),
)
MAX_FRAGMENTS: Final = 64
"""Of one flow."""
MAX_CHARACTERS: Final = 1_048_576
"""Of all fragments of one flow together, so that files cannot add up. Rosewood's have under 60,000."""


def merged(flow: Mapping, files: AnyMapping[str, str], shown: AnyMapping[str, str], faults: Faults) -> Mapping:
    """Return flow.yaml with everything its fragments bring, all in the newest version of the language.

    A fragment is in the version that its own ``spec:`` names, else in that of the flow that uses it.

    Args:
        flow: flow.yaml.
        files: name to text of every file there is.
        shown: name to the path that places shall show.
        faults: takes what is wrong with ``uses`` and the fragments as files.
    """
    found = _Finder(files, shown, faults)
    found.follow(flow, trail=())
    given = flow.get("spec")
    spec = given.text if isinstance(given, Scalar) else NEWEST
    flow = _newest(flow, spec, faults)
    whole: dict[str, tuple[Scalar, Node]] = {key.text: (key, value) for key, value in flow.items}
    origin: dict[tuple[str, str], str] = {}
    for each in found.fragments:
        fragment = _newest(each, spec, faults)
        for key, value in fragment.items:
            if key.text in OWN_ONLY:
                faults.add(key.place, "NB121", f"{key.text!r} stands in flow.yaml only", "delete it here")
            elif key.text not in {"uses", "spec"}:
                _merge(whole, origin, (key, value), flow, faults)
    return Mapping(tuple(whole.values()), flow.place)


def _newest(file: Mapping, spec: str, faults: Faults) -> Mapping:
    """Return a file in the newest version; warn of an older one where the file names it."""
    given = file.get("spec")
    if given is None:
        return migrated(file, spec)
    if not isinstance(given, Scalar) or given.text not in VERSIONS:
        if isinstance(given, Scalar):
            hint = suggestion(given.text, VERSIONS, f'write spec: "{NEWEST}"')
            faults.add(given.place, "NB127", f"version {given.text!r} of the flow language is not known", hint)
        return file  # what is no text, the schema reports
    if given.text in MIGRATIONS:
        hint = f'{MIGRATIONS[given.text].what}; then write spec: "{NEWEST}"'
        faults.warn(given.place, "NB190", f"this file is in version {given.text} of the flow language", hint)
    return migrated(file, given.text)


def _merge(
    whole: dict[str, tuple[Scalar, Node]],
    origin: dict[tuple[str, str], str],
    entry: tuple[Scalar, Node],
    flow: Mapping,
    faults: Faults,
) -> None:
    key, value = entry
    own = flow.get(key.text)
    here = whole.get(key.text)
    if key.text not in _BY_NAME or not isinstance(value, Mapping):
        if own is None and _first(origin, (key.text, ""), key, faults):
            whole[key.text] = (key, value)
        return
    under = here[1] if here else Mapping((), value.place)
    if not isinstance(under, Mapping):
        return  # the schema reports it
    items = list(under.items)
    for name, item in value.items:
        overruled = isinstance(own, Mapping) and own.key(name.text) is not None
        if not overruled and _first(origin, (key.text, name.text), name, faults):
            items.append((name, item))
    whole[key.text] = (here[0] if here else key, Mapping(tuple(items), under.place))


def _first(origin: dict[tuple[str, str], str], entry: tuple[str, str], key: Scalar, faults: Faults) -> bool:
    before = origin.setdefault(entry, key.place.file)
    if before == key.place.file:
        return True
    hint = f"it also stands in {before}; put the one you want into flow.yaml"
    faults.add(key.place, "NB136", f"{key.text!r} comes from two fragments", hint)
    return False


@dataclass
class _Finder:
    files: AnyMapping[str, str]
    shown: AnyMapping[str, str]
    faults: Faults
    fragments: list[Mapping] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    characters: int = 0
    full: bool = False

    def follow(self, node: Mapping, trail: tuple[str, ...]) -> None:
        uses = node.get("uses")
        if uses is not None and not isinstance(uses, Sequence) and trail:
            self.faults.add(uses.place, "NB123", "'uses' must be a list", "a list is [one, two]")
        for item in uses.items if isinstance(uses, Sequence) else ():
            if isinstance(item, Scalar):
                self._one(item, trail)

    def _one(self, item: Scalar, trail: tuple[str, ...]) -> None:
        name = item.text
        if not _PATH.fullmatch(name):
            hint = "folder and file below flows, without .yaml: shared/universals"
            self.faults.add(item.place, "NB135", f"{name!r} is no name of a fragment", hint)
        elif name in trail:
            hint = "remove it; the ring is " + " > ".join((*trail, name))
            self.faults.add(item.place, "NB134", f"{name!r} uses itself", hint)
        elif name not in self.seen:
            self.seen.add(name)
            text = self.files.get(f"{name}.yaml")
            if text is None:
                known = tuple(file.removesuffix(".yaml") for file in self.files if "/" in file)
                hint = suggestion(name, known, "it must be a file below the flows folder")
                self.faults.add(item.place, "NB133", f"there is no fragment {name!r}", hint)
                return
            self.characters += len(text)
            if len(self.seen) > MAX_FRAGMENTS or self.characters > MAX_CHARACTERS:
                if not self.full:
                    self.full = True
                    hint = f"at most {MAX_FRAGMENTS} for one flow, and {MAX_CHARACTERS} characters in all"
                    self.faults.add(item.place, "NB115", "too many fragments", hint)
                return
            fragment, found = read(text, self.shown.get(f"{name}.yaml", f"{name}.yaml"))
            self.faults.found.extend(found)
            if fragment is not None:
                self.fragments.append(fragment)
                self.follow(fragment, (*trail, name))
