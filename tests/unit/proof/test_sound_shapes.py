"""Sound flows of other shapes than Quayside's own: no rule and no property may refuse them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nightbell.cli.checking import examine
from nightbell.settings import load_settings

BROKEN = Path(__file__).parents[2] / "flows" / "broken"
SHAPES: list[dict[str, Any]] = YAML(typ="safe").load((BROKEN / "shapes.yaml").read_text(encoding="utf-8"))


def test_there_are_twenty_at_least() -> None:
    assert len({shape["name"] for shape in SHAPES}) == len(SHAPES) >= 20


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["name"])
def test_a_sound_shape_passes(shape: dict[str, Any], tmp_path: Path) -> None:
    clinic = tmp_path / "quayside"
    shutil.copytree(BROKEN / "quayside", clinic)
    for edit in shape["edits"]:
        path = clinic / edit.get("file", "flow.yaml")
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["find"]) == 1, edit["find"]
        path.write_text(text.replace(edit["find"], edit["with"]), encoding="utf-8")

    examined = examine(clinic, load_settings())

    assert [str(found) for found in examined.errors] == []
    assert examined.verdict is not None
    assert examined.verdict.proved
