"""Registry: every rule, in the order of their codes. A new rule is one new module and its line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nightbell.document.codes import Code
from nightbell.document.diagnostic import Diagnostic, in_order
from nightbell.flow.lint import (
    before_opening,
    clinical_source,
    confidence,
    counters,
    crisis,
    danger_in_no,
    dead_end,
    diagnosis,
    downgrade,
    emergency_edge,
    emergency_phrases,
    gate_question,
    hold_words,
    idle_screen,
    key_before_meaning,
    key_meaning,
    lane,
    late_promise,
    near_homophones,
    negation_pair,
    neutral,
    not_sure,
    opening,
    opening_length,
    order,
    person,
    private,
    promise,
    question_length,
    reassurance,
    recording_notice,
    recordings,
    ring,
    safety_net,
    schedule_gap,
    shadow,
    sign_off,
    signs,
    silence_books,
    silent_call,
    silent_ring,
    telephone_number,
    transfer_target,
    translation,
    treatment,
    turned_round,
    two_alphabets,
    ungated,
    unheeded,
    unknown_words,
    unreachable,
    unused,
)
from nightbell.flow.lint.rule import Rule, Subject

__all__ = ["CODES", "RULES", "find_all"]

RULES: Final[tuple[Rule, ...]] = (
    unreachable.RULE,
    dead_end.RULE,
    ring.RULE,
    silent_ring.RULE,
    lane.RULE,
    order.RULE,
    signs.RULE,
    downgrade.RULE,
    opening.RULE,
    before_opening.RULE,
    emergency_edge.RULE,
    emergency_phrases.RULE,
    safety_net.RULE,
    promise.RULE,
    crisis.RULE,
    transfer_target.RULE,
    telephone_number.RULE,
    private.RULE,
    gate_question.RULE,
    reassurance.RULE,
    diagnosis.RULE,
    treatment.RULE,
    hold_words.RULE,
    negation_pair.RULE,
    shadow.RULE,
    unheeded.RULE,
    silence_books.RULE,
    not_sure.RULE,
    neutral.RULE,
    ungated.RULE,
    schedule_gap.RULE,
    counters.RULE,
    idle_screen.RULE,
    clinical_source.RULE,
    translation.RULE,
    recordings.RULE,
    silent_call.RULE,
    person.RULE,
    recording_notice.RULE,
    question_length.RULE,
    opening_length.RULE,
    key_before_meaning.RULE,
    unknown_words.RULE,
    near_homophones.RULE,
    unused.RULE,
    sign_off.RULE,
    danger_in_no.RULE,
    key_meaning.RULE,
    confidence.RULE,
    late_promise.RULE,
    turned_round.RULE,
    two_alphabets.RULE,
)

CODES: Final[Mapping[str, Code]] = MappingProxyType({rule.code: rule.about for rule in RULES})


def find_all(subject: Subject) -> tuple[Diagnostic, ...]:
    """Return what every rule finds in a flow that loads, in the order of the files."""
    return in_order(found for rule in RULES for found in rule.find(subject))
