from __future__ import annotations

import numpy as np

from nightbell.speech.endpoint import Endpoint, EndpointSettings, advance
from nightbell.speech.window import Window

SETTINGS = EndpointSettings()


def _run(*windows: tuple[float, float]) -> Endpoint:
    endpoint = Endpoint()
    for number, (probability, level) in enumerate(windows, start=1):
        endpoint = advance(endpoint, Window(number * 32, probability, (level,) * 4), SETTINGS)
    return endpoint


def test_the_first_windows_of_a_word_that_look_like_noise_do_not_hide_the_word() -> None:
    silence, late, word = [(0.01, -90.0)] * 10, [(0.1, -22.0)] * 3, [(0.9, -30.0)] * 8
    endpoint = _run(*silence, *late, *word)
    assert endpoint.speaking
    assert endpoint.speech_ms == 8 * 32


def test_noise_that_stays_becomes_the_floor_within_a_second_and_a_half() -> None:
    endpoint = _run(*[(0.01, -90.0)] * 10, *[(0.01, -40.0)] * 47)
    assert endpoint.floor_db is not None
    assert np.isclose(endpoint.floor_db, -40.0, atol=1.5)
