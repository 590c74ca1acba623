"""Unpacking never leaves its folder."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.setup.conftest import TOY, describe, make_tar, make_zip

from nightbell.errors import ModelCorrupt
from nightbell.setup.unpack import unpack

Maker = Callable[[Path, str, dict[str, bytes]], Path]
MAKERS = pytest.mark.parametrize(("make", "ending"), [(make_tar, "tgz"), (make_zip, "zip")], ids=["tar", "zip"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "target"
    folder.mkdir(parents=True)
    return folder


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@MAKERS
def test_only_the_wanted_folder_is_unpacked(tmp_path: Path, target: Path, make: Maker, ending: str) -> None:
    path = make(tmp_path / f"a.{ending}", "package", {"model/a": b"1", "model/b/c": b"2", "lib/run.sh": b"3"})
    unpack(describe(path, "package/model"), path, target)
    assert everything(target) == ["a", "b/c"]
    assert (target / "b" / "c").read_bytes() == b"2"


@MAKERS
@pytest.mark.parametrize("name", ["../out", "x/../../../out", "/etc/out", "..\\out"])
def test_a_name_that_leaves_the_folder_ends_it(
    tmp_path: Path, target: Path, make: Maker, ending: str, name: str
) -> None:
    path = make(tmp_path / f"a.{ending}", "model", {name: b"evil"})
    with pytest.raises(ModelCorrupt, match="leaves its folder"):
        unpack(describe(path, "model"), path, target)
    assert [found for found in everything(tmp_path) if "out" in found] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_tar_with_anything_but_files_is_refused(tmp_path: Path, target: Path, kind: bytes) -> None:
    path = tmp_path / "a.tgz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("model/link")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(ModelCorrupt, match="no regular file"):
        unpack(describe(path, "model"), path, target)
    assert everything(target) == []


def test_a_zip_with_a_link_is_refused(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("model/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ModelCorrupt, match="no regular file"):
        unpack(describe(path, "model"), path, target)


@MAKERS
def test_an_archive_that_grows_too_large_is_stopped(
    tmp_path: Path, target: Path, make: Maker, ending: str
) -> None:
    path = make(tmp_path / f"a.{ending}", "model", {"zeros": bytes(5_000_000)})
    with pytest.raises(ModelCorrupt, match="more than a model can be"):
        unpack(describe(path, "model"), path, target, most_bytes=2_000_000)
    assert (target / "zeros").stat().st_size <= 2_000_000


@MAKERS
def test_an_archive_cut_in_the_middle_is_corrupt(tmp_path: Path, target: Path, make: Maker, ending: str) -> None:
    noise = {"noise": bytes(range(256)) * 4000, **TOY}
    path = make(tmp_path / f"a.{ending}", "model", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelCorrupt):
        unpack(describe(path, "model"), path, target)


def test_an_archive_without_the_folder_is_corrupt(tmp_path: Path, target: Path) -> None:
    path = make_tar(tmp_path / "a.tgz", "other", TOY)
    with pytest.raises(ModelCorrupt, match="holds no folder model"):
        unpack(describe(path, "model"), path, target)


def test_what_is_there_already_is_not_written_over(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "a.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for content in (b"first", b"second"):
            info = tarfile.TarInfo("model/same")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with pytest.raises(FileExistsError):
        unpack(describe(path, "model"), path, target)
    assert (target / "same").read_bytes() == b"first"
