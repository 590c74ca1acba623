"""Court: whether a mutant is noticed - when it loads, by a call script in writing, by a rule, or by the proof.

The quickest comes first, a call of some ten milliseconds; a mutant that several would notice is counted once.
Scripts that never come to what was changed cannot tell, and are not asked. Wording is not held against its
signature here: that would notice every changed word, and would say nothing of the scripts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.proving import table_for
from nightbell.call.step import Ask, AskWorld, Decide, Hold, Say
from nightbell.document.spans import spans
from nightbell.errors import FlowError, NightbellError, ScriptError
from nightbell.flow.lint.registry import find_all
from nightbell.flow.lint.rule import Subject
from nightbell.flow.load import read_texts
from nightbell.flow.proof.graph import build
from nightbell.flow.proof.prove import prove
from nightbell.flow.proof.search import Budget, Limits, reach
from nightbell.flow.proof.verdict import TOO_LARGE
from nightbell.flow.reading.reader import Loaded, read_with_places
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.mutation.operators import edits_of
from nightbell.rehearsal.mutation.sameness import alike_elsewhere, changed_steps, doings, same_calls
from nightbell.rehearsal.mutation.ways import Way, affected, way_of
from nightbell.rehearsal.paths import read_paths, with_paths
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.flow.proof.table import Table
    from nightbell.rehearsal.mutation.edit import Edit
    from nightbell.rehearsal.mutation.sameness import Doings
    from nightbell.rehearsal.port import IncomingCall
    from nightbell.rehearsal.script import Script

__all__ = ["Court", "Fate", "Noticed"]

Noticed: TypeAlias = Literal["load", "rule", "script", "proof", "same", "survived"]
"""What noticed a mutant; ``same`` is a mutant that changes no call."""

_NOBODY: Final = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a mutant."""

    edit: Edit
    noticed: Noticed
    by: str = ""
    """The code or the script that noticed it."""
    safety: bool = False
    """It changes what keeps a caller safe: screens, holds, floors, and what leads to them without a question."""
    asked: int = 0
    """Scripts that come to what was changed."""


class Court:
    """Tries the mutants of one clinic. Made once; a mutant takes a quarter of a second, one that survives two."""

    def __init__(self, folder: Path, audio: Path) -> None:
        """Read the clinic and play its scripts in writing.

        Args:
            folder: the clinic's folder.
            audio: the caller audio; its ``manifest.json`` says what each recording says.

        Raises:
            FlowError: the clinic does not load.
            ScriptError: a script does not load, or fails before anything is changed.
        """
        read = read_texts(folder)
        self._clinic, self._texts, self._shown = read.clinic, dict(read.texts), read.shown
        self.loaded = self._load(self._texts)
        self.flow = self.loaded.flow
        self.plan = compile_flow(self.flow)
        self._found = _codes(self.loaded)
        self._care = _care(self.plan)
        self._does = doings(self.plan)
        recordings = Recordings(audio)
        scripts = load_scripts(find_scripts(folder, ()), recordings, places_of(self.flow))
        played, self.left_out = cast(scripts, "text", recordings.texts())
        self.scripts = with_paths(played, read_paths(folder / "calls"))
        self.recordings = recordings
        self._ways = self._rehearsed()

    def edits(self) -> tuple[Edit, ...]:
        """Return every mutant."""
        own = f"{self._clinic}/flow.yaml"
        fragments = [span.text for span in spans(self._texts[own]) if span.path[0] == "uses" and span.text]
        return edits_of(self._texts, [own, *(f"{name}.yaml" for name in fragments)])

    def shown(self, edit: Edit) -> str:
        """Return the place of a mutant as file:line:column."""
        return f"{self._shown.get(edit.file, edit.file)}:{edit.line}:{edit.column}"

    def try_(self, edit: Edit) -> Fate:
        """Try one mutant."""
        try:
            loaded = self._load(edit.applied(self._texts))
            plan = compile_flow(loaded.flow)
        except NightbellError as error:
            return Fate(edit=edit, noticed="load", by=_first_code(error))
        does = doings(plan)
        if same_calls(self._does, does):
            return Fate(edit=edit, noticed="same")
        changed = changed_steps(self._does, does)
        if self._never_met(changed, does):
            return Fate(edit=edit, noticed="same")
        asked = affected(self._ways, self._does, does)
        fate = Fate(edit=edit, noticed="survived", safety=self._safety(changed, plan), asked=len(asked))
        if script := asyncio.run(_first_failure(asked, self.stage(loaded.flow))):
            return replace(fate, noticed="script", by=script)
        if new := _codes(loaded) - self._found:
            return replace(fate, noticed="rule", by=min(new))
        table = table_for(plan)
        # The proof sees nothing but its table: the same one has the same verdict.
        if table != self._table and (violated := _violated(table) - self._unproved):
            return replace(fate, noticed="proof", by=min(violated))
        return fate

    @cached_property
    def _table(self) -> Table:
        return table_for(self.plan)

    @cached_property
    def _unproved(self) -> frozenset[str]:
        """Codes of what does not hold of the flow as it is: nothing, for a sound one."""
        return _violated(self._table)

    def plan_of(self, edit: Edit) -> Plan:
        """Return the plan of a mutant. Raises FlowError where it does not load."""
        return compile_flow(self._load(edit.applied(self._texts)).flow)

    def _load(self, texts: AnyMapping[str, str]) -> Loaded:
        return read_with_places(texts, self._clinic, self._shown)

    def stage(self, flow: Flow) -> Stage:
        """Return a stage on which scripts in writing are played with a flow."""
        return Stage(flow=flow, recordings=self.recordings, take=_silent, folder=_NOBODY, keep=False)

    def _rehearsed(self) -> tuple[Way, ...]:
        """Play every script on the flow as it is; return the way of each."""

        async def play() -> tuple[Way, ...]:
            ways = []
            for script in self.scripts:
                result = await rehearse(script, self.stage(self.flow))
                if not result.passed:
                    failed = "; ".join(str(failure) for failure in result.failures)
                    raise ScriptError(
                        f"{script.name} fails before anything is changed: {failed}",
                        hint="nightbell rehearse --tier text",
                    )
                ways.append(way_of(script, result.moves, self.plan))
            return tuple(ways)

        return asyncio.run(play())

    def _never_met(self, changed: frozenset[str], does: Doings) -> bool:
        """Tell whether no call ever comes to what changed, by the proof.

        That are steps nobody comes to, and cases of branches nobody takes. Other outcomes may be taken though the
        proof knows nothing of them, such as those of a fault.
        """
        reached, taken = self._taken
        return (
            bool(changed)
            and alike_elsewhere(self._does, does)
            and all(
                name not in reached
                or (
                    isinstance(self.plan.steps[name], Decide)
                    and self._does.steps[name] == does.steps.get(name)
                    and not any(
                        (name, by) in taken
                        for by, target in self.plan.edges[name].items()
                        if does.plan.edges[name].get(by) != target
                    )
                )
                for name in changed
            )
        )

    @cached_property
    def _taken(self) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """Steps that some call comes to, and the outcomes that some call takes there."""
        graph = build(self._table)
        reached = reach(graph, Budget(Limits().most_work))
        taken = (
            (name, edge.move.outcome)
            for name in graph.rows
            for edge in graph.out[name]
            if reached[name] & edge.enabled
        )
        return frozenset(name for name, bits in reached.items() if bits), frozenset(taken)

    def _safety(self, changed: frozenset[str], plan: Plan) -> bool:
        floors = [[one for one in flow.universals if one.floor is not None] for flow in (self.flow, plan.flow)]
        if floors[0] != floors[1]:
            return True
        if self.flow.states == plan.flow.states and self.flow.universals != plan.flow.universals:
            return False  # one that sets no floor: a wish for more time, or no recording
        for name in changed:
            step, edges = self.plan.steps[name], self.plan.edges[name]
            after = plan.edges.get(name, {})
            if name in self._care or (isinstance(step, Decide) and any(case.floor for case in step.cases)):
                return True
            if any(after.get(by) != target and target in self._care for by, target in edges.items()):
                return True
        return False


def _care(plan: Plan) -> frozenset[str]:
    """Return the steps that keep a caller safe, and those that lead to them without asking the caller anything."""
    flow = plan.flow
    care = {plan.entry[flow.emergency], plan.entry[flow.person]}
    for name, step in plan.steps.items():
        if isinstance(step, Hold) or (isinstance(step, Ask) and step.policy != "menu"):
            care.add(name)
    before = 0
    while before != len(care):
        before = len(care)
        for name, step in plan.steps.items():
            if isinstance(step, Say | Decide | AskWorld):
                own = [
                    to
                    for by, to in plan.edges[name].items()
                    if by in {"said", "otherwise"} or by.startswith("case:")
                ]
                if care.intersection(own):
                    care.add(name)
    return frozenset(care)


def _codes(loaded: Loaded) -> frozenset[str]:
    found = find_all(Subject(flow=loaded.flow, places=loaded.places))
    return frozenset(one.code for one in found if one.severity == "error")


def _violated(table: Table) -> frozenset[str]:
    verdict = prove(table)
    codes = {violation.code for violation in verdict.violations}
    return frozenset(codes | ({TOO_LARGE} if verdict.too_large is not None else set()))


def _first_code(error: NightbellError) -> str:
    if isinstance(error, FlowError):
        return next((getattr(one, "code", error.code) for one in error.diagnostics), error.code)
    return error.code


async def _first_failure(scripts: Sequence[Script], stage: Stage) -> str:
    for script in scripts:
        if not (await rehearse(script, stage)).passed:
            return script.name
    return ""


async def _silent(call: IncomingCall) -> NoReturn:
    raise ScriptError(f"{call.id} has sound, and mutants are tried in writing")
