"""Sign-off: who approved which words, and whether those are still the words. ``signoff.yaml`` as values and text.

A signature covers every prompt of a flow in every language: the sha256 of its words, clinic facts filled in and
slots by name, and of the owner's recording where there is one. It reads and writes no file and knows no date but
the one it is given; what follows from a missing signature is lint's business, and ``serve``'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from nightbell.document.diagnostic import Diagnostic
from nightbell.document.node import plain, walk
from nightbell.document.reader import read
from nightbell.flow.archive import prompts_of
from nightbell.flow.model import Flow, Prompt, Slot, Words

__all__ = [
    "FILE",
    "SignOff",
    "Signature",
    "Spoken",
    "Standing",
    "compare",
    "read_signoff",
    "recording_of",
    "sign",
    "signoff_to_text",
    "spoken_of",
]

FILE: Final = "signoff.yaml"
"""Its name in a clinic's folder."""
_CODES: Final = {"missing": "NB122", "extra_forbidden": "NB121"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, and when."""

    by: str
    role: str
    on: date
    """Day in the clinic's zone."""
    review_by: date | None
    """Last day on which it holds; None for no end."""
    flow: str
    """Hash of the flow version that was signed: when it alone differs, no word has changed."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What was signed of one prompt in one language, sha256 in hexadecimal."""

    words: str
    recording: str = ""
    """The owner's recording; "" where the voice speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """The file."""

    signature: Signature
    prompts: Mapping[tuple[str, str], Sums]
    """(prompt, language) to what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One prompt in one language, as it is now."""

    prompt: str
    language: str
    words: str
    """Its text; what only a call can know stands as ``{{ name }}``."""
    sums: Sums

    @property
    def label(self) -> str:
        """The prompt's name, with the language where it is not the first."""
        return recording_of(self.prompt, self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a flow stands to its signature on a given day."""

    signature: Signature | None
    unsigned: tuple[Spoken, ...] = ()
    """Never signed."""
    changed: tuple[Spoken, ...] = ()
    """Other words, or another recording, than were signed."""
    gone: tuple[tuple[str, str], ...] = ()
    """Signed (prompt, language) that the flow no longer says; no fault."""
    expired: bool = False
    flow_changed: bool = False
    """Something else of the flow has changed since, such as a route or a timer; no fault of the wording."""

    @property
    def good(self) -> bool:
        """Tell whether every word that can be said is signed, and still holds."""
        return self.signature is not None and not (self.unsigned or self.changed or self.expired)


def recording_of(prompt: str, language: str) -> str:
    """Return the name of the owner's recording, without ``.wav``; ``language`` is "" for the flow's first."""
    return f"{prompt}.{language}" if language else prompt


def spoken_of(flow: Flow, recordings: Mapping[str, str]) -> tuple[Spoken, ...]:
    """Return everything that a flow can say, in its order.

    Args:
        flow: a flow.
        recordings: name of each recording of ``prompts/`` without ``.wav`` to the sha256 of the file. Recorded
            pieces (``NAME.part-1``) count for their prompt.
    """
    return tuple(spoken for prompt in prompts_of(flow) for spoken in _languages(prompt, recordings))


def sign(
    flow: Flow, recordings: Mapping[str, str], *, by: str, role: str = "", on: date, review_by: date | None = None
) -> SignOff:
    """Sign everything that a flow can say now."""
    signature = Signature(by=by, role=role, on=on, review_by=review_by, flow=flow.hash)
    return SignOff(
        signature=signature,
        prompts={(spoken.prompt, spoken.language): spoken.sums for spoken in spoken_of(flow, recordings)},
    )


def compare(flow: Flow, recordings: Mapping[str, str], signed: SignOff | None, today: date) -> Standing:
    """Hold a flow against its signature.

    Args:
        flow: the flow as it is.
        recordings: as in ``spoken_of``.
        signed: what was signed; None where nothing was.
        today: the day in the clinic's zone.
    """
    now = spoken_of(flow, recordings)
    if signed is None:
        return Standing(signature=None, unsigned=now)
    known = signed.prompts
    here = {(spoken.prompt, spoken.language) for spoken in now}
    review_by = signed.signature.review_by
    return Standing(
        signature=signed.signature,
        unsigned=tuple(spoken for spoken in now if (spoken.prompt, spoken.language) not in known),
        changed=tuple(
            spoken for spoken in now if known.get((spoken.prompt, spoken.language), spoken.sums) != spoken.sums
        ),
        gone=tuple(key for key in known if key not in here),
        expired=review_by is not None and today > review_by,
        flow_changed=signed.signature.flow != flow.hash,
    )


def signoff_to_text(signed: SignOff) -> str:
    """Write the file."""
    signature = signed.signature
    lines = ["# Who approved the words of this line, and which. `nightbell sign` writes this file.", "signed:"]
    lines += [f"  by: {_quoted(signature.by)}", f"  role: {_quoted(signature.role)}", f'  date: "{signature.on}"']
    if signature.review_by is not None:
        lines.append(f'  review_by: "{signature.review_by}"')
    lines += [f"  flow: {signature.flow}", "prompts:"]
    for (prompt, language), sums in signed.prompts.items():
        lines += [f"  {recording_of(prompt, language)}:"]
        lines += [f"    prompt: {prompt}", f"    language: {language}"] if language else []
        lines += [f"    words: {sums.words}"]
        lines += [f"    recording: {sums.recording}"] if sums.recording else []
    return "\n".join(lines) + "\n"


def read_signoff(text: str, file: str) -> tuple[SignOff | None, tuple[Diagnostic, ...]]:
    """Read the file; return what was signed, or None with its faults.

    Args:
        text: the file's text.
        file: its name, for faults.
    """
    tree, faults = read(text, file)
    if tree is None or faults:
        return None, faults
    try:
        entry = _File.model_validate(plain(tree))
    except ValidationError as error:
        return None, tuple(_placed(error, tree))
    signature = Signature(
        by=entry.signed.by,
        role=entry.signed.role,
        on=entry.signed.date,
        review_by=entry.signed.review_by,
        flow=entry.signed.flow,
    )
    prompts = {
        (one.prompt or name, one.language): Sums(one.words, one.recording or "")
        for name, one in entry.prompts.items()
    }
    return SignOff(signature=signature, prompts=prompts), ()


def _languages(prompt: Prompt, recordings: Mapping[str, str]) -> Iterable[Spoken]:
    for language, parts in (("", prompt.parts), *prompt.others):
        words = " ".join(" ".join(_part(part) for part in parts).split())
        name = recording_of(prompt.name, language)
        pieces = sorted(key for key in recordings if key.startswith(f"{name}.part-"))
        takes = [recordings[key] for key in (name, *pieces) if key in recordings]
        recording = takes[0] if len(takes) == 1 else _sha256(" ".join(takes)) if takes else ""
        sums = Sums(_sha256(words), recording)
        yield Spoken(prompt=prompt.name, language=language, words=words, sums=sums)


def _part(part: Words | Slot) -> str:
    return part.text if isinstance(part, Words) else f"{{{{ {part.name} }}}}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _quoted(text: str) -> str:
    """Return text as a YAML string: JSON's is one."""
    return json.dumps(text, ensure_ascii=False)


def _empty(value: Any) -> Any:
    return "" if value is None else value


_Day = date
"""The type; ``date`` is the name of a key below."""
_Sum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Signed(_Entry):
    by: Annotated[str, Field(min_length=1, max_length=200)]
    role: Annotated[str, BeforeValidator(_empty)] = ""
    date: _Day
    review_by: _Day | None = None
    flow: str


class _Prompt(_Entry):
    prompt: str = ""
    language: str = ""
    words: _Sum
    recording: _Sum | None = None


class _File(_Entry):
    signed: _Signed
    prompts: dict[str, _Prompt]


def _placed(error: ValidationError, tree: Any) -> Iterable[Diagnostic]:
    for fault in error.errors():
        steps = list(walk(tree, [step for step in fault["loc"] if isinstance(step, str)]))
        key, node = steps[-1]
        place = key.place if key is not None and fault["type"] == "extra_forbidden" else node.place
        name = ".".join(str(step) for step in fault["loc"])
        code = _CODES.get(fault["type"], "NB124")
        yield Diagnostic(place, code, f"{name}: {fault['msg'].lower()}", "sign again with `nightbell sign`")
