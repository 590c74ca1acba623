"""NB342: "press one for appointments", where the key is gone before its meaning is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import is_english, sentences, spoken

__all__ = ["RULE"]

_KEY: Final = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|hash|star|pound|[0-9*#])"
_ORDER: Final = re.compile(
    rf"\b(?:press|push|hit|touch|key|dial|select|choose)(?:\s+the)?(?:\s+(?:key|number|button))?\s+{_KEY}"
    r"\s+(?:for|to|if|when|in\s+case)\s+(?!(?:yes|no|not\s+sure)\b)",
    re.IGNORECASE,
)
"""Yes, no and not sure have their keys everywhere (DESIGN rule 1), and are no meaning to be waited for."""
_MEANING: Final = re.compile(r"\b(?:for|to|if|when|in\s+case|say)\b", re.IGNORECASE)


def _find(subject: Subject) -> Iterator[Finding]:
    for said in spoken(subject):
        if not is_english(said.language):
            continue
        for sentence in sentences(said.text):
            for found in _ORDER.finditer(sentence):
                if _MEANING.search(sentence[: found.start()]):
                    continue  # "to book press one to ...": the meaning came first after all
                words = " ".join(found.group().split())
                hint = "turn it round: the meaning first, then the key, such as: For appointments, press two."
                yield Finding(said.place(words), RULE.code, f"{words!r} names the key before its meaning", hint)


RULE = Rule(
    code="NB342",
    about=Code(
        "A key before its meaning",
        "Who hears 'press one for appointments' has let go of the one by the time it means something, and has to "
        "hear it all again. Say the meaning first: 'For appointments, press one.'",
    ),
    source="clinical 3, row 4",
    find=_find,
)
