"""One sum for each model, from its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nightbell.setup.adopting import adopt_vosk
from nightbell.setup.sums import model_sums, sum_of
from nightbell.setup.vosk_model import FOLDER, LIST_NAME, vosk_sum


def test_a_sum_is_that_of_a_list_by_path_and_changes_with_every_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (("a", b"2"), ("b", b"1")))
    assert sum_of([("b", one), ("a", two)]) == hashlib.sha256(lines.encode()).hexdigest()
    assert sum_of([("a", two), ("b", one)]) == sum_of([("b", one), ("a", two)])
    before = sum_of([("a", one)])
    one.write_bytes(b"3")
    assert sum_of([("a", one)]) != before
    assert sum_of([]) == ""


def test_a_model_that_is_not_there_has_none_and_its_list_is_no_part_of_it(tmp_path: Path) -> None:
    assert next(each.sha256 for each in model_sums(tmp_path) if "Vosk" in each.name) == ""
    (tmp_path / FOLDER / "am").mkdir(parents=True)
    (tmp_path / FOLDER / "am" / "final.mdl").write_bytes(b"model")
    found = {each.name: each.sha256 for each in model_sums(tmp_path)}
    (tmp_path / FOLDER / LIST_NAME).write_text("looked at", encoding="utf-8")
    assert {each.name: each.sha256 for each in model_sums(tmp_path)} == found
    assert len(found) == 4
    assert {len(sha256) for sha256 in found.values()} == {64}


def test_a_model_is_the_same_by_its_list_and_by_its_bytes_until_a_byte_changes(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/words.txt"):
        (tmp_path / "brought" / name).parent.mkdir(parents=True)
        (tmp_path / "brought" / name).write_text(f"{name}\n", encoding="ascii")
    models = tmp_path / "models"
    adopt_vosk(tmp_path / "brought", models)

    listed = vosk_sum(models)

    assert model_sums(models)[0].sha256 == listed
    (models / FOLDER / "graph" / "words.txt").unlink()  # it is a link to what was brought
    (models / FOLDER / "graph" / "words.txt").write_text("yes", encoding="ascii")
    assert model_sums(models)[0].sha256 != listed
