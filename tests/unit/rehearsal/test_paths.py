"""The kept way of a script is there or it is not: half a line of it does not switch the check off."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.errors import ScriptError
from nightbell.rehearsal.paths import FILE, read_paths, write_paths


@pytest.mark.parametrize("line", ["lip: ", "lip:", "lip", "lip: opening", "lip:  > ", ": opening played"])
def test_a_script_without_a_way_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(f"# Kept\neye: opening played > reason pain\n{line}\n", encoding="utf-8")
    with pytest.raises(ScriptError, match="line 3") as caught:
        read_paths(tmp_path)
    assert "--keep-paths" in caught.value.hint


def test_a_way_of_no_moves_is_not_kept_and_what_is_kept_is_read(tmp_path: Path) -> None:
    for name in ("eye", "lip"):
        (tmp_path / f"{name}.yaml").touch()
    write_paths(tmp_path, {"eye": [("opening", "played"), ("reason", "pain")], "lip": []})
    assert read_paths(tmp_path) == {"eye": (("opening", "played"), ("reason", "pain"))}


def test_ways_that_cannot_be_kept_are_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ScriptError, match="cannot be written"):
        write_paths(tmp_path, {})
