"""What several files of this folder begin with."""

from __future__ import annotations

import pytest

from nightbell.testing.calls import HandCall
from nightbell.testing.whole import whole_flow


@pytest.fixture
def call() -> HandCall:
    """A call that stands at the reason menu of the whole flow."""
    call = HandCall(whole_flow())
    call.until("tongue")
    call.press("1")
    call.until("reason")
    return call
