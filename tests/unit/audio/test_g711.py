"""G.711 is exact: known points of the recommendation, and every 16-bit value by the sum of its table."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from nightbell.audio import g711

EVERY = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("value", "mulaw", "alaw"),
    [(0, 0xFF, 0xD5), (32767, 0x80, 0xAA), (-32768, 0x00, 0x2A), (1000, 0xCE, 0xFA), (-1000, 0x4E, 0x7A)],
)
def test_known_points(value: int, mulaw: int, alaw: int) -> None:
    sample = np.array([value], dtype=np.int16)
    assert g711.encode_mulaw(sample) == bytes([mulaw])
    assert g711.encode_alaw(sample) == bytes([alaw])


def test_every_value_is_coded_as_the_reference_coder_codes_it() -> None:
    # Sums of the output of CPython 3.11's audioop for -32768..32767 and 0..255.
    assert hashlib.sha256(g711.encode_mulaw(EVERY)).hexdigest() == (
        "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"
    )
    assert hashlib.sha256(g711.encode_alaw(EVERY)).hexdigest() == (
        "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"
    )


def test_every_byte_survives_decoding_and_coding_again() -> None:
    every = bytes(range(256))
    assert g711.encode_alaw(g711.decode_alaw(every)) == every
    back = g711.encode_mulaw(g711.decode_mulaw(every))
    assert [i for i in range(256) if back[i] != i] == [0x7F]  # minus zero comes back as plus zero


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_a_round_trip_keeps_the_signal_to_noise_of_the_recommendation(law: g711.Law) -> None:
    tone = (10000 * np.sin(np.arange(8000) * 2 * np.pi * 1020 / 8000)).astype(np.int16)
    error = g711.round_trip(tone, law).astype(float) - tone
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / np.mean(error**2)) > 33


def test_a_slice_that_is_not_contiguous_is_coded_too() -> None:
    assert g711.encode_mulaw(EVERY[::2]) == g711.encode_mulaw(EVERY)[::2]
