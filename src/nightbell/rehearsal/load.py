"""Load: a call script's file becomes a Script, or every fault of it at once with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from nightbell.document.diagnostic import Diagnostic, Place, in_order
from nightbell.document.node import plain, walk
from nightbell.document.reader import read
from nightbell.errors import ScriptError
from nightbell.rehearsal.check import Places, check
from nightbell.rehearsal.schema import AnswerEntry, ScriptEntry
from nightbell.rehearsal.script import Answer, Expect, Fakes, Impair, Script

if TYPE_CHECKING:
    from nightbell.document.node import Mapping as Tree
    from nightbell.rehearsal.recordings import Recordings

__all__ = ["find_scripts", "load_script", "load_scripts"]

_KINDS: Final = {"missing": "NB122", "extra_forbidden": "NB121"}
_TYPES: Final = ("string_type", "dict_type", "tuple_type", "list_type", "model_type")


def find_scripts(clinic: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Return the scripts' files: all of ``calls/*.yaml``, or those named (by name or by path).

    Raises:
        ScriptError: there is none, or one that was named is missing.
    """
    folder = clinic / "calls"
    if not names:
        found = tuple(sorted(folder.glob("*.yaml")))
        if not found:
            raise ScriptError(f"there is no call script in {folder}", hint="write one; see docs/call-scripts.md")
        return found
    paths = [Path(name) if name.endswith(".yaml") else folder / f"{name}.yaml" for name in names]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        known = ", ".join(path.stem for path in sorted(folder.glob("*.yaml")))
        raise ScriptError(f"no such call script: {', '.join(missing)}", hint=f"there are: {known or 'none'}")
    return tuple(paths)


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
        places: the flow's states and questions; None leaves names unchecked.

    Raises:
        ScriptError: ``diagnostics`` holds every fault.
    """
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal([Diagnostic(Place(file), "NB120", f"cannot be read: {error}", "UTF-8 text")]) from error
    tree, faults = read(text, file)
    if tree is None:
        raise _refusal(faults)
    found = list(faults)
    try:
        entry = ScriptEntry.model_validate(plain(tree))
    except ValidationError as error:
        raise _refusal([*found, *_placed(error, tree)]) from error
    found += check(entry, path, tree, recordings, places)
    if found:
        raise _refusal(found)
    return _script(entry, file)


def _refusal(faults: Iterable[Diagnostic]) -> ScriptError:
    ordered = in_order(faults)
    count = f"{len(ordered)} fault{'s' if len(ordered) != 1 else ''}"
    return ScriptError(f"call scripts do not load: {count}", diagnostics=ordered, hint="see docs/call-scripts.md")


def _placed(error: ValidationError, tree: Tree) -> Iterable[Diagnostic]:
    for fault in error.errors():
        path = [step for step in fault["loc"] if not (isinstance(step, str) and step.startswith("function-"))]
        context = fault.get("ctx", {})
        code = fault["type"] if fault["type"].startswith("NB") else _KINDS.get(fault["type"])
        code = code or ("NB123" if fault["type"] in _TYPES else "NB124")
        steps = list(walk(tree, [step for step in path if not _is_lone(tree, path, step)]))
        key, node = steps[-1]
        place = key.place if key is not None and fault["type"] == "extra_forbidden" else node.place
        name = ".".join(str(step) for step in path)
        message = fault["msg"] if code == fault["type"] else f"{name}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
        yield Diagnostic(place, code, message, str(context.get("hint", "")))


def _is_lone(tree: Tree, path: Sequence[str | int], step: str | int) -> bool:
    """Tell whether a step is the index that was added to a single answer."""
    return isinstance(step, int) and len(list(walk(tree, path[: path.index(step) + 1]))) <= path.index(step) + 1


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
        repeats=entry.repeats,
        expect=Expect(
            disposition=asserted,
            at_least=expect.at_least is not None,
            red_flag=expect.red_flag,
            paged=expect.paged,
            within_turns=expect.within_turns,
            states=expect.states,
            never=expect.never,
            ring_backs=expect.ring_backs,
            heard=tuple(expect.heard.items()),
            answered_within_ms=expect.answered_within,
            final=expect.final,
            ended=expect.ended or "",
            said_emergency=expect.said_emergency,
            turns=(expect.turns.at_least, expect.turns.at_most),
        ),
        **optional,
    )
