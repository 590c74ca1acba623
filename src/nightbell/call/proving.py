"""Proving: a flow, compiled and written out as a table, held to the properties of the proof.

The machine that is proved is the one that takes calls: table and session read the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.table import table_of
from nightbell.flow.model import Flow
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.search import Limits
from nightbell.flow.proof.table import Table
from nightbell.flow.proof.verdict import Verdict

__all__ = ["prove_flow", "table_for"]


def table_for(what: Plan | Flow, lengths: Mapping[str, int] | None = None) -> Table:
    """Return the table of a flow, with its limits.

    Args:
        what: a flow, or its plan.
        lengths: prompt name to its length, ms; what is missing is guessed.
    """
    plan = what if isinstance(what, Plan) else compile_flow(what)
    limits = plan.flow.limits
    return replace(table_of(plan, lengths), most_turns=limits.turns, most_seconds=-(-limits.duration_ms // 1000))


def prove_flow(
    what: Plan | Flow, lengths: Mapping[str, int] | None = None, limits: Limits | None = None
) -> Verdict:
    """Prove a flow safe, or say which calls are not.

    Args:
        what: a flow, or its plan.
        lengths: prompt name to its length, ms; what is missing is guessed, on the long side.
        limits: how far the search goes.
    """
    return prove(table_for(what, lengths), limits)
