"""A few callers with sound, chosen by seed: heard as in writing, and not at all when they make no sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scripts.benches import _triage_line as line
from scripts.benches._triage_line import AUDIO, Batch, company, make_calls, recorded
from scripts.benches._triage_readback import ERROR_PERCENT, hear_back
from scripts.benches.triage import sample

from nightbell.audio.wav import write_wav
from nightbell.rehearsal.callers.person import Person
from nightbell.rehearsal.recordings import Recordings

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.timeout(600)]

FEW = 4


def few() -> tuple[Batch, list[Person]]:
    """Return a batch of a few red-flag callers of one clinic."""
    batch = next(job for job in sample(recorded(company().of("rosewood")), "20 dB") if job.clinic == "rosewood")
    people = {person.id: person for person in company().of("rosewood")}
    ids = [name for name in batch.ids if people[name].is_red_flag][:FEW]
    return replace(batch, ids=tuple(ids)), [people[name] for name in ids]


def test_at_20_db_nobody_of_a_few_is_missed() -> None:
    batch, _ = few()

    found = make_calls(batch)

    assert len(found) == FEW
    assert {each.id: each.why for each in found if each.missed} == {}
    assert all(each.voice and each.page_ms is not None for each in found)


def test_callers_without_sound_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their recordings are there, and hold next to nothing: a click, so that the handset takes them."""
    batch, people = few()
    chosen = people[:1]
    folder = tmp_path / "audio"
    (folder / "callers").mkdir(parents=True)
    (folder / "manifest.json").write_bytes((AUDIO / "manifest.json").read_bytes())
    (folder / "noise").symlink_to(AUDIO / "noise")
    click = np.zeros(8000, dtype=np.int16)
    click[4000:4004] = 60
    for entry in Recordings(AUDIO).entries():
        write_wav(folder / "callers" / f"{entry.name}.wav", click)
    monkeypatch.setattr(line, "AUDIO", folder)

    found = make_calls(replace(batch, level="clean", ids=tuple(person.id for person in chosen)))

    assert [each.paged for each in found] == [False] * len(chosen)
    assert all(each.missed for each in found)


def test_some_last_words_are_heard_back_right() -> None:
    wanted = {"emergency", "hold", "emergency_end"}

    found = hear_back("rosewood", lambda told: told.prompt in wanted)

    assert {each.told.prompt for each in found} == wanted
    assert {each.told.prompt: each.lost for each in found if each.lost} == {}
    errors, words = sum(each.errors for each in found), sum(each.length for each in found)
    assert 100 * errors / words <= ERROR_PERCENT, [(each.told.words, each.heard) for each in found if each.errors]
