"""Calling: people ring the line - each a call of the usual rehearsal, in writing or with sound - and are judged.

The runner, the taker and the guards are those of call scripts; only who answers is another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from nightbell.call.compile import compile_flow
from nightbell.rehearsal.callers.acting import PersonPart
from nightbell.rehearsal.callers.ledger import Ledger
from nightbell.rehearsal.callers.telephone import number_of
from nightbell.rehearsal.callers.verdict import judge_person
from nightbell.rehearsal.runner import rehearse_all
from nightbell.rehearsal.script import Expect, Fakes, Script
from nightbell.terms.instant import Instant

if TYPE_CHECKING:
    from nightbell.conversation.observer import Observer
    from nightbell.rehearsal.callers.acting import Patience
    from nightbell.rehearsal.callers.person import Company, Person
    from nightbell.rehearsal.callers.repertoire import Repertoire
    from nightbell.rehearsal.callers.verdict import Verdict
    from nightbell.rehearsal.part import Part
    from nightbell.rehearsal.runner import CallResult
    from nightbell.rehearsal.script import Impair
    from nightbell.rehearsal.stage import Stage

__all__ = ["NIGHT", "Ringing", "ring"]

NIGHT: Final = Instant.parse("2026-11-22T03:30:00+00:00")
"""Sunday night in Europe, Saturday night in America: every clinic is shut."""
_TAKEN_MS: Final = 30_000
"""Somebody takes the page after so long: the hold is heard, and the call comes to its end."""
_LIMIT_MS: Final = 8 * 60_000
"""No caller's call is longer; the line then gives up, which fails it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """One call to be made."""

    person: Person
    repertoire: Repertoire
    level: str = ""
    """Name of the noise, for the table; "" in writing."""
    impair: Impair | None = None
    seed: int = 0
    patience: Patience = "end"

    @property
    def name(self) -> str:
        """Name of the call, unique among calls of one level and seed."""
        return "-".join(filter(None, (self.person.id, self.person.clinic, self.level.replace(" ", ""))))


@dataclass(slots=True)
class _Call:
    part: PersonPart
    ledger: Ledger = field(default_factory=Ledger)


async def ring(
    calls: Sequence[Ringing],
    stage: Stage,
    company: Company,
    *,
    jobs: int = 1,
    on_verdict: Callable[[Verdict], None] = lambda _: None,
) -> list[Verdict]:
    """Let people ring one clinic; verdicts come in the order of the calls, told one by one as they end.

    Args:
        calls: who rings, all at the stage's clinic.
        stage: the clinic's flow, and who takes the calls.
        company: everybody, for the vocabulary.
        jobs: calls side by side.
        on_verdict: is told each verdict at once.

    Raises:
        ProviderError: a model, voice or store is missing or broken.
    """
    plan = compile_flow(stage.flow)
    ringing = {call.name: call for call in calls}
    parts: dict[str, _Call] = {}

    def cast(script: Script) -> Part:
        call = ringing[script.name]
        parts[script.name] = _Call(
            PersonPart(call.person, plan, company, call.repertoire, seed=call.seed, patience=call.patience)
        )
        return parts[script.name].part

    def watch(script: Script) -> Sequence[Observer]:
        return (parts[script.name].ledger,)

    def judged(result: CallResult) -> Verdict:
        call, mine = ringing[result.script.name], parts[result.script.name]
        return judge_person(
            call.person,
            result,
            mine.ledger,
            mine.part.answers,
            stage.flow,
            level=call.level,
            voice=call.repertoire.voice,
        )

    scripts = [_script(call, stage.flow.clinic.country) for call in calls]
    results = await rehearse_all(
        scripts,
        replace(stage, cast=cast, watch=watch),
        jobs=jobs,
        on_result=lambda result: on_verdict(judged(result)),
    )
    return [judged(result) for result in results]


def _script(call: Ringing, country: str) -> Script:
    person = call.person
    history: Mapping[str, int | str] = dict(person.facts.history)
    sounds = (person.recording, *((person.recording_then,) if person.then else ())) if person.speaks else ()
    with_sound = not call.repertoire.anything
    return Script(
        name=call.name,
        about=person.kind,
        file=person.file,
        row=person.row,
        tier="audio" if with_sound else "text",
        now=NIGHT,
        caller=number_of(country),
        answers=(),
        repertoire=(*sounds, *call.repertoire.recordings) if with_sound else (),
        fakes=Fakes(acknowledged_after_ms=_TAKEN_MS, **history),  # type: ignore[arg-type]  # the schema's names
        expect=Expect(disposition=person.floor, at_least=True),
        impair=call.impair,
        limit_ms=_LIMIT_MS,
    )
