"""NB319: words that calm a caller down about something nobody has looked at. Diagnoses are NB320's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nightbell.document.codes import Code
from nightbell.flow.lint.english import found_in, one_of, unconditional
from nightbell.flow.lint.rule import Finding, Rule, Subject
from nightbell.flow.lint.spoken import Spoken

__all__ = ["RULE"]

_CALMING: Final = one_of(
    r"(?:don't|do not|no need to|needn't|need not|try not to) "
    r"(?:worry|panic|be (?:alarmed|scared|afraid|concerned|worried|frightened)|fret)",
    r"(?:nothing|not anything|isn't anything) (?:to (?:worry|fear|be (?:concerned|alarmed|afraid of))|serious|"
    r"dangerous|bad)",
    r"(?:that|this|it|these|those|which)(?:'s| is|'re| are) (?:\w+ )?"
    r"(?:perfectly |quite |completely |all |totally |very )?"
    r"(?:normal|common|harmless|expected|nothing|fine|okay|ok|safe|usual|to be expected|"
    r"not (?:serious|dangerous))",
    r"(?:is|are) (?:perfectly|quite|completely|totally|usually|often) (?:normal|common|harmless|fine|safe)",
    r"(?:you'll|you will|you're going to|everything will|it'll|it will|all will) (?:\w+ )?"
    r"(?:be (?:fine|okay|ok|all right|alright|well|over|gone)|settle|pass|go (?:away|down)|get better|clear up|"
    r"heal|calm down)",
    r"(?:you|it|that|this|they) should "
    r"(?:be (?:fine|okay|ok|all right|alright|well|gone)|settle|pass|heal|clear up|go (?:away|down)|get better)",
    r"(?:you are|you're|everything is|everything's|all is) "
    r"(?:fine|okay|ok|all right|alright|well|normal|safe)",
    r"(?:sounds|looks|seems) (?:\w+ )?(?:normal|fine|okay|ok|harmless|all right)",
    r"(?:bruising|swelling|redness|soreness|numbness|itching|some pain|a little pain|tenderness) "
    r"(?:is|are) (?:\w+ )?(?:normal|common|usual|expected|harmless|fine|okay|all right)",
    r"(?:they|these things|bruising|swelling|redness|most of it) (?:\w+ )?"
    r"(?:settles?|passes|goes? (?:away|down)|heals?|clears? up|gets? better)",
    r"(?:we|clinicians) (?:often |usually )?see (?:this|these|that|it) (?:every|all|a lot|often|daily)",
    r"will (?:soon |probably )?(?:get better|be gone by|wear off|fade|settle|go away|go down|heal|clear up|"
    r"disappear)",
    r"happens? (?:a lot|often|to (?:everyone|everybody|most|many))",
    r"(?:feel|be) (?:much |a lot )?better (?:by|in|soon|tomorrow)",
    r"(?:rest assured|not to worry|stay calm|keep calm|calm down|relax|perfectly normal)",
    r"no (?:cause|need|reason) (?:for (?:concern|alarm|worry)|to be (?:alarmed|concerned|worried|afraid))",
    r"(?:it|this|that) (?:can|will) wait",
    r"(?:probably|most likely|almost certainly) (?:fine|nothing|normal|okay|harmless)",
    r"(?:no|not an) emergency",
    r"(?:there is|there's|you have|you've) (?:got )?nothing (?:at all )?wrong",
    r"(?:you are|you're) in (?:very |the )?(?:safe|good|best) hands",
    r"(?:don't|do not|try not to) (?:get|be|feel) (?:so |too )?(?:anxious|nervous|upset|frightened|scared)",
    r"(?:bruises|bruising|swelling|redness|soreness|lumps?|marks?|it|they|symptoms?|most things) "
    r"(?:(?:usually|normally|often|mostly|soon|generally|always|should|will|tend to) )+"
    r"(?:fades?|settles?|pass(?:es)?|go(?:es)? (?:away|down)|heals?|clears?(?: up)?|gets? better|improves?|"
    r"disappears?|eases?)",
    r"most (?:people|patients|callers|clients) (?:\w+ ){0,2}(?:feel|get|are|have|find|recover|see)",
    r"(?:it|this|that|they)(?:'s| is|'re| are) (?:only|just) (?:\w+ )?(?:mild|minor|slight|small|temporary)",
    r"nothing (?:can|will|is going to) happen",
    r"(?:no harm (?:done|will)|will do no harm|harmless)",
    r"(?:is|are) (?:a|the) (?:\w+ )?(?:usual|normal|common|typical|expected) (?:reaction|response|effect|part)",
)


def _look(said: Spoken, sentence: str) -> re.Match[str] | None:
    del said
    return unconditional(_CALMING, sentence)


def _find(subject: Subject) -> Iterator[Finding]:
    yield from found_in(
        subject,
        RULE.code,
        _look,
        "the line reassures: {}",
        "leave it out; say who will ring, by when, and what to do if it gets worse",
    )


RULE = Rule(
    code="NB319",
    about=Code(
        "The line reassures",
        "A patient whose filler blocked a vessel was told on the telephone that it was normal, and lost skin. A "
        "line that has seen nothing says nothing calming.",
    ),
    source="DESIGN 4.5; clinical R12",
    find=_find,
)
