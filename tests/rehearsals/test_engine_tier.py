"""Every shipped script on the engine: the way of the call in writing, move for move, or why it cannot be told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from nightbell.flow.load import load_flow
from nightbell.rehearsal.load import find_scripts, load_scripts
from nightbell.rehearsal.paths import read_paths, with_paths
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage, places_of, rehearse_all
from nightbell.rehearsal.tiers import cast, take_written

ROOT: Final = Path(__file__).parents[2]
CLINICS: Final = tuple(sorted(path.parent.name for path in (ROOT / "flows").glob("*/flow.yaml")))
TOLD: Final = {"noise and echo need sound", "a call that was taken has its sound"}
"""Why a script may be left out; nothing else is a reason."""


@pytest.mark.parametrize("clinic", CLINICS)
def test_every_shipped_script_has_the_verdict_of_the_call_in_writing(clinic: str) -> None:
    folder = ROOT / "flows" / clinic
    flow, recordings = load_flow(folder), Recordings(ROOT / "audio")
    loaded = load_scripts(find_scripts(folder, ()), recordings, places_of(flow))
    played, left_out = cast(loaded, "engine", recordings.texts())
    in_writing, _ = cast(loaded, "text", recordings.texts())
    kept = read_paths(folder / "calls")
    stage = Stage(flow=flow, recordings=recordings, take=take_written, folder=ROOT, keep=False)

    results = asyncio.run(rehearse_all(with_paths(played, kept), stage))

    # The kept way is that of the call in writing; scripts/test holds each to it there too.
    assert {one.script.name: [str(each) for each in one.failures] for one in results if one.failures} == {}
    assert {one.script.name: one.moves for one in results} == {
        one.script.name: kept[one.script.name] for one in results
    }
    assert {one.script.name for one in results} == {script.name for script in in_writing}
    assert len(played) + len(left_out) == len(loaded)
    assert {left.why for left in left_out} <= TOLD
