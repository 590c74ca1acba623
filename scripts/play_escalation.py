"""Plays the story of an escalation on this machine: a patient, a line, three clinicians' telephones, all real SIP.

Tells what happens as it happens, then the call as `nightbell call` shows it; with --json the last line is one JSON
object. Exit code 1 when the two were not connected, or a clinician's number went where none may go.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nightbell.settings import load_settings
from nightbell.testing.escalation_story import FIRST, SECOND, THIRD, play, story_line

_REPO = Path(__file__).resolve().parents[1]
_HEARD = 0.8
"""Share of a second's sound that must be the other's tone."""


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


async def _play(folder: Path) -> tuple[dict[str, object], str]:
    """Play it in a folder; return what came of it, and the call's page."""
    _say("the line is started: one process takes calls, one gets people")
    async with story_line(folder, _REPO / "flows" / "rosewood", load_settings()) as night:
        found = await play(night, _REPO / "audio" / "flag-white-lip-plain.wav", _say)
        shown = await asyncio.to_thread(
            subprocess.run,
            (sys.executable, "-c", "from nightbell.cli.app import main; main()", "call", str(found["call"])),
            env=os.environ | {"NIGHTBELL_RECORDS_URL": night.settings.records_url, "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
        )
        return found, shown.stdout


def _good(found: dict[str, object]) -> bool:
    return (
        found["rung"] == [FIRST, SECOND, THIRD]
        and float(str(found["clinician_heard_patient"])) > _HEARD
        and float(str(found["patient_heard_clinician"])) > _HEARD
        and not found["numbers_leaked"]
    )


def main() -> int:
    """Play it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightbell-demo-") as folder:
        found, page = asyncio.run(_play(Path(folder)))
    good = _good(found)
    _say(f"\n{page}")
    _say(
        f"each heard the other: {'yes' if good else 'NO'}; clinicians' numbers on the patient's side or in logs: "
    )
    _say(f"  {found['numbers_leaked'] or 'none'}")
    if words.json:
        _say(json.dumps(found | {"good": good}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
