"""Installing the Vosk model: whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.setup.conftest import TOY, DeadSource, FileSource, Heard, Tried

from nightbell.errors import ModelCorrupt, ModelMissing
from nightbell.setup.lock import LOCK_NAME
from nightbell.setup.manifest import ModelFile
from nightbell.setup.port import PARTIAL, Source
from nightbell.setup.vosk_model import FOLDER, LIST_NAME, examine_vosk, install_vosk, require_vosk


class House:
    """Folders of one machine, and the set-up run in them."""

    def __init__(self, root: Path) -> None:
        self.models, self.cache = root / "data" / "models", root / "cache"
        self.heard, self.tried = Heard(), Tried()

    def install(self, sources: Sequence[Source], *, offline: bool = False, given: Path | None = None) -> bool:
        return install_vosk(
            self.models,
            self.cache,
            sources=sources,
            progress=self.heard,
            self_test=self.tried,
            offline=offline,
            given=given,
        )

    @property
    def left(self) -> list[str]:
        """Everything in the models folder but the lock."""
        return listed(self.models)

    @property
    def cached(self) -> list[str]:
        """Everything in the download cache but the lock."""
        return listed(self.cache)


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.name != LOCK_NAME)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_model_is_unpacked_told_to_resample_tried_and_listed(house: House, toy: FileSource) -> None:
    assert house.install([toy]) is True
    folder = require_vosk(house.models)
    assert folder == house.models / FOLDER
    conf = (folder / "conf" / "mfcc.conf").read_text()
    assert conf.splitlines()[1:] == ["--high-freq=7600", "--allow-upsample=true", "--allow-downsample=true"]
    assert len(house.tried.folders) == 1
    assert house.left == [FOLDER]
    assert examine_vosk(house.models, thorough=True) == []


def test_a_zip_is_left_as_it_is(house: House, toy_zip: FileSource) -> None:
    house.install([toy_zip])
    assert (require_vosk(house.models) / "conf" / "mfcc.conf").read_bytes() == TOY["conf/mfcc.conf"]


def test_a_second_set_up_asks_nobody_and_tries_nothing(house: House, toy: FileSource) -> None:
    house.install([toy])
    assert house.install([toy]) is False
    assert toy.asked == 1
    assert len(house.tried.folders) == 1


def test_a_whole_model_needs_no_writing(house: House, toy: FileSource) -> None:
    house.install([toy])
    (house.models / ".setup.lock").unlink()
    assert house.install([]) is False
    assert not (house.models / ".setup.lock").exists()


def test_another_checkout_takes_the_archive_from_the_cache_offline(house: House, toy: FileSource) -> None:
    house.install([toy])
    house.models = house.models.parent / "other"
    assert house.install([toy], offline=True) is True
    assert toy.asked == 1


def test_the_second_source_is_taken_when_the_first_is_out_of_reach(
    house: House, toy: FileSource, toy_zip: FileSource
) -> None:
    first = DeadSource(toy_zip.archive, leaves=b"half of a zip")
    assert house.install([first, toy]) is True
    assert (first.asked, toy.asked) == (1, 1)
    assert house.cached == ["toy.tgz"]


def test_without_any_network_it_says_so_and_leaves_nothing(
    house: House, toy: FileSource, toy_zip: FileSource
) -> None:
    dead = [DeadSource(toy_zip.archive, leaves=b"half"), DeadSource(toy.archive, leaves=b"half")]
    with pytest.raises(ModelMissing, match=r"toy toy\.zip: out of reach; toy toy\.tgz: out of reach") as caught:
        house.install(dead)
    assert "nightbell setup --from FILE" in caught.value.hint
    assert house.cached == []
    assert house.left == []
    with pytest.raises(ModelMissing, match="There is no Vosk model"):
        require_vosk(house.models)


def test_offline_without_a_cache_names_the_files_to_bring(house: House, toy: FileSource) -> None:
    with pytest.raises(ModelMissing, match="not in the download cache") as caught:
        house.install([toy], offline=True)
    assert "toy.tgz" in caught.value.hint
    assert toy.asked == 0


def test_an_archive_with_a_wrong_sum_is_not_unpacked(
    house: House, toy: FileSource, wrong_sum: Callable[[FileSource], FileSource]
) -> None:
    with pytest.raises(ModelMissing, match="what came has sha256"):
        house.install([wrong_sum(toy)])
    assert house.tried.folders == []
    assert house.cached == []


def test_a_half_finished_download_in_the_cache_is_thrown_away(house: House, toy: FileSource) -> None:
    house.cache.mkdir()
    (house.cache / toy.archive.file_name).write_bytes(toy.path.read_bytes()[:-100])
    assert house.install([toy]) is True
    assert toy.asked == 1


def test_what_killed_downloads_left_is_swept_away(house: House, toy: FileSource) -> None:
    (house.cache / f"{PARTIAL}folder").mkdir(parents=True)
    (house.cache / f"{PARTIAL}file").write_bytes(b"half")
    (house.cache / "of-somebody-else").write_bytes(b"kept")
    house.install([toy])
    assert house.cached == ["of-somebody-else", "toy.tgz"]


def test_a_set_up_that_was_killed_while_unpacking_is_no_model(house: House, toy: FileSource) -> None:
    torn = house.models / f".{FOLDER}-new-killed"
    (torn / "am").mkdir(parents=True)
    (torn / "am" / "final.mdl").write_bytes(TOY["am/final.mdl"])
    with pytest.raises(ModelMissing):
        require_vosk(house.models)
    house.install([toy])
    assert house.left == [FOLDER]


def test_a_model_that_fails_its_test_is_not_put_in_place(house: House, toy: FileSource) -> None:
    house.tried.error = ModelCorrupt("does not decode", provider="vosk")
    with pytest.raises(ModelCorrupt, match="does not decode"):
        house.install([toy])
    assert house.left == []


def test_a_file_that_is_not_the_pinned_one_is_refused(house: House, toy: FileSource) -> None:
    pinned = (ModelFile("am/final.mdl", len(TOY["am/final.mdl"]), "1" * 64),)
    toy.archive = replace(toy.archive, files=pinned)
    with pytest.raises(ModelCorrupt, match=r"am/final\.mdl: wrong sha256"):
        house.install([toy])
    assert house.left == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "am/final.mdl: wrong size"),
        (lambda path: path.write_bytes(b"X" + path.read_bytes()[1:]), "am/final.mdl: wrong sha256"),
        (lambda path: path.unlink(), "am/final.mdl: missing"),
    ],
    ids=["cut short", "one byte changed", "deleted"],
)
def test_a_damaged_model_is_named_and_mended(
    house: House, toy: FileSource, harm: Callable[[Path], object], said: str
) -> None:
    house.install([toy])
    harm(house.models / FOLDER / "am" / "final.mdl")
    with pytest.raises(ModelCorrupt, match=said) as caught:
        require_vosk(house.models)
    assert caught.value.hint == "Run: nightbell setup"
    assert house.install([toy]) is True
    assert require_vosk(house.models)
    assert house.left == [FOLDER]


def test_a_byte_that_rots_in_silence_is_seen_by_the_thorough_look(house: House, toy: FileSource) -> None:
    house.install([toy])
    path = house.models / FOLDER / "am" / "final.mdl"
    before = path.stat()
    path.write_bytes(b"X" + path.read_bytes()[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert examine_vosk(house.models, thorough=False) == []
    assert [str(fault) for fault in examine_vosk(house.models, thorough=True)] == ["am/final.mdl: wrong sha256"]


def test_a_copied_model_with_other_times_is_still_whole(house: House, toy: FileSource) -> None:
    house.install([toy])
    for path in (house.models / FOLDER).rglob("*"):
        os.utime(path, ns=(1, 1))
    assert examine_vosk(house.models, thorough=False) == []


def test_a_folder_without_its_list_is_no_model(house: House, toy: FileSource) -> None:
    house.install([toy])
    (house.models / FOLDER / LIST_NAME).unlink()
    with pytest.raises(ModelCorrupt, match=f"{LIST_NAME}: missing"):
        require_vosk(house.models)
    (house.models / FOLDER / LIST_NAME).write_text("{ half")
    assert house.install([toy]) is True


def test_an_archive_brought_by_hand_is_used_when_its_sum_is_known(
    house: House, toy: FileSource, tmp_path: Path
) -> None:
    brought = toy.path.rename(tmp_path / "brought.bin")
    assert house.install([toy], offline=True, given=brought) is True
    with pytest.raises(ModelMissing, match="is no file"):
        house.install([toy], given=tmp_path / "nothing")
    brought.write_bytes(b"something else")
    with pytest.raises(ModelCorrupt, match="none of the archives that are known"):
        house.install([toy], given=brought)
    assert require_vosk(house.models)


def test_a_folder_that_cannot_be_made_is_reported_with_what_to_do(house: House, toy: FileSource) -> None:
    house.models.parent.parent.mkdir(exist_ok=True)
    house.models.parent.write_text("a file where the data folder should be")
    with pytest.raises(ModelMissing, match="cannot be stored") as caught:
        house.install([toy])
    assert "NIGHTBELL_DATA" in caught.value.hint


def test_two_set_ups_at_once_install_once(house: House, toy: FileSource) -> None:
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(house.install([toy]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(results) == [False, True]
    assert toy.asked == 1
