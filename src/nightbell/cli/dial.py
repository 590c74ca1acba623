"""`nightbell dial`: be a scripted caller on a real line, over SIP and RTP, and judge what came of the call.

Where the line stands is known by its feed (``--stage``, a line served here for a rehearsal), else by ear: the
caller waits for a pause and gives the next answer of the script. With ``--records`` the call is judged by its
record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nightbell.bootstrap.caller import KeysBy, open_caller
from nightbell.cli.rehearsing import second_recogniser
from nightbell.cli.terminal import console, emit_json
from nightbell.errors import ScriptError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.line.scripted import ECHO_DB, ScriptedLine
from nightbell.reception.call_id import mark_of
from nightbell.records.database import read_records
from nightbell.rehearsal.afterwards import evidence_of, marked
from nightbell.rehearsal.by_ear import ByEar
from nightbell.rehearsal.expectations import Failure, judge
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.phoning import ServedLine
from nightbell.rehearsal.recordings import Recordings, audio_beside
from nightbell.rehearsal.runner import Stage, places_of, rehearse
from nightbell.rehearsal.telephone import Talked, talk
from nightbell.settings import load_settings

if TYPE_CHECKING:
    from nightbell.bootstrap.caller import Caller
    from nightbell.line.handset import Given
    from nightbell.rehearsal.caller import Turn
    from nightbell.rehearsal.port import Ended, IncomingCall
    from nightbell.rehearsal.script import Answer, Script

__all__ = ["dial"]

_KEYS: Final = ("", "event", "inband", "info")
_CLOSED_S: Final = 10.0
"""What the line may take to close its record after the call."""


def dial(
    uri: Annotated[str, typer.Argument(help="Line to ring, such as sip:+442079460142@127.0.0.1:5060.")],
    *,
    script: Annotated[Path, typer.Option(help="Call script, such as flows/rosewood/calls/white-lip.yaml.")],
    stage: Annotated[Path | None, typer.Option(help="Socket of a line that is served for a rehearsal.")] = None,
    records: Annotated[
        str | None, typer.Option(help="Judge by these records: an address, or `settings` for this machine's own.")
    ] = None,
    keys: Annotated[str, typer.Option(help="event (RFC 4733), info (SIP) or inband; else the script's.")] = "",
    audio: Annotated[Path | None, typer.Option(help="Folder of the caller audio.")] = None,
    report: Annotated[Path, typer.Option(help="Folder for the recording of both sides.")] = Path("report"),
    json: Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")] = False,
) -> int:
    """Phone a line as a script says; 0 as expected, 1 otherwise, 2 usage, 3 nobody picks up."""
    if keys not in _KEYS:
        typer.echo(f"keys cannot be sent by {keys!r}: event, info or inband", err=True)
        return 2
    if not script.is_file():
        typer.echo(f"{script} is no file", err=True)
        return 2
    flow = script.resolve().parent.parent
    plan = _Plan(
        uri=uri,
        script=script,
        flow=flow if (flow / "flow.yaml").is_file() else None,
        stage=stage,
        records=records,
        keys=keys,
        audio=audio or audio_beside(flow),
        report=report,
    )
    report.mkdir(parents=True, exist_ok=True)
    told = asyncio.run(_dial(plan))
    if json:
        emit_json(told.as_json())
    else:
        told.show(report)
    return 0 if not told.failures else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    uri: str
    script: Path
    flow: Path | None
    stage: Path | None
    records: str | None
    keys: str
    audio: Path
    report: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What came of the call."""

    script: str
    judged: str
    """from outside, by the record, or followed."""
    disposition: str | None
    states: tuple[str, ...]
    failures: tuple[Failure, ...]
    audio_ms: int
    recording: Path
    not_judged: tuple[str, ...] = ()
    """What the script expects and nobody could tell."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "script": self.script,
            "passed": not self.failures,
            "judged": self.judged,
            "disposition": self.disposition,
            "states": list(self.states),
            "failures": [{"kind": one.kind.value, "detail": one.detail} for one in self.failures],
            "audio_ms": self.audio_ms,
            "not_judged": list(self.not_judged),
            "recording": str(self.recording),
        }

    def show(self, report: Path) -> None:
        """Print it."""
        out = console()
        lasted = f"{self.audio_ms / 1000:.1f} s"
        ended = f", ended as {self.disposition}" if self.disposition else ""
        out.print(f"{self.script}: {lasted}{ended}, judged {self.judged}", markup=False)
        for failure in self.failures:
            out.print(f"{self.script}: {failure}", markup=False, style="red")
        if self.not_judged:
            out.print(f"{self.script}: not judged: {', '.join(self.not_judged)}", markup=False)
        out.print(f"Both sides: {self.recording if self.recording.exists() else report}", markup=False)


async def _dial(plan: _Plan) -> _Told:
    flow = load_flow(plan.flow) if plan.flow is not None else None
    recordings = Recordings(plan.audio)
    script = load_script(plan.script, recordings, places_of(flow) if flow is not None else None)
    if plan.keys:
        script = replace(script, keys="inband" if plan.keys == "inband" else "event")
    by: KeysBy = "info" if plan.keys == "info" else "event"
    country = flow.clinic.country if flow is not None else ""
    followed = [replace(script, tier="sip")] if plan.stage is not None else []
    async with second_recogniser(followed) as hear, open_caller(plan.uri, country=country, keys=by) as caller:
        if plan.stage is None:
            return await _by_ear(plan, script, recordings, caller)
        if flow is None:
            raise ScriptError("the script lies in no clinic's folder", hint="it does where its places are checked")
        staged = Stage(
            flow=flow,
            recordings=recordings,
            take=_nobody,
            folder=plan.report,
            served=ServedLine(place=caller.place, feed=plan.stage),
            hear=hear,
        )
        result = await rehearse(followed[0], staged)
        return _Told(
            script=script.name,
            judged="by what happened",
            disposition=result.disposition.value if result.disposition is not None else None,
            states=result.states,
            failures=result.failures,
            audio_ms=result.audio_ms,
            recording=plan.report / f"{script.name}.wav",
        )


async def _nobody(call: IncomingCall) -> Ended:
    raise ScriptError(f"{call.id} is phoned, not taken")


async def _by_ear(plan: _Plan, script: Script, recordings: Recordings, caller: Caller) -> _Told:
    words = {name: recordings.words(name) for name in script.said}
    line = ScriptedLine(
        caller=script.caller,
        keys=script.keys,
        bed=recordings.bed(script.impair, words.values(), but=words) if script.impair and words else None,
        echo_db=ECHO_DB if script.echo else None,
        limit_ms=script.limit_ms,
    )

    def say(answer: Answer, at_ms: int) -> Given:
        return line.handset.say(words[answer.say], at_ms=at_ms)

    ear = ByEar(script, line.handset, say)
    telephone = await caller.place(script.caller)
    talked: Talked = await talk(telephone, line, listener=ear)
    recording = plan.report / f"{script.name}.wav"
    await asyncio.to_thread(line.write, recording)
    failures = ear.judge(talked)
    disposition: str | None = None
    states: tuple[str, ...] = ()
    if plan.records is not None:
        mark = mark_of(telephone.call_id)
        disposition, states, more = await _by_record(plan, script, mark=mark, turns=ear.turns)
        failures += more
    return _Told(
        script=script.name,
        judged="from outside" if plan.records is None else "from outside and by the record",
        disposition=disposition,
        states=states,
        failures=failures,
        audio_ms=line.position_ms,
        recording=recording,
        not_judged=("prompts_heard",) if script.expect.prompts_heard else (),
    )


async def _by_record(
    plan: _Plan, script: Script, *, mark: str, turns: Sequence[Turn]
) -> tuple[str | None, tuple[str, ...], tuple[Failure, ...]]:
    """Find the call in the records and hold it against the script."""
    if plan.flow is None:
        raise ScriptError("the script lies in no clinic's folder", hint="its record is judged by the flow there")
    address = load_settings().records_url if plan.records == "settings" else str(plan.records)
    deadline = time.monotonic() + _CLOSED_S
    while True:
        found = read_records(address)
        try:
            record = marked(await found.calls(limit=200), mark)
            journal = await found.journal(record.call) if record is not None else []
        finally:
            await found.aclose()
        if record is not None:
            evidence = evidence_of(script, load_flow(plan.flow), record, journal, turns=turns)
            disposition = record.disposition.value if record.disposition is not None else None
            return disposition, tuple(evidence.witness.states), judge(evidence)
        if time.monotonic() > deadline:
            raise SettingsError("the call is not in these records", hint="give those of the line that was called")
        await asyncio.sleep(0.2)
