"""Twelve of Rosewood's call scripts over a media stream, AudioSocket and by requests, on a line that is served."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rehearsals.test_sip_tier import REPRESENTATIVE, rehearse

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(400)]


@pytest.mark.parametrize("over", ["media_stream", "audiosocket", "requests"])
def test_twelve_callers_get_what_they_get_over_sip(tmp_path: Path, over: str) -> None:
    code, calls = rehearse(tmp_path, *REPRESENTATIVE, "--over", over)
    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert len(calls) == len(REPRESENTATIVE)
