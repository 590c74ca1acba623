"""Runner: scripts in, results out. A script is one call over a scripted line, taken by who takes real calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from nightbell.audio.frame import FRAME_MS
from nightbell.audio.noise import at_ratio
from nightbell.call.journal import event_to_json
from nightbell.errors import NightbellError, ProviderError
from nightbell.line.scripted import ECHO_DB, ScriptedLine
from nightbell.line.silent import SilentLine
from nightbell.rehearsal.aloud import listened
from nightbell.rehearsal.caller import ScriptedCaller
from nightbell.rehearsal.expectations import Evidence
from nightbell.rehearsal.meaning import OutcomeEars
from nightbell.rehearsal.phoning import phone
from nightbell.rehearsal.port import IncomingCall
from nightbell.rehearsal.repro.playing import ReplayedCaller
from nightbell.rehearsal.repro.sound import sound_of
from nightbell.rehearsal.requested.asking import ask_through
from nightbell.rehearsal.requested.side import CallerSide
from nightbell.rehearsal.result import CallResult, result_of
from nightbell.rehearsal.script import SILENT, START
from nightbell.rehearsal.stage import WALL_LIMIT_S, Stage, places_of
from nightbell.rehearsal.sweep.measuring import measured_db
from nightbell.rehearsal.timing import responses
from nightbell.rehearsal.witness import Witness
from nightbell.rehearsal.written import EarTrouble, WrittenEars

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.audio.frame import Samples
    from nightbell.conversation.observer import Observer
    from nightbell.line.handset import Given
    from nightbell.rehearsal.port import Taker
    from nightbell.rehearsal.script import Answer, Script
    from nightbell.terms.disposition import Disposition

__all__ = ["WALL_LIMIT_S", "CallResult", "Stage", "places_of", "rehearse", "rehearse_all"]

_log = structlog.get_logger(__name__)


async def rehearse_all(
    scripts: Sequence[Script],
    stage: Stage,
    *,
    jobs: int = 2,
    on_result: Callable[[CallResult], None] = lambda _: None,
) -> tuple[CallResult, ...]:
    """Run scripts side by side; results come in the order of the scripts, told one by one as they end.

    Raises:
        ProviderError: a model, voice or store is missing or broken: nothing was rehearsed.
    """
    gate = asyncio.Semaphore(max(jobs, 1))

    async def one(script: Script) -> CallResult:
        async with gate:
            result = await rehearse(script, stage)
        on_result(result)
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(script), name=script.name) for script in scripts]
    except ExceptionGroup as errors:
        ours = errors.subgroup(NightbellError)
        if ours is not None:
            raise _first(ours) from errors
        raise
    return tuple(task.result() for task in tasks)


async def rehearse(script: Script, stage: Stage) -> CallResult:
    """Run one script.

    Raises:
        ProviderError: something the call needs is missing or broken.
    """
    journal = stage.folder / f"{script.name}.jsonl"
    if script.tier in SILENT:
        return await _in_writing(script, stage, journal)
    if stage.served is not None and stage.served.requests is not None:
        return await _by_requests(script, stage, journal)
    condition = script.condition
    words = {name: condition.words(stage.recordings.words(name)) for name in script.said}
    line = ScriptedLine(
        caller=script.caller,
        called=stage.flow.clinic.number,
        paced=stage.paced,
        keys=script.keys,
        bed=_bed(script, stage, words),
        echo_db=ECHO_DB if script.echo and condition.echo_db is None else condition.echo_db,
        echo_ms=condition.echo_ms,
        limit_ms=script.limit_ms,
        muted=stage.mute,
        codec=condition.codec,
        lost=condition.lost(script.limit_ms // FRAME_MS),
    )
    recording = stage.folder / f"{script.name}.wav"

    def say(answer: Answer, at_ms: int) -> Given:
        spoken, louder = words[answer.say], 0.0
        if script.impair is not None and script.impair.exact:
            under = line.bed_under(line.handset.begins_ms(at_ms), len(spoken))
            spoken, louder = at_ratio(spoken, under, script.impair.snr_db)
        return replace(line.handset.say(spoken, at_ms=at_ms), louder_db=louder)

    caller: ScriptedCaller | ReplayedCaller = ScriptedCaller(stage.part(script), line.handset, say)
    if script.replay is not None:
        caller = ReplayedCaller(script.replay, sound_of(script), line.handset)
    witness = Witness(stage.flow)
    # The witness first: what is judged must not depend on what others do with the event.
    observers: tuple[Observer, ...] = (witness, caller, *stage.watch(script))
    if script.tier == "sip" and stage.served is not None:
        evidence = await phone(
            script, stage.served, line=line, caller=caller, witness=witness, observers=observers
        )
        evidence = replace(evidence, muted=stage.mute)
        await asyncio.to_thread(_keep, witness, journal, line, recording)
        return result_of(
            await _listened(evidence, stage),
            today=stage.today,
            audio_ms=line.position_ms,
            journal=journal,
            recording=recording,
        )
    call = IncomingCall(
        id=script.name,
        line=line,
        flow=stage.flow,
        now=script.now,
        fakes=script.fakes,
        observers=observers,
    )
    disposition, crash = await _take(stage, stage.take, call)
    witness.finish()
    kept = recording if stage.keep else None
    if kept is not None:
        await asyncio.to_thread(_keep, witness, journal, line, kept)
    evidence = Evidence(
        script=script,
        witness=witness,
        turns=caller.turns,
        unused=caller.unused,
        responses=responses(caller.turns, witness, stage.flow),
        disposition=disposition,
        muted=stage.mute,
        loudest_dbfs=line.loudest_dbfs,
        sound=line.said,
        measured_db=(
            measured_db(script.impair.snr_db, caller.turns, words, line.entered)
            if script.impair is not None and not stage.mute
            else None
        ),
        crash=crash,
    )
    return result_of(
        await _listened(evidence, stage),
        today=stage.today,
        audio_ms=line.position_ms,
        journal=journal if stage.keep else None,
        recording=kept,
    )


async def _by_requests(script: Script, stage: Stage, journal: Path) -> CallResult:
    """Run one script against a served line that is asked by requests alone."""
    assert stage.served is not None
    assert stage.served.requests is not None
    side, witness = CallerSide(muted=stage.mute), Witness(stage.flow)
    caller = ScriptedCaller(stage.part(script), side.handset, side.say)
    evidence, lost = await ask_through(
        script,
        stage.served.requests,
        stage.served.feed,
        side=side,
        caller=caller,
        witness=witness,
        observers=(witness, caller, *stage.watch(script)),
        people=stage.served.people,
    )
    evidence = replace(evidence, muted=stage.mute)
    recording = stage.folder / f"{script.name}.wav"
    await asyncio.to_thread(_keep, witness, journal)
    await asyncio.to_thread(side.write, recording)
    return result_of(
        await _listened(evidence, stage),
        today=stage.today,
        audio_ms=witness.position_ms,
        lost=lost,
        journal=journal,
        recording=recording,
    )


async def _in_writing(script: Script, stage: Stage, journal: Path) -> CallResult:
    """Run one script without sound, models, voice or records; times of answers are not measured.

    At tier engine the session is told what the words mean; at tier text the call at work finds it out.
    """
    engine = script.tier == "engine"
    line = SilentLine(caller=script.caller, called=stage.flow.clinic.number, limit_ms=script.limit_ms)
    ears = (OutcomeEars if engine else WrittenEars)(missing=script.fakes.ears_fail_at == START)

    def say(answer: Answer, at_ms: int) -> Given:
        return ears.say(
            answer.words,
            at_ms=at_ms,
            confidence=answer.confidence,
            too_long=answer.too_long,
            hidden=answer.hidden,
            muted=stage.mute,
            means=answer.means,
        )

    caller = ScriptedCaller(stage.part(script), line.handset, say)
    witness = Witness(stage.flow)
    call = IncomingCall(
        id=script.name,
        line=line,
        flow=stage.flow,
        now=script.now,
        fakes=script.fakes,
        observers=(witness, EarTrouble(ears, script.fakes.ears_fail_at), caller, *stage.watch(script)),
        ears=ears,
    )
    disposition, crash = await _take(stage, stage.take_engine if engine else stage.take_text, call)
    witness.finish()
    if stage.keep:
        await asyncio.to_thread(_keep, witness, journal)
    evidence = Evidence(
        script=script,
        witness=witness,
        turns=caller.turns,
        unused=caller.unused,
        responses=(),
        disposition=disposition,
        muted=stage.mute,
        crash=crash,
    )
    return result_of(
        evidence, today=stage.today, audio_ms=line.position_ms, journal=journal if stage.keep else None
    )


async def _listened(evidence: Evidence, stage: Stage) -> Evidence:
    """Have the prompts listened to that the script wants heard; where nobody can, that is for the judge."""
    wanted = evidence.script.expect.prompts_heard
    if not wanted or evidence.sound is None or evidence.crash or stage.hear is None:
        return evidence
    return replace(evidence, aloud=await listened(evidence.script, evidence.witness, evidence.sound, stage.hear))


async def _take(stage: Stage, take: Taker, call: IncomingCall) -> tuple[Disposition | None, str]:
    """Let the call be taken; return its disposition, or what went wrong."""
    try:
        async with asyncio.timeout(stage.wall_limit_s):
            ended = await take(call)
    except ProviderError:
        raise
    except TimeoutError:
        return None, f"the call did not end within {stage.wall_limit_s:g} s"
    except NightbellError as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - whatever breaks a call is the rehearsal's finding
        _log.exception("rehearsed_call_broke")
        return None, f"{type(error).__name__}: {error}"
    return ended.disposition, ""


def _bed(script: Script, stage: Stage, words: dict[str, Samples]) -> Samples | None:
    if script.impair is None or not words:
        return None
    impair = script.impair if stage.snr_db is None else replace(script.impair, snr_db=stage.snr_db)
    return stage.recordings.bed(impair, words.values(), but=words)


def _keep(
    witness: Witness, journal: Path, line: ScriptedLine | None = None, recording: Path | None = None
) -> None:
    journal.parent.mkdir(parents=True, exist_ok=True)
    if line is not None and recording is not None:
        line.write(recording)
    journal.write_text("".join(f"{event_to_json(event)}\n" for event in witness.events), encoding="utf-8")


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
