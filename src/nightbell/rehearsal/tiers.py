"""Tiers: which scripts a rehearsal can play without sound, which with it, and why one is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nightbell.call.compile import compile_flow
from nightbell.conversation.clock import AudioClock
from nightbell.conversation.conversation import Conversation
from nightbell.records.unkept import UnkeptRecords
from nightbell.rehearsal.repro.sound import is_silent
from nightbell.rehearsal.script import SILENT
from nightbell.rehearsal.world import ScriptedWorld, clinic_world
from nightbell.rehearsal.written import WrittenEars, WrittenPrompts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nightbell.rehearsal.port import Ended, IncomingCall
    from nightbell.rehearsal.script import Answer, Script, Tier

__all__ = ["LeftOut", "cast", "mutable", "take_written", "written"]


_ALSO: Final[tuple[tuple[Tier, Tier], ...]] = (("audio", "sip"), ("text", "engine"))
"""Tier that a script is for, with another one that it can be played at."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A script that cannot be played at the tier that was asked for."""

    script: Script
    why: str


def cast(
    scripts: Iterable[Script], tier: Tier | None, texts: Mapping[str, str]
) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Give each script the tier it is played at.

    Args:
        scripts: as loaded.
        tier: the only one wanted; None is each script's own, sound where it does not say.
        texts: recording to its words, for the tier in writing.

    Returns:
        The scripts with their tier set, and those that cannot be played at it.
    """
    played: list[Script] = []
    left_out: list[LeftOut] = []
    for script in scripts:
        wanted = tier or script.tier or "audio"
        why = _refusal(script, wanted, texts)
        if why:
            left_out.append(LeftOut(script, why))
        else:
            played.append(replace(written(script, texts) if wanted in SILENT else script, tier=wanted))
    return tuple(played), tuple(left_out)


def mutable(scripts: Iterable[Script]) -> tuple[tuple[Script, ...], tuple[LeftOut, ...]]:
    """Return the scripts that must fail when their callers are silenced, and those that say nothing anyway."""
    played: list[Script] = []
    left_out: list[LeftOut] = []
    for script in scripts:
        if script.spoken or (script.replay is not None and not is_silent(script)):
            played.append(script)
        else:
            left_out.append(LeftOut(script, "it says nothing that could be silenced"))
    return tuple(played), tuple(left_out)


async def take_written(call: IncomingCall) -> Ended:
    """Take a call in writing: the real session and conversation, without models, voice or records."""
    fakes = call.fakes
    records = UnkeptRecords()
    conversation = Conversation(
        call=call.id,
        plan=compile_flow(call.flow),
        line=call.line,
        ears=call.ears or WrittenEars(),
        prompts=WrittenPrompts(fail_at=fakes.voice_fails_at),
        records=records,
        world=ScriptedWorld(clinic_world(call.flow, records), fakes),
        clock=AudioClock(call.now),
        observers=call.observers,
    )
    return await conversation.run()


def _refusal(script: Script, tier: Tier, texts: Mapping[str, str]) -> str:
    if script.tier is not None and script.tier != tier and (script.tier, tier) not in _ALSO:
        return f"it is for tier {script.tier}"
    if tier not in SILENT:
        return ""
    if script.replay is not None:
        return "a call that was taken has its sound"
    if script.impair is not None or script.echo:
        return "noise and echo need sound"
    mute = [answer.say for answer in script.spoken if answer.say and not answer.words and answer.say not in texts]
    return f"nobody wrote down what {mute[0]} says" if mute else ""


def written(script: Script, texts: Mapping[str, str]) -> Script:
    """Return a script whose recordings are told in writing; ``texts`` is recording to its words."""

    def put(answer: Answer) -> Answer:
        return replace(answer, words=texts[answer.say]) if answer.say and not answer.words else answer

    answers = tuple((place, tuple(put(answer) for answer in many)) for place, many in script.answers)
    default = put(script.default) if script.default is not None else None
    return replace(script, answers=answers, default=default)
