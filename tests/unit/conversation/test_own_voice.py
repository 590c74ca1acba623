"""Own voice: learnt from what was understood clearly, and what lies far below it is the room."""

from __future__ import annotations

import pytest

from nightbell.call.effects import Listen
from nightbell.conversation.own_voice import CLEAR_DB, FAINT_DB, OwnVoice
from nightbell.conversation.take import Take

VOICE_DB = -20.0


def take(level_db: float | None, *, snr_db: float = 30.0, words: str = "") -> Take:
    """Return an utterance that is over: at this level, so far over the noise, with these words understood."""
    made = Take(listen=Listen(call="one", n=1, mode="open"), open_text=words)
    made.cause, made.level_db, made.snr_db = "open", level_db, snr_db
    return made


@pytest.mark.parametrize(
    ("below_db", "faint"), [(FAINT_DB, True), (FAINT_DB - 0.5, False), (0.0, False), (FAINT_DB + 20, True)]
)
def test_what_lies_far_below_the_voice_is_faint(*, below_db: float, faint: bool) -> None:
    voice = OwnVoice()
    voice.judge(take(VOICE_DB, words="what does it cost"))

    assert voice.judge(take(VOICE_DB - below_db)).faint is faint


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(take(VOICE_DB), id="nothing was understood"),
        pytest.param(take(VOICE_DB, words="yes", snr_db=CLEAR_DB - 0.5), id="it was not clear"),
        pytest.param(take(None, words="yes"), id="it had no level"),
    ],
)
def test_a_voice_that_is_not_known_makes_nobody_faint(first: Take) -> None:
    voice = OwnVoice()
    voice.judge(first)

    assert not voice.judge(take(VOICE_DB - FAINT_DB - 10)).faint


def test_who_comes_nearer_or_goes_away_is_learnt_anew() -> None:
    voice = OwnVoice()
    voice.judge(take(VOICE_DB, words="yes"))

    away = voice.judge(take(VOICE_DB - FAINT_DB - 1, words="no", snr_db=CLEAR_DB))

    assert not away.faint
    assert not voice.judge(take(VOICE_DB - FAINT_DB - 5)).faint
