"""Load: a call script's file becomes a Script, or every fault of it at once with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from nightbell.document.diagnostic import Diagnostic, in_order
from nightbell.errors import ScriptError
from nightbell.rehearsal.check import check
from nightbell.rehearsal.eventually import Eventually, MilestoneKind
from nightbell.rehearsal.expected import EventuallyEntry
from nightbell.rehearsal.known import Known
from nightbell.rehearsal.reading import read_entry
from nightbell.rehearsal.schema import AnswerEntry, ScriptEntry
from nightbell.rehearsal.script import Answer, Expect, Fakes, Impair, Replay, Script

if TYPE_CHECKING:
    from nightbell.rehearsal.places import Places
    from nightbell.rehearsal.recordings import Recordings

__all__ = ["find_scripts", "load_script", "load_scripts", "scripts_in"]

_ENDING: Final = ".yaml"


def find_scripts(clinic: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Return the scripts' files: all of ``calls/*.yaml``, or those named (by name or by path), each once.

    Raises:
        ScriptError: there is none, one that was named is missing, one would never be played because of its ending,
            or two have one name.
    """
    folder = clinic / "calls"
    if not names:
        found = tuple(scripts_in(clinic).values())
        if not found:
            raise ScriptError(f"there is no call script in {folder}", hint="write one; see docs/call-scripts.md")
        return found
    paths = [Path(name) if _is_yaml(Path(name)) else folder / f"{name}.yaml" for name in names]
    _endings(paths)
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        known = ", ".join(path.stem for path in sorted(folder.glob("*.yaml")))
        raise ScriptError(f"no such call script: {', '.join(missing)}", hint=f"there are: {known or 'none'}")
    files: dict[str, Path] = {}
    for path in paths:
        # A call's journal and recording have the script's name: two of one name would be one.
        if files.setdefault(path.stem, path).resolve() != path.resolve():
            raise ScriptError(
                f"two scripts are called {path.stem}: {files[path.stem]} and {path}",
                hint="rename one, or rehearse one after the other, each with its own --report",
            )
    return tuple(files.values())


def scripts_in(clinic: Path) -> dict[str, Path]:
    """Return the files of a clinic's scripts by name, in the order of the names.

    Raises:
        ScriptError: one would never be played because of its ending, or because it is in a folder of its own.
    """
    folder = clinic / "calls"
    _endings(folder.glob("*") if folder.is_dir() else ())
    below = sorted(path for path in folder.glob("*/**/*") if _is_yaml(path))
    if below:
        named = ", ".join(str(path) for path in below[:3]) + (f" and {len(below) - 3} more" if below[3:] else "")
        raise ScriptError(f"never played: {named}", hint=f"only {folder}/*.yaml is: put it there, or elsewhere")
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in {".yaml", ".yml"}


def _endings(paths: Iterable[Path]) -> None:
    wrong = sorted(path for path in paths if _is_yaml(path) and path.suffix != _ENDING)
    if wrong:
        named = ", ".join(str(path) for path in wrong)
        raise ScriptError(f"not the name of a call script: {named}", hint=f"it ends in {_ENDING}: rename it")


def load_scripts(
    paths: Iterable[Path], recordings: Recordings, places: Places | None = None
) -> tuple[Script, ...]:
    """Load many scripts.

    Raises:
        ScriptError: with the faults of all of them.
    """
    scripts: list[Script] = []
    faults: list[Diagnostic] = []
    for path in paths:
        try:
            scripts.append(load_script(path, recordings, places))
        except ScriptError as error:
            faults.extend(fault for fault in error.diagnostics if isinstance(fault, Diagnostic))
    if faults:
        raise _refusal(faults)
    return tuple(scripts)


def load_script(path: Path, recordings: Recordings, places: Places | None = None) -> Script:
    """Load one script.

    Args:
        path: its file.
        recordings: where the caller's words are; each must be there and have sound in it.
        places: what the flow has; None leaves names unchecked.

    Raises:
        ScriptError: ``diagnostics`` holds every fault.
    """
    read = read_entry(path, ScriptEntry)
    if read.value is None or read.tree is None:
        raise _refusal(read.faults)
    found = (*read.faults, *check(read.value, path, read.tree, recordings, places))
    if found:
        raise _refusal(found)
    return _script(read.value, str(path))


def _refusal(faults: Iterable[Diagnostic]) -> ScriptError:
    ordered = in_order(faults)
    count = f"{len(ordered)} fault{'s' if len(ordered) != 1 else ''}"
    return ScriptError(f"call scripts do not load: {count}", diagnostics=ordered, hint="see docs/call-scripts.md")


def _answer(entry: AnswerEntry) -> Answer:
    return Answer(**entry.model_dump(exclude={"silence"}))


def _fakes(entry: ScriptEntry) -> Fakes:
    fakes = entry.fakes
    return Fakes(
        **fakes.history.model_dump(),
        acknowledged_after_ms=fakes.escalation.acknowledged_after,
        exhausted_after_ms=fakes.escalation.exhausted_after,
        escalation_fails=fakes.escalation.failed,
        hours=fakes.hours or "",
        notify=fakes.notify,
        promise=fakes.promise,
        transfer=fakes.transfer.outcome,
        transfer_after_ms=fakes.transfer.after,
        ears_fail_at=fakes.ears.fail_at if fakes.ears is not None else "",
        voice_fails_at=fakes.voice.fail_at if fakes.voice is not None else "",
    )


def _eventually(entry: EventuallyEntry) -> Eventually:
    disposition = entry.disposition or entry.page
    kinds: tuple[MilestoneKind, ...] = get_args(MilestoneKind)
    return Eventually(
        kind=next(kind for kind in kinds if getattr(entry, kind)),
        name=disposition.value if disposition is not None else entry.state or entry.result or entry.prompt,
        category=entry.category,
        says=entry.says,
        within_ms=entry.within,
        within_turns=entry.within_turns,
    )


def _replay(entry: ScriptEntry) -> Replay | None:
    replay = entry.replay
    if replay is None:
        return None
    keys = tuple((key.at, key.key) for key in replay.keys)
    return Replay(sound=replay.sound, keys=keys, hang_up_ms=replay.hang_up)


def _script(entry: ScriptEntry, file: str) -> Script:
    expect = entry.expect
    asserted = expect.disposition or expect.at_least
    assert asserted is not None, "the schema refuses a script without a disposition"
    optional = {"now": entry.now} if entry.now is not None else {}
    if entry.limit is not None:
        optional["limit_ms"] = entry.limit
    return Script(
        name=entry.script,
        about=entry.about,
        file=file,
        row=entry.row,
        caller=entry.caller.number,
        keys=entry.keys,
        echo=entry.echo,
        impair=Impair(**entry.impair.model_dump()) if entry.impair is not None else None,
        tier=entry.tier,
        fakes=_fakes(entry),
        answers=tuple((name, tuple(_answer(one) for one in many)) for name, many in entry.answers.items()),
        default=_answer(entry.default) if entry.default is not None else None,
        replay=_replay(entry),
        repeats=entry.repeats,
        known=Known(**entry.known_failure.model_dump()) if entry.known_failure is not None else None,
        expect=Expect(
            disposition=asserted,
            at_least=expect.at_least is not None,
            red_flag=expect.red_flag,
            paged=expect.paged,
            within_turns=expect.within_turns,
            states=expect.states,
            never=expect.never,
            eventually=tuple(_eventually(one) for one in expect.eventually),
            ring_backs=expect.ring_backs,
            prompts_heard=tuple(expect.prompts_heard.items()),
            heard=tuple(expect.heard.items()),
            answered_within_ms=expect.answered_within,
            final=expect.final,
            ended=expect.ended or "",
            said_emergency=expect.said_emergency,
            effects=expect.effects,
            turns=(expect.turns.at_least, expect.turns.at_most),
        ),
        **optional,
    )
