"""Twenty thousand damaged datagrams in scripts/test; a million in `scripts/soak sip`."""

from __future__ import annotations

import logging

import pytest
import structlog
from scripts.soaks._datagrams import damaged, siege

from nightbell.line.sip.message.headers import Headers


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.asyncio
async def test_twenty_thousand_damaged_datagrams_disturb_nobody() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = await siege(0, 20_000)
    assert found.sent == 20_000
    assert found.faults == 0
    assert found.disturbed == 0
    assert found.held == {}
    assert found.rung > 100


def test_the_damage_is_the_same_on_every_run() -> None:
    assert [damaged(number) for number in range(50)] == [damaged(number) for number in range(50)]
    assert len({damaged(number) for number in range(500)}) > 490


@pytest.mark.asyncio
async def test_a_fault_of_ours_is_seen_by_the_siege(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: Headers, name: str) -> str:
        found = next((value for key, value in self if key == name), "")
        if name == "max-forwards" and any("siege" in value for _, value in self):
            raise KeyError(name)
        return found

    monkeypatch.setattr(Headers, "get", breaks)
    found = await siege(0, 400)
    assert found.faults > 0
