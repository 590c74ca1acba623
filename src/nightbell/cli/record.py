"""`nightbell record`: the owner's own voice for the prompts. Every take is checked before it is kept.

It is checked against its words by the recogniser, and for its sound: clipping, level, cut ends, background noise.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nightbell.audio.edges import length_ms
from nightbell.audio.resample import to_telephone
from nightbell.audio.wav import read_sound
from nightbell.cli.takes import Takes, targets_of
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import AudioError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.line.dictaphone import Dictaphone
from nightbell.speech.moonshine import MoonshineLimits, MoonshineRecogniser
from nightbell.speech.take import finished, sound_faults, words_faults

if TYPE_CHECKING:
    from rich.console import Console

    from nightbell.audio.frame import Samples
    from nightbell.audio.resample import Sound
    from nightbell.cli.takes import Target
    from nightbell.flow.model import Flow
    from nightbell.speech.take import TakeFault

__all__ = ["Studio", "record"]

_LIMITS: Final = MoonshineLimits(answer_s=60.0, wait_s=60.0)
"""Nobody waits on the telephone here; a prompt of 22 s on a busy machine may take its time."""
_HEARD: Final = "en"
"""The language that the recogniser knows; words of another are not checked."""


def record(
    flow: Annotated[Path, typer.Argument(help="A clinic's folder, such as flows/rosewood.")],
    *,
    only: Annotated[str, typer.Option(help="One prompt, by name.")] = "",
    source: Annotated[Path | None, typer.Option("--from", help="Take it from this WAV file.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Take NAME.wav of this folder for each prompt.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace recordings without asking.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Only list the prompts and what is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; not while recording.")] = False,
) -> int:
    """Record prompts, missing and changed ones first. 0 kept, 1 some refused, 2 usage, 3 no microphone."""
    if not flow.is_dir():
        typer.echo(f"{flow} is no folder. Give a clinic's folder, such as flows/rosewood.", err=True)
        return 2
    if source is not None and folder is not None:
        typer.echo("Give --from FILE or --folder DIR, not both.", err=True)
        return 2
    loaded, takes = load_flow(flow), Takes(flow / "prompts")
    targets = _chosen(loaded, only or (source.stem if source is not None else ""))
    if listed:
        _list(targets, takes, json=json)
        return 0
    if source is None and folder is None:
        return asyncio.run(_by_microphone(loaded, targets, takes, only=bool(only), force=force))
    files = {targets[0].name: source} if source is not None else _files(folder or Path(), targets)
    unknown = [] if folder is None else _unknown(folder, loaded)
    done = asyncio.run(_from_files(loaded, targets, takes, files, force=force))
    _show(done, unknown, takes, targets, json=json)
    return 1 if done.rejected or done.there or unknown else 0


def _chosen(flow: Flow, name: str) -> tuple[Target, ...]:
    """Return the targets of that name, or all.

    Raises:
        SettingsError: there is none of that name.
    """
    targets = targets_of(flow)
    chosen = tuple(target for target in targets if not name or target.name == name)
    if not chosen:
        pieces = ", ".join(target.name for target in targets if target.name.startswith(f"{name}."))
        hint = f"it is recorded in pieces: {pieces}" if pieces else "nightbell record FLOW --list names them all"
        raise SettingsError(f"there is no prompt {name!r} to record", hint=hint)
    return chosen


@dataclass(slots=True)
class Done:
    """What came of files."""

    kept: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """Not looked at: there is a recording already."""
    rejected: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Studio:
    """Judges takes and keeps the good ones."""

    def __init__(
        self, flow: Flow, takes: Takes, hear: Callable[[Samples], Awaitable[str]], targets: Sequence[Target]
    ) -> None:
        """Take a flow, its recordings, the recogniser, and every target of the flow."""
        self._flow = flow
        self._takes = takes
        self._hear = hear
        self._targets = targets

    async def judge(self, target: Target, sound: Sound, rate: int) -> tuple[TakeFault, ...]:
        """Return what speaks against a take; the words are not asked of one that nobody could understand."""
        faults = await asyncio.to_thread(sound_faults, sound, rate)
        language = target.language or self._flow.languages[0]
        if language != _HEARD or any(fault.kind == "silent" for fault in faults):
            return faults
        heard = await self._hear(await asyncio.to_thread(to_telephone, sound, rate))
        return faults + words_faults(target.words, heard, self._flow.clinic.country)

    def keep(self, target: Target, sound: Sound, rate: int, *, but: Collection[str] = ()) -> tuple[str, ...]:
        """Keep a good take, for every prompt with the same words that has none; return their names.

        ``but`` names prompts that have takes of their own waiting.
        """
        samples = finished(sound, rate)
        same = [
            other
            for other in self._targets
            if other.words == target.words
            and other.language == target.language
            and (other == target or (other.name not in but and self._takes.state(other) == "missing"))
        ]
        for each in same:
            self._takes.keep(each, samples)
        return tuple(each.name for each in same)


async def _from_files(
    flow: Flow, targets: Sequence[Target], takes: Takes, files: dict[str, Path], *, force: bool
) -> Done:
    done = Done()
    recogniser = MoonshineRecogniser(limits=_LIMITS, trusting=True)
    studio = Studio(flow, takes, recogniser.transcribe, targets_of(flow))
    try:
        for target in targets:
            if target.name not in files:
                continue
            if not force and takes.path(target.name).is_file():
                done.there.append(target.name)
                continue
            try:
                sound, rate = await asyncio.to_thread(read_sound, files[target.name])
            except AudioError as error:
                done.rejected[target.name] = (f"{error.message}; {error.hint}",)
                continue
            faults = await studio.judge(target, sound, rate)
            if faults:
                done.rejected[target.name] = tuple(str(fault) for fault in faults)
            else:
                done.kept += studio.keep(target, sound, rate, but=files)
    finally:
        await recogniser.close()
    return done


async def _by_microphone(flow: Flow, targets: Sequence[Target], takes: Takes, *, only: bool, force: bool) -> int:
    dictaphone = Dictaphone()
    order = {"missing": 0, "changed": 1, "unchecked": 2, "good": 3}
    wanted = [target for target in targets if only or takes.state(target) != "good"]
    wanted.sort(key=lambda target: (order[takes.state(target)], not target.must_hear))
    out = console()
    recogniser = MoonshineRecogniser(limits=_LIMITS, trusting=True)
    studio = Studio(flow, takes, recogniser.transcribe, targets_of(flow))
    session = _Session(studio, takes, dictaphone, out, _typed, force=force)
    try:
        kept = await session.run(wanted)
    finally:
        await recogniser.close()
        dictaphone.stop()
    left = sum(takes.state(target) != "good" for target in targets)
    out.print(f"{kept} kept, {left} of {len(targets)} still to be recorded. The voice speaks those.", markup=False)
    return 0


def _typed(prompt: str) -> str:
    """Ask for a line at the terminal; the end of the input is "q"."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip().lower() if line else "q"


class _Session:
    """Goes through the prompts with the owner."""

    def __init__(
        self,
        studio: Studio,
        takes: Takes,
        dictaphone: Dictaphone,
        out: Console,
        ask: Callable[[str], str],
        *,
        force: bool,
    ) -> None:
        self._studio = studio
        self._takes = takes
        self._dictaphone = dictaphone
        self._out = out
        self._ask = ask
        self._force = force

    async def run(self, targets: Sequence[Target]) -> int:
        """Return how many recordings were kept."""
        kept = 0
        for number, target in enumerate(targets, start=1):
            state = self._takes.state(target)
            if kept and state == "good":
                continue  # the same words as one that was just recorded
            self._out.print(f"\n[{number} of {len(targets)}] {target.name}: {state}", style="dim", markup=False)
            self._out.print(target.words, style="bold", markup=False)
            answer = await asyncio.to_thread(self._ask, "Enter records, s skips, q ends: ")
            if answer == "q":
                break
            if answer == "s" or not await self._may_replace(target):
                continue
            names = await self._take(target)
            kept += len(names)
        return kept

    async def _may_replace(self, target: Target) -> bool:
        if self._force or not self._takes.path(target.name).is_file():
            return True
        answer = await asyncio.to_thread(self._ask, "There is a recording already. Replace it? y or n: ")
        return answer in {"y", "yes"}

    async def _take(self, target: Target) -> tuple[str, ...]:
        """Record until a take is good, or the owner gives up; return what was kept."""
        while True:
            self._dictaphone.start()
            answer = await asyncio.to_thread(self._ask, "Recording. Wait a breath, read, wait a breath, Enter: ")
            sound = self._dictaphone.stop()
            if answer == "q":
                return ()
            faults = await self._studio.judge(target, sound, self._dictaphone.rate)
            if not faults:
                names = self._studio.keep(target, sound, self._dictaphone.rate)
                seconds = length_ms(to_telephone(sound, self._dictaphone.rate)) / 1000
                self._out.print(f"Kept ({seconds:.1f} s): {', '.join(names)}", style="green", markup=False)
                return names
            for fault in faults:
                self._out.print(f"Not kept. {fault}.", style="red", markup=False)
            answer = await asyncio.to_thread(self._ask, "Enter takes it again, s skips: ")
            if answer in {"s", "q"}:
                return ()


def _files(folder: Path, targets: Sequence[Target]) -> dict[str, Path]:
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder", hint="give the folder that holds NAME.wav for each prompt")
    found = {target.name: folder / f"{target.name}.wav" for target in targets}
    return {name: path for name, path in found.items() if path.is_file()}


def _unknown(folder: Path, flow: Flow) -> list[str]:
    """Return the WAV files of a folder that are no prompt's."""
    names = {target.name for target in targets_of(flow)}
    return sorted(path.name for path in folder.glob("*.wav") if path.stem not in names)


def _list(targets: Sequence[Target], takes: Takes, *, json: bool) -> None:
    if json:
        emit_json([{"name": each.name, "state": takes.state(each), "words": each.words} for each in targets])
        return
    out = console()
    for each in targets:
        out.print(f"{takes.state(each):<10}{each.name}: {each.words}", markup=False)


def _show(done: Done, unknown: Sequence[str], takes: Takes, targets: Sequence[Target], *, json: bool) -> None:
    missing = [target.name for target in targets if takes.state(target) == "missing"]
    if json:
        told: dict[str, Any] = {"kept": done.kept, "rejected": done.rejected, "there_already": done.there}
        emit_json(told | {"unknown": list(unknown), "missing": missing})
        return
    out = console()
    for name in done.kept:
        out.print(f"kept      {name}", markup=False)
    for name, faults in done.rejected.items():
        for fault in faults:
            out.print(f"refused   {name}: {fault}", markup=False)
    for name in done.there:
        out.print(f"refused   {name}: there is a recording already; --force replaces it", markup=False)
    for name in unknown:
        out.print(f"unknown   {name}: no prompt has that name; --list names them all", markup=False)
    out.print(f"{len(done.kept)} kept, {len(missing)} missing. The voice speaks those.", markup=False)
