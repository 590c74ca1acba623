"""Twelve of Rosewood's call scripts over each way but SIP: a carrier's, a PBX's, a browser's, on a served line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rehearsals.test_sip_tier import REPRESENTATIVE, rehearse

pytestmark = [pytest.mark.audio, pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(400)]


@pytest.mark.parametrize("over", ["media_stream", "audiosocket", "chan_websocket", "browser", "requests"])
def test_twelve_callers_get_what_they_get_over_sip(tmp_path: Path, over: str) -> None:
    code, calls = rehearse(tmp_path, *REPRESENTATIVE, "--over", over)
    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert code == 0
    assert len(calls) == len(REPRESENTATIVE)


def test_by_requests_without_a_recogniser_keys_and_recorded_messages_do(tmp_path: Path) -> None:
    named = ("only-keys", "wrong-keys", "no-number-for-the-booking", "reception-in-hours")
    code, calls = rehearse(tmp_path, *named, "--over", "requests_by_keys")
    assert {call["script"]: call["failures"] for call in calls if not call["passed"]} == {}
    assert (code, len(calls)) == (0, len(named))
