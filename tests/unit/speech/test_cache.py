"""The cache: what it keeps comes back bit for bit; what is damaged does not come back."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from nightbell.speech.cache import PromptCache, cache_key

SOUND = np.arange(-4000, 4000, dtype=np.int16)
KEY = cache_key("voice-1", "press nine")


def only_file(folder: Path) -> Path:
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


def test_what_is_kept_comes_back_in_another_cache_of_the_folder(tmp_path: Path) -> None:
    PromptCache(tmp_path).put(KEY, SOUND)
    back = PromptCache(tmp_path).get(KEY)
    assert back is not None
    assert back.dtype == np.int16
    assert np.array_equal(back, SOUND)
    assert PromptCache(tmp_path).get(cache_key("voice-1", "press one")) is None
    assert PromptCache(None).get(KEY) is None


def test_the_key_tells_voices_and_words_apart() -> None:
    keys = {cache_key("a", "b c"), cache_key("a b", "c"), cache_key("a", "b  c"), cache_key("a", "B c")}
    assert len(keys) == 4
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "odd", "longer"])
def test_a_damaged_file_is_noticed_and_written_anew(tmp_path: Path, damage: str) -> None:
    cache = PromptCache(tmp_path)
    cache.put(KEY, SOUND)
    path = only_file(tmp_path)
    data = path.read_bytes()
    flipped = bytes([*data[:5000], data[5000] ^ 1, *data[5001:]])
    spoilt = {"flip": flipped, "cut": data[:-100], "empty": b"", "odd": data[:-1], "longer": data + b"\0\0"}[
        damage
    ]
    path.write_bytes(spoilt)
    with capture_logs() as logs:
        assert cache.get(KEY) is None
    assert [entry["event"] for entry in logs] == ["prompt_cache_damaged"]
    cache.put(KEY, SOUND)
    back = cache.get(KEY)
    assert back is not None
    assert np.array_equal(back, SOUND)


def test_a_folder_that_cannot_be_written_is_told_once_and_harms_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text(
        "a file where the folder should be"
    )  # root may write anywhere, so permissions prove nothing
    cache = PromptCache(blocked)
    with capture_logs() as logs:
        cache.put(KEY, SOUND)
        cache.put(KEY, SOUND)
    assert [entry["event"] for entry in logs] == ["prompt_cache_not_writable"]
    assert cache.get(KEY) is None


def test_a_write_that_breaks_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    PromptCache(tmp_path).put(KEY, SOUND)
    monkeypatch.undo()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_two_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    threads = [threading.Thread(target=PromptCache(tmp_path).put, args=(KEY, SOUND)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    back = PromptCache(tmp_path).get(KEY)
    assert back is not None
    assert np.array_equal(back, SOUND)
    assert os.path.getsize(only_file(tmp_path)) == 32 + 2 * len(SOUND)  # noqa: PTH202
