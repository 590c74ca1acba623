"""What is asked again while a person is rung has the words of the lane that it is taken from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

SHARED = Path(__file__).parents[3] / "flows" / "shared"
LAST = sorted(SHARED.glob("last-signs-*.yaml"))


def questions_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for dialog in (YAML(typ="safe").load(path).get("dialogs") or {}).values():
        for state in dialog["states"].values():
            found |= state.get("questions") or {}
    return found


def test_each_clinic_has_its_own() -> None:
    assert [path.stem for path in LAST] == ["last-signs-anaesthetic", "last-signs-body", "last-signs-face"]


@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
def test_a_question_asked_while_it_rings_is_the_lane_s_word_for_word(path: Path) -> None:
    lanes = [questions_in(other) for other in SHARED.glob("*.yaml") if other not in LAST]
    asked = questions_in(path)
    assert asked
    for name, question in asked.items():
        assert question["yes"] == "D0"
        assert [lane[name] for lane in lanes if name in lane] == [question]
