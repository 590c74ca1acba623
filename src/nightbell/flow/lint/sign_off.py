"""NB346: words that nobody stands for: not signed, other than what was signed, or past their review.

A warning: what may not be said to a caller is refused by the line itself, not by a look at the flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import spoken
from nightbell.flow.signoff import Signature, Spoken

__all__ = ["RULE"]

_SIGN = "when a clinician has heard them: nightbell sign"
_SHOWN = 3


def _find(subject: Subject) -> Iterator[Finding]:
    standing = subject.standing
    if standing is None or standing.good:
        return
    if standing.signature is None:
        place = subject.places.of("clinic")
        yield Finding(place, RULE.code, "nobody has signed the words of this line", _SIGN, "warning")
        return
    by = _by(standing.signature)
    if standing.expired:
        message = f"the words were to be looked at again by {standing.signature.review_by} ({by})"
        yield Finding(subject.places.of("clinic"), RULE.code, message, _SIGN, "warning")
    for those, what in ((standing.changed, "other than what was signed"), (standing.unsigned, "not signed")):
        if those:
            yield _several(subject, those, f"{what} ({by})")


def _several(subject: Subject, those: Sequence[Spoken], what: str) -> Finding:
    """Report them at the first of them, in the order of the flow."""
    first = those[0]
    path = next((said.path for said in spoken(subject) if said.prompt.name == first.prompt), ("clinic",))
    names = ", ".join(one.label for one in those[:_SHOWN])
    rest = f" and {len(those) - _SHOWN} more" if len(those) > _SHOWN else ""
    verb = "is" if len(those) == 1 else "are"
    message = f"the wording of {names}{rest} {verb} {what}"
    return Finding(subject.places.of(*path), RULE.code, message, _SIGN, "warning")


def _by(signature: Signature) -> str:
    return f"{signature.by}, {signature.on}"


RULE = Rule(
    code="NB346",
    about=Code(
        "Words that nobody stands for",
        "What a caller hears is approved by a clinician, word by word, and looked at again by a day that the "
        "signature names. Words that were never signed, were changed since, or are past that day are a draft: "
        "calls with them are taken from test numbers only.",
    ),
    source="DESIGN 3; clinical R35",
    find=_find,
)
