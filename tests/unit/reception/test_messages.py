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
    await messages.settled()
    assert (carrier.fetched, carrier.deleted) == (1, ["RE1"])
    assert np.count_nonzero(recorder.export("rosewood", "c1")[:, 0] > 2500) == 800


async def test_what_cannot_be_sealed_stays_with_the_carrier(tmp_path: Path) -> None:
    carrier, recorder = Carrier(), Recorder(tmp_path / "sound", Keyring(tmp_path / "keys"))
    (tmp_path / "sound").write_text("a disk that takes nothing")
    messages = Messages(carrier, recorder, waits_s=(0, 0))
    messages.take("rosewood", "c1", "RE1", 0)
    await messages.settled()
    assert carrier.deleted == []
    (tmp_path / "sound").unlink()
    messages.take("rosewood", "c1", "RE1", 0)  # found there again
    await messages.settled()
    assert carrier.deleted == ["RE1"]
    assert np.count_nonzero(recorder.export("rosewood", "c1")[:, 0] > 2500) == 800


async def test_two_messages_of_a_call_are_one_recording_and_who_tells_twice_adds_nothing(tmp_path: Path) -> None:
    carrier, recorder = Carrier(), Recorder(tmp_path / "sound", Keyring(tmp_path / "keys"))
    messages = Messages(carrier, recorder, waits_s=(0,))
    for sid, at_ms in (("RE1", 1_000), ("RE2", 5_000), ("RE1", 1_000)):
        messages.take("rosewood", "c1", sid, at_ms)
    await messages.settled()
    whole = recorder.path("rosewood", "c1").read_bytes()
    again = Messages(Carrier(), recorder, waits_s=(0,))  # another process, before it was deleted there
    again.take("rosewood", "c1", "RE2", 5_000)
    await again.settled()
    assert recorder.path("rosewood", "c1").read_bytes() == whole
    sound = recorder.export("rosewood", "c1")[:, 0]
    assert [np.count_nonzero(sound[at : at + 800] > 2500) for at in (8_000, 40_000)] == [800, 800]
    assert np.count_nonzero(sound > 2500) == 1600


async def test_declined_while_it_was_on_its_way_nothing_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "sound", Keyring(tmp_path / "keys"))

    class Slow(Carrier):
        async def recording(self, sid: str) -> bytes:
            wav = await super().recording(sid)
            messages.decline("rosewood", "c1")
            return wav

    carrier = Slow()
    messages = Messages(carrier, recorder, waits_s=(0, 0))
    messages.take("rosewood", "c1", "RE1", 0)
    await messages.settled()
    assert carrier.deleted == ["RE1"]
    assert not recorder.path("rosewood", "c1").exists()
