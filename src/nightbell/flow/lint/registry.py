"""Registry: every rule, in the order of their codes. A new rule is one new module and its line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nightbell.document.codes import Code
from nightbell.document.diagnostic import Diagnostic, in_order
from nightbell.flow.lint import (
    before_opening,
    crisis,
    dead_end,
    diagnosis,
    downgrade,
    emergency_edge,
    emergency_phrases,
    gate_question,
    hold_words,
    lane,
    opening,
    order,
    private,
    promise,
    reassurance,
    ring,
    safety_net,
    signs,
    silent_ring,
    telephone_number,
    transfer_target,
    treatment,
    unreachable,
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
)

CODES: Final[Mapping[str, Code]] = MappingProxyType({rule.code: rule.about for rule in RULES})


def find_all(subject: Subject) -> tuple[Diagnostic, ...]:
    """Return what every rule finds in a flow that loads, in the order of the files."""
    return in_order(found for rule in RULES for found in rule.find(subject))
