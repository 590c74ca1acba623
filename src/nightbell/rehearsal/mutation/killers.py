"""Killers: for a mutant that nobody noticed, a call script in writing that does - tried before it is offered.

What the mutant changed is looked up in the flow as it is: edges that lead elsewhere, and phrases that are gone. A
shortest call over one of them becomes a script. It is offered where it passes on the flow and not on the mutant.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.call.step import Ask, Step, answer
from nightbell.errors import ScriptError
from nightbell.rehearsal.coverage.edges import Edges, Key, key_of
from nightbell.rehearsal.coverage.starting import name_of, script_over, ways_to
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.mutation.sameness import changed_steps, doings
from nightbell.rehearsal.runner import places_of, rehearse

if TYPE_CHECKING:
    from nightbell.call.compile import Plan
    from nightbell.rehearsal.mutation.court import Court, Fate
    from nightbell.rehearsal.script import Script

__all__ = ["killers_of"]

_TRIES: Final = 6
"""Edges of one mutant that are tried: a dialog is written out once for each call of it."""


@dataclass(frozen=True, slots=True)
class _Aim:
    key: Key
    phrase: str = ""


def killers_of(court: Court, fates: Sequence[Fate]) -> dict[str, str]:
    """Return scripts by name that notice mutants nobody noticed; one script may notice several."""
    edges = Edges(court.loaded)
    aims = {fate.edit.id: tuple(islice(_aims(court.plan, court.plan_of(fate.edit)), _TRIES)) for fate in fates}
    wanted = {aim.key for many in aims.values() for aim in many if aim.key in edges.all}
    ways = ways_to(edges, [edges.all[key] for key in sorted(wanted)])
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for fate in fates:
            for aim in aims[fate.edit.id]:
                if aim.key not in ways:
                    continue
                edge = edges.all[aim.key]
                text = script_over(edges, *ways[aim.key], edge, phrase=aim.phrase)
                if text is None:
                    continue
                name = name_of(edge, aim.phrase)
                if name in found or _notices(court, fate, Path(folder), name, text):
                    found[name] = text
                    break
    return found


def _notices(court: Court, fate: Fate, folder: Path, name: str, text: str) -> bool:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        script = load_script(path, court.recordings, places_of(court.flow))
    except ScriptError:
        return False
    return asyncio.run(_tried(court, fate, script))


async def _tried(court: Court, fate: Fate, script: Script) -> bool:
    sound = await rehearse(script, court.stage(court.flow))
    if not sound.passed:
        return False
    mutant = court.stage(court.plan_of(fate.edit).flow)
    return not (await rehearse(replace(script, path=sound.moves), mutant)).passed


def _aims(one: Plan, two: Plan) -> Iterator[_Aim]:
    """Yield what of the first plan is otherwise in the second."""
    seen: set[_Aim] = set()
    for aim in _differences(one, two):
        if aim not in seen:
            seen.add(aim)
            yield aim


def _differences(one: Plan, two: Plan) -> Iterable[_Aim]:
    if one.universals != two.universals:
        after = {universal.name: universal for universal in two.universals}
        for universal in one.universals:
            if after.get(universal.name) != universal:
                yield _Aim(("", f"universal:{universal.name}"))
    for name in sorted(changed_steps(doings(one), doings(two))):
        step, edges, after_edges = one.steps[name], one.edges[name], two.edges.get(name, {})
        for outcome, target in edges.items():
            if after_edges.get(outcome) != target:
                yield _Aim(key_of(name, outcome))
        if isinstance(step, Ask):
            yield from _gone(name, step, two.steps.get(name))
        for outcome in edges:
            if outcome.startswith(("answer:", "case:")):
                yield _Aim((name, outcome))


def _gone(name: str, step: Ask, other: Step | None) -> Iterator[_Aim]:
    """Yield the phrases of a question that it does not know any more."""
    kept = {each.category: each.phrases for each in other.answers} if isinstance(other, Ask) else {}
    for each in step.answers:
        for phrase in each.phrases:
            if phrase not in kept.get(each.category, ()):
                yield _Aim((name, answer(each.category)), phrase)
