"""The player tells when a prompt is cut, and only then: what a line holds of it is to be let go of."""

from __future__ import annotations

import numpy as np
import pytest

from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.call.effects import Play
from nightbell.conversation.player import Player

PLAY = Play(call="1", n=1, prompt="words", segments=(), bargein="none")
SOUND = np.ones(3 * FRAME_SAMPLES, np.int16)


@pytest.fixture
def cuts() -> list[int]:
    return []


@pytest.fixture
def player(cuts: list[int]) -> Player:
    one = Player()
    one.on_cut = lambda: cuts.append(1)
    one.start(PLAY, SOUND)
    return one


def test_a_prompt_that_is_stopped_is_cut(player: Player, cuts: list[int]) -> None:
    player.next()
    assert player.stop() is not None
    assert len(cuts) == 1
    assert player.stop() is None
    assert len(cuts) == 1


def test_a_prompt_that_another_replaces_is_cut(player: Player, cuts: list[int]) -> None:
    player.next()
    player.start(PLAY, SOUND)
    assert len(cuts) == 1


def test_a_prompt_that_comes_to_its_end_is_not(player: Player, cuts: list[int]) -> None:
    while player.playing is not None:
        player.next()
    player.start(PLAY, SOUND)
    assert cuts == []
