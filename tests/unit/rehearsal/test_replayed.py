"""What is played again must have been heard: silence, pieces and other files do not load, and muted words fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.unit.rehearsal.conftest import WORRIED_HZ, YES_HZ, tone

from nightbell.audio.edges import silence
from nightbell.audio.frame import Samples
from nightbell.audio.wav import read_line, write_wav
from nightbell.errors import ScriptError
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import Stage, rehearse
from nightbell.rehearsal.script import Script
from nightbell.rehearsal.tiers import mutable

SCRIPT = "script: again\nabout: x\ntier: audio\nreplay: {{sound: again{more}}}\nexpect: {{{expect}}}\n"
KEYS = ', keys: [{at: 2s, key: "9"}], hang_up: 4s'
PINNED = f"disposition: D0, effects: {'a' * 64}"


def load(
    folder: Path, sound: Samples | None, *, more: str = "", expect: str = "at_least: D4", rate: int = 8000
) -> Script:
    path = folder / "again.yaml"
    path.write_text(SCRIPT.format(more=more, expect=expect), encoding="utf-8")
    if sound is not None:
        soundfile.write(path.with_suffix(".wav"), sound, rate, subtype="PCM_16")
    return load_script(path, Recordings(folder))


def refused(folder: Path, sound: Samples | None, **given: object) -> str:
    with pytest.raises(ScriptError) as caught:
        load(folder, sound, **given)  # type: ignore[arg-type]
    (fault,) = caught.value.diagnostics
    return str(fault)


def words(seconds: int = 5) -> Samples:
    return np.resize(tone(YES_HZ, 500), seconds * 8000)


@pytest.mark.parametrize(
    ("sound", "given", "told"),
    [
        (silence(60_000), {"more": ", keys: []", "expect": "disposition: DU, ended: silent"}, "is silent"),
        (silence(60_000), {"more": KEYS, "expect": "at_least: D0"}, "is silent"),
        (silence(60_000), {"expect": PINNED}, "is silent"),
        (np.full(1, 900, np.int16), {}, "0.0 s"),
        (words(1), {"more": KEYS}, "1.0 s"),
        (words(), {"rate": 16_000}, "16000 samples a second"),
        (np.stack([words(), words()], axis=1), {}, "2 channels"),
    ],
)
def test_a_recording_in_which_nobody_can_be_heard_does_not_load(
    tmp_path: Path, sound: Samples, given: dict[str, object], told: str
) -> None:
    fault = refused(tmp_path, sound, **given)
    assert "again.yaml:4:10 NB204" in fault
    assert told in fault


def test_a_recording_that_cannot_be_read_does_not_load(tmp_path: Path) -> None:
    load(tmp_path, words())
    path = tmp_path / "again.wav"
    whole = path.read_bytes()
    for torn in (whole[:5000], whole[:20], b"", b"no sound"):
        path.write_bytes(torn)
        assert "again.yaml:4:10 NB204" in refused(tmp_path, None)


def test_a_call_of_keys_alone_may_be_silent_where_all_that_it_did_is_written_down(tmp_path: Path) -> None:
    assert load(tmp_path, silence(5000), more=KEYS, expect=PINNED).replay is not None
    assert "3.0 s" in refused(tmp_path, silence(3000), more=KEYS, expect=PINNED)


@pytest.mark.asyncio
async def test_words_that_are_muted_fail_whatever_the_script_asks_for(stage: Stage, tmp_path: Path) -> None:
    sound = np.concatenate([silence(6000), tone(WORRIED_HZ, 600), silence(20_000)])
    script = load(tmp_path, sound, expect="at_least: DU")
    (played,), left_out = mutable([script])
    assert left_out == ()
    result = await rehearse(played, replace(stage, mute=True))
    assert FailureKind.HEARD_NOTHING in [failure.kind for failure in result.failures]


def test_keys_alone_are_left_out_when_callers_are_muted(tmp_path: Path) -> None:
    script = load(tmp_path, silence(5000), more=KEYS, expect=PINNED)
    played, (left,) = mutable([script])
    assert played == ()
    assert "nothing" in left.why


def test_the_recording_is_sample_for_sample_what_the_line_heard(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", words())
    assert np.array_equal(read_line(tmp_path / "x.wav"), words())
