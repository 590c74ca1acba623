"""NB308: first words that do not do their work: signs named, key 9, the clinic's emergency number, uncut.

Whether something else is said before them is NB309's; how long they take is measured by another rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.before_opening import first_words
from nightbell.flow.lint.numbers import names_nine
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken, is_english, names_emergency, spoken

__all__ = ["RULE", "SIGNS"]

SIGNS: Final = re.compile(
    r"breath\w*|chest|bleed\w*|stroke|\bface\b|\barms?\b|speech|sight|vision|\bsee(?:ing)?\b|\beyes?\b|throat|tongue|"
    r"swallow\w*|faint\w*|collaps\w*|unconscious|chok\w*|\bfits?\b|seizure\w*",
    re.IGNORECASE,
)
"""Words of what kills or blinds; a text with two different ones names symptoms."""


def _find(subject: Subject) -> Iterator[Finding]:
    first = set(first_words(subject))
    for said in spoken(subject):
        if said.state is None or said.state.name not in first or said.path != ("states", said.state.name, "say"):
            continue
        for message, hint in _missing(said):
            yield Finding(said.place(), RULE.code, f"the first words {message}", hint)


def _missing(said: Spoken) -> Iterator[tuple[str, str]]:
    flow = said.subject.flow
    if not said.prompt.must_hear:
        yield "can be cut off", "write say: {text: ..., must_hear: true}; ears and keys stay open all the same"
    if not names_emergency(flow, said.text):
        yield "do not say the emergency number", "end them with: hang up and dial {{ emergency_spoken }}"
    if not is_english(said.language):
        if not names_nine(said.text, said.language):
            yield f"do not name key 9 in {said.language!r}", "say it in that language too: press nine"
        return
    if len({found.lower() for found in SIGNS.findall(said.text)}) < 2:
        yield "do not name the signs", "name them: trouble breathing, chest pain, any change in sight"
    if not re.search(r"\bpress (?:nine|9)\b", said.text, re.IGNORECASE):
        yield "do not name key 9", "say: press nine, or hang up and dial {{ emergency_spoken }}"


RULE = Rule(
    code="NB308",
    about=Code(
        "First words that are no emergency words",
        "The first thing a caller hears names the signs that cannot wait, key 9 and the emergency number, and "
        "is not cut off. Someone whose sight is going must not listen to anything else first.",
    ),
    source="DESIGN 4.1; clinical R1",
    find=_find,
)
