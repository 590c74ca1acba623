"""NB345: what stands in a flow and does nothing: grammars, slots, dialogs, recordings, fragments.

What a shared fragment brings and this clinic does not use is no fault: another clinic may. A fragment of which
nothing at all is used is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from nightbell.document.codes import Code
from nightbell.document.diagnostic import Place
from nightbell.document.node import Mapping, Node, Scalar, Sequence
from nightbell.flow.archive import prompts_of
from nightbell.flow.lint.graph import edges, entrances, reached
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.reading.text import suggestion

__all__ = ["RULE"]

_HINT: Final = "delete it, or use it"
_STAND_INS: Final = {"grammars": "<{}>", "slots": "{{{}}}"}
_CLIPS: Final = "clips"
"""Folder of recorded digits and times, which are no prompts."""
_PIECE: Final = re.compile(r"\.part-[0-9]+$")


def _find(subject: Subject) -> Iterator[Finding]:
    yield from _stand_ins(subject)
    yield from _dialogs(subject)
    yield from _fragments(subject)
    yield from _recordings(subject)


def _own(subject: Subject, kind: str) -> Iterator[Scalar]:
    """Yield the names of a kind that the clinic's own file gives."""
    here = subject.places.root.place.file
    for name, _ in subject.places.root.mapping(kind).items:
        if name.place.file == here:
            yield name


def _stand_ins(subject: Subject) -> Iterator[Finding]:
    root = subject.places.root
    texts = [text for key, node in root.items if key.text != "slots" for text in _texts(node)]
    for kind, form in _STAND_INS.items():
        for name in _own(subject, kind):
            if not any(form.format(name.text) in text for text in texts):
                what = f"{kind.removesuffix('s')} {name.text!r}"
                yield _finding(name.place, f"no phrase uses the {what}")


def _dialogs(subject: Subject) -> Iterator[Finding]:
    used = {state.dialog for state in subject.flow.states}
    for name in _own(subject, "dialogs"):
        if name.text not in used:
            yield _finding(name.place, f"no state calls the dialog {name.text!r}")


def _fragments(subject: Subject) -> Iterator[Finding]:
    uses = subject.places.node("uses")
    come_to = reached(entrances(subject.flow), edges(subject))
    for item in uses.items if isinstance(uses, Sequence) else ():
        if isinstance(item, Scalar):
            brought = [
                (kind.text, name.text)
                for kind, node in subject.places.root.items
                for name in ([entry for entry, _ in node.items] if isinstance(node, Mapping) else [kind])
                if name.place.file.endswith(f"{item.text}.yaml")
            ]
            if brought and all(kind == "states" and name not in come_to for kind, name in brought):
                yield _finding(item.place, f"nothing of the fragment {item.text!r} is used")


def _recordings(subject: Subject) -> Iterator[Finding]:
    prompts = prompts_of(subject.flow)
    names = {prompt.name for prompt in prompts}
    names |= {f"{prompt.name}.{language}" for prompt in prompts for language, _ in prompt.others}
    for name, path in sorted(subject.recordings.items()):
        clip = _CLIPS in PurePath(path).parts or name.startswith(f"{_CLIPS}/")
        if name not in names and _PIECE.sub("", name) not in names and not clip:
            hint = suggestion(name, tuple(sorted(names)), "delete it, or name it after a prompt")
            yield _finding(Place(path), f"no prompt is called {name!r}: the recording is never heard", hint)


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Mapping):
        for _, value in node.items:
            yield from _texts(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    else:
        yield node.text


def _finding(place: Place, message: str, hint: str = _HINT) -> Finding:
    return Finding(place, RULE.code, message, hint, "warning")


RULE = Rule(
    code="NB345",
    about=Code(
        "Something that nothing uses",
        "A grammar, a slot, a dialog, a recording or a fragment that no call ever meets. It does no "
        "harm by itself; but where it was meant to be used, a caller now hears or says something else.",
    ),
    source="clinical R34",
    find=_find,
)
