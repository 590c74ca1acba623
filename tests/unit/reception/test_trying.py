"""A call from the browser phone reaches nobody: no telephone, no row, no duty, whatever it comes to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.peers.trying import Trying

from nightbell.line.stream.ring import StreamRing
from nightbell.records.unkept import UnkeptRecords
from nightbell.testing.line import FakeLine

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

FOLDER = Path(__file__).parents[3] / "flows" / "rosewood"


@pytest.mark.parametrize("key", ["0", "9"])
@pytest.mark.parametrize("done", [["up", "1", "down"], ["up", "3"], []])
async def test_a_page_rings_the_handset_and_nobody_else(key: str, done: list[str]) -> None:
    clinic, left = Trying(FOLDER), [*done]
    told: list[tuple[str, str, str]] = []

    def tell(who: str, text: str, **more: str) -> None:
        told.append((who, more.get("state", ""), text))
        if more.get("state") in {"ringing", "asking", "talking"} and left:
            asyncio.get_running_loop().call_soon(ring.on_handset, left.pop(0))

    ring = StreamRing(id="r", caller=None, called="rosewood", test=True, tell=tell)
    await clinic.call(FakeLine(keys={700: (key,)}, length=4_000), ring)
    assert any(who == "page" for who, _, _ in told)
    assert any(state == "ringing" for _, state, _ in told)
    assert left == []
    assert [type(one) for one in clinic.kept] == [UnkeptRecords]
    digits = "".join(sign for _, _, text in told for sign in text if sign.isdigit())
    assert not any(number in digits for number in ("770090", "900701", "79460199"))  # rule 7
    assert not any(name in text for _, _, text in told for name in ("Anna", "Harrowgate", "Wrenfield"))
