"""Court: whether a mutant is noticed - when it loads, by a rule, by a call script in writing, or by the proof.

Scripts come before the proof because they are quicker; a mutant that several would notice is counted once. Scripts
that never come to what was changed cannot tell, and are not asked. Wording is not held against its signature here:
that would notice every changed word, and would say nothing of the scripts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias

from nightbell.call.compile import Plan, compile_flow
from nightbell.call.proving import prove_flow, table_for
from nightbell.call.step import Ask, AskWorld, Decide, Hold, Say
from nightbell.document.spans import spans
from nightbell.errors import FlowError, NightbellError, ScriptError
from nightbell.flow.lint.registry import find_all
from nightbell.flow.lint.rule import Subject
from nightbell.flow.load import read_texts
from nightbell.flow.proof.graph import build
from nightbell.flow.proof.search import Budget, Limits, reach
from nightbell.flow.proof.verdict import TOO_LARGE
from nightbell.flow.reading.reader import Loaded, read_with_places
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.mutation.operators import edits_of
from nightbell.rehearsal.mutation.sameness import changed_steps, does, same_calls
from nightbell.rehearsal.paths import read_paths, with_paths
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.mutation.edit import Edit
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
    """Tries the mutants of one clinic. Made once; a mutant takes about half a second, one that survives three."""

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
        recordings = Recordings(audio)
        scripts = load_scripts(find_scripts(folder, ()), recordings, places_of(self.flow))
        played, self.left_out = cast(scripts, "text", recordings.texts())
        self.scripts = with_paths(played, read_paths(folder / "calls"))
        self.recordings = recordings
        self._visited = self._rehearsed()

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
        if same_calls(self.plan, plan):
            return Fate(edit=edit, noticed="same")
        changed = changed_steps(self.plan, plan)
        if self._never_taken(changed, plan):
            return Fate(edit=edit, noticed="same")
        asked = self._asked(changed, plan)
        fate = Fate(edit=edit, noticed="survived", safety=self._safety(changed, plan), asked=len(asked))
        if new := _codes(loaded) - self._found:
            return replace(fate, noticed="rule", by=min(new))
        if script := asyncio.run(_first_failure(asked, self.stage(loaded.flow))):
            return replace(fate, noticed="script", by=script)
        if violated := _violated(plan) - self._unproved:
            return replace(fate, noticed="proof", by=min(violated))
        return fate

    @cached_property
    def _unproved(self) -> frozenset[str]:
        """Codes of what does not hold of the flow as it is: nothing, for a sound one."""
        return _violated(self.plan)

    def plan_of(self, edit: Edit) -> Plan:
        """Return the plan of a mutant. Raises FlowError where it does not load."""
        return compile_flow(self._load(edit.applied(self._texts)).flow)

    def _load(self, texts: Mapping[str, str]) -> Loaded:
        return read_with_places(texts, self._clinic, self._shown)

    def stage(self, flow: Flow) -> Stage:
        """Return a stage on which scripts in writing are played with a flow."""
        return Stage(flow=flow, recordings=self.recordings, take=_silent, folder=_NOBODY, keep=False)

    def _rehearsed(self) -> dict[str, frozenset[str]]:
        """Play every script on the flow as it is; return the states that each comes to."""

        async def play() -> dict[str, frozenset[str]]:
            visited: dict[str, frozenset[str]] = {}
            for script in self.scripts:
                result = await rehearse(script, self.stage(self.flow))
                if not result.passed:
                    failed = "; ".join(str(failure) for failure in result.failures)
                    raise ScriptError(
                        f"{script.name} fails before anything is changed: {failed}",
                        hint="nightbell rehearse --tier text",
                    )
                visited[script.name] = frozenset(result.states)
            return visited

        return asyncio.run(play())

    def _asked(self, changed: frozenset[str], plan: Plan) -> tuple[Script, ...]:
        """Return the scripts that come to what was changed; all of them where it holds everywhere."""
        one, two = self.flow, plan.flow
        everywhere = (one.universals, one.emergency, one.silent, one.person, one.after_mistake, one.mistake)
        if everywhere != (two.universals, two.emergency, two.silent, two.person, two.after_mistake, two.mistake):
            return self.scripts
        states = {self.plan.steps[name].state for name in changed}
        return tuple(script for script in self.scripts if states & self._visited[script.name] or "" in states)

    def _never_taken(self, changed: frozenset[str], plan: Plan) -> bool:
        """Tell whether all that leads elsewhere are cases of branches that no call ever comes to, by the proof."""
        return bool(changed) and all(
            isinstance(self.plan.steps[name], Decide)
            and does(self.plan, name) == does(plan, name)
            and not any(
                (name, by) in self._taken
                for by, target in self.plan.edges[name].items()
                if plan.edges[name].get(by) != target
            )
            for name in changed
        )

    @cached_property
    def _taken(self) -> frozenset[tuple[str, str]]:
        """Steps with the outcomes that some call takes there."""
        graph = build(table_for(self.plan))
        reached = reach(graph, Budget(Limits().most_work))
        return frozenset(
            (name, edge.move.outcome)
            for name in graph.rows
            for edge in graph.out[name]
            if reached[name] & edge.enabled
        )

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


def _violated(plan: Plan) -> frozenset[str]:
    verdict = prove_flow(plan)
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
