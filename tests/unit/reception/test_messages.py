"""Messages at a carrier: fetched once, deleted there, and tried again where either fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.wav import wav_bytes
from nightbell.errors import LineFailed
from nightbell.reception.messages import Messages
from nightbell.records.keyring import Keyring
from nightbell.records.recordings import Recorder

pytestmark = pytest.mark.asyncio


class Carrier:
    """Fails a few times before it does what it is asked."""

    def __init__(self, *, late: int = 0, stuck: int = 0, broken: int = 0) -> None:
        self.late, self.stuck, self.broken = late, stuck, broken
        self.fetched = 0
        self.deleted: list[str] = []

    async def recording(self, sid: str) -> bytes:
        self.late -= 1
        if self.late >= 0:
            raise LineFailed("not yet", provider="carrier")
        self.broken -= 1
        if self.broken >= 0:
            raise ValueError("an answer that nobody foresaw")
        self.fetched += 1
        return wav_bytes(np.full(800, 3000, np.int16))

    async def forget(self, sid: str) -> None:
        self.stuck -= 1
        if self.stuck >= 0:
            raise LineFailed("not now", provider="carrier")
        self.deleted.append(sid)


@pytest.mark.parametrize("carrier", [Carrier(), Carrier(late=2), Carrier(stuck=2), Carrier(broken=1)])
async def test_a_message_is_kept_once_and_deleted_there(carrier: Carrier, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "sound", Keyring(tmp_path / "keys"))
    messages = Messages(carrier, recorder, waits_s=(0, 0, 0, 0))
    messages.take("rosewood", "c1", "RE1", 0)
    await messages.over("c1")
    assert (carrier.fetched, carrier.deleted) == (1, ["RE1"])
    assert np.count_nonzero(recorder.export("rosewood", "c1")[:, 0] > 2500) == 800
