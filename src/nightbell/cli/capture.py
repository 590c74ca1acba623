"""`nightbell capture`: a recording becomes caller audio, with what its caller agreed to; or goes again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast, get_args

import typer

from nightbell.cli.terminal import console, emit_json
from nightbell.errors import AudioError, CaptureRefused, SettingsError
from nightbell.rehearsal.capture.consent import FOLDER, Captured, How
from nightbell.rehearsal.capture.importing import Given, Terms, forget
from nightbell.rehearsal.capture.importing import capture as take_in

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["capture"]

_WAYS: Final = get_args(How)


def capture(
    files: Annotated[
        list[Path] | None, typer.Argument(help="WAV files, one answer each; they are not touched.")
    ] = None,
    *,
    consent: Annotated[
        str, typer.Option(help="How the caller agreed: written (a signed paper) or recorded.")
    ] = "",
    licence: Annotated[str, typer.Option(help="What for, as a short name: CC0-1.0, internal-testing ...")] = "",
    until: Annotated[str, typer.Option(help="Last day on which it may be used, YYYY-MM-DD.")] = "",
    says: Annotated[
        str, typer.Option(help="What is said, without names and numbers. Else FILE.txt beside each FILE.wav.")
    ] = "",
    speaker: Annotated[str, typer.Option(help="A letter or two that tell voices apart.")] = "",
    audio: Annotated[Path, typer.Option(help="Folder of the caller audio.")] = Path("audio"),
    forget_: Annotated[
        str, typer.Option("--forget", metavar="NAME", help="Take a captured recording out again.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Take callers' recordings into the caller audio, for `say:` in call scripts; 0 taken, 1 refused, 2 usage.

    Nothing of who they are is kept: no file name, no words with a name or a number, nothing that the file says.
    """
    if bool(files) == bool(forget_):
        typer.echo("name recordings to capture, or one to --forget", err=True)
        return 2
    taken: Sequence[Captured] = ()
    try:
        if forget_:
            forget(audio, forget_)
        else:
            terms, given = _terms(consent, licence, until, speaker), _given(files or (), says)
            taken = take_in(audio, given, terms, datetime.now(UTC).date())
    except OSError as error:
        hint = "choose another with --audio"
        raise SettingsError(f"{audio} cannot be written to ({error.strerror})", hint=hint) from error
    if json:
        entries = [entry.model_dump(mode="json") for entry in taken]
        emit_json({"forgotten": forget_} if forget_ else {"captured": entries})
    elif forget_:
        console().print(f"{forget_} is gone. Scripts that say it do not load any more.", markup=False)
        also = "Rehearsals that played it keep it in their report folders and under --remember: delete those too."
        console().print(also, markup=False)
    else:
        for entry in taken:
            where = audio / FOLDER / f"{entry.id}.wav"
            console().print(f"{where}, until {entry.until}. In a script: say: {entry.id}", markup=False)
        console().print("Write this name on the caller's paper: by it they can have it taken out.", markup=False)
    return 0


def _terms(consent: str, licence: str, until: str, speaker: str) -> Terms:
    if consent not in _WAYS:
        hint = f"once they agreed: --consent {' or '.join(_WAYS)}"
        raise CaptureRefused("without the caller's consent nothing is kept", hint=hint)
    if not licence or not until:
        missing = "--licence" if not licence else "--until"
        raise CaptureRefused("what was agreed to is not all there", hint=f"add {missing}: nightbell capture -h")
    try:
        last = date.fromisoformat(until)
    except ValueError as error:
        raise CaptureRefused(f"{until!r} is no day", hint="--until 2027-11-30") from error
    return Terms(consent=cast("How", consent), licence=licence, until=last, speaker=speaker)


def _given(files: Sequence[Path], says: str) -> list[Given]:
    if says and len(files) > 1:
        raise CaptureRefused("--says is for one recording", hint="else write the words of each to FILE.txt")
    found = []
    for index, file in enumerate(files, start=1):
        beside = file.with_suffix(".txt")
        try:
            found.append(Given(file, says or (beside.read_text("utf-8-sig") if beside.is_file() else "")))
        except (OSError, UnicodeDecodeError) as error:
            raise AudioError(f"the words of recording {index} cannot be read", hint="text, UTF-8") from error
    return found
