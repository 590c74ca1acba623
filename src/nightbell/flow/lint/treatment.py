"""NB321: words that say what to do about it: massage, heat, ice, a drug, a dose.

Asking about a drug is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import found_in, one_of
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken

__all__ = ["RULE"]

_DRUGS: Final = (
    r"(?:aspirin|paracetamol|acetaminophen|ibuprofen|codeine|morphine|co-codamol|naproxen|tylenol|advil|nurofen|"
    r"antihistamines?|antibiotics?|steroids?|prednisolone|hyaluronidase|hyalase|adrenaline|epinephrine|epi-?pen|"
    r"arnica|aciclovir|acyclovir|pain ?killers?|pain relief|anti-inflammator(?:y|ies)|nitroglycerin|nitro paste|"
    r"savlon|sudocrem|vaseline|aloe(?: vera)?)"
)
_THINGS: Final = (
    r"(?:ice|heat|warmth|cream|creams|ointment|gel|lotion|compress(?:es)?|packs?|pressure|tablets?|pills?|medicines?|"
    r"medication|drugs?|water bottle|cold water|warm water|peas|make-?up)"
)
_DONE: Final = one_of(
    rf"(?:take|taking|try|use|using|swallow|have|get|give|avoid|stop|apply|put)(?: [\w'-]+){{0,3}} {_DRUGS}",
    rf"(?:take|taking|try|use|using|apply|applying|put|putting|hold|rub|avoid)(?: [\w'-]+){{0,3}} {_THINGS}",
    r"(?:ice|cold|cool|warm|heat|hot) ?(?:packs?|compress(?:es)?|flannel|cloth|bottle)",
    r"massag(?:e|es|ing|ed)(?! (?:appointment|booking|therap|treatment|you had))",
    r"(?:icing|warm|cool|heat|rub|dab|press on|squeeze|elevate) "
    r"(?:it|your \w+|the (?:area|skin|lip|spot|swelling|bruise))",
    r"(?:take|have|give) (?:\d+|one|two|half|a|an|another|some|more) (?:\w+ )?(?:tablets?|pills?|doses?|drops?)",
    r"(?:\d+|half|one|two|three|four|more|extra) (?:\w+ )?(?:tablets?|pills?|doses?|capsules?|spoonfuls?)",
    r"(?:stay|keep) out of the (?:sun|heat|cold)",
    r"(?:lie|lay) (?:down|flat)",
    r"(?:keep|leave) (?:it|the (?:area|skin|lip|wound)) (?:clean|cold|cool|covered|dry|moist|open|raised|up|warm)",
    r"(?:wash|rinse|bathe|clean|cover|cool) (?:it|the (?:area|skin|lip|wound|eye))",
    r"(?:drink|drinking) (?:\w+ ){0,3}(?:water|fluids?)",
    r"avoid(?:ing)? (?:alcohol|exercise|heat|the sun|sunlight|saunas?|touching|make-?up)",
    r"sleep(?:ing)? (?:on (?:your|one|two|three)|with|propped|upright)",
    r"(?:head|arm|leg)s? (?:up|raised|elevated)",
    r"(?:hold|lay|put|place|press|wrap|use|apply|get)(?: [\w'-]+){0,4} (?:flannel|towel|cloth|sponge|bandage|"
    r"dressing|plaster|peas)",
    r"(?:press|push|pinch|rub|tap|stroke)(?:ing)? (?:firmly|hard|gently|lightly)",
    r"wait and see",
    r"(?:leave|let) it (?:alone|be|settle|heal|until|for)",
    r"(?:stop|stay off|come off|skip|double|halve|restart)(?: taking)? (?:your|the|any) (?:\w+ )?"
    r"(?:thinners?|medication|medicines?|tablets?|pills?|drugs?|insulin|dose)",
    r"take (?:\w+ )?(?:of )?your (?:usual |own |normal )?(?:tablets?|pills?|medication|medicines?|drugs?)",
    r"(?:take|try|use)(?: [\w'-]+){0,4} (?:tablets?|pills?|capsules?)",
    r"(?:\d+|one|two|five|ten|hundred) ?(?:mg|milligram(?:me)?s?|ml|millilit(?:re|er)s?)",
)
"""Something done about it; in a question too."""
_NAMED: Final = one_of(
    _DRUGS, r"ice(?! (?-i:[A-Z]))", r"doses?", r"dosage", r"milligram(?:me)?s?", r"compress(?:es)?"
)
"""Words that have no place in any statement of a line."""


def _look(said: Spoken, sentence: str) -> re.Match[str] | None:
    del said
    asked = sentence.endswith("?")
    return None if asked and not _told(sentence) else _DONE.search(sentence) or _NAMED.search(sentence)


def _told(sentence: str) -> bool:
    """Tell whether a question tells to do something: "can you put ice on it?", not "did you take any?"."""
    told = one_of(r"(?:can|could|would|will|why don't|have you tried)(?: you)?", r"how about", r"shall")
    return bool(told.match(sentence)) and bool(_DONE.search(sentence))


def _find(subject: Subject) -> Iterator[Finding]:
    yield from found_in(
        subject,
        RULE.code,
        _look,
        "the line gives advice on treatment: {}",
        "leave it out; what is done about it is the clinician's to say, who will ring",
    )


RULE = Rule(
    code="NB321",
    about=Code(
        "The line advises on treatment",
        "Massage, heat, ice and painkillers are the clinician's to order or to forbid; each has done harm when "
        "it was advised unseen. A line gives no doses.",
    ),
    source="DESIGN 4.5; clinical R12, row 3",
    find=_find,
)
