"""Figures, goals and exit codes of `scripts/bench`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from scripts import measure
from scripts.figures import Figure, as_json, missed

from nightbell.errors import ModelMissing

FIGURES = [
    Figure("commit p95", 650.0, "ms", at_most=700),
    Figure("right", 0.8, at_least=0.77, peer="300 clips"),
    Figure("seen", 12.0),
]


def toy(figures: Callable[[], list[Figure]]) -> dict[str, ModuleType]:
    module = ModuleType("toy", "A toy.\n\nMore.")
    module.MINUTES = 0.5  # type: ignore[attr-defined]
    module.measure = lambda say: (say("at work"), figures())[1]  # type: ignore[attr-defined]
    return {"toy": module}


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a", 1.0, at_most=1.0), True),
        (Figure("a", 1.1, at_most=1.0), False),
        (Figure("a", 0.9, at_least=1.0), False),
        (Figure("a", 1.5, at_least=1.0, at_most=2.0), True),
        (Figure("a", None, at_most=1.0), False),
        (Figure("a", None), True),
    ],
)
def test_a_goal_is_met_only_by_a_measured_value_within_it(figure: Figure, *, met: bool) -> None:
    assert figure.met is met


def test_the_object_has_name_figures_goals_and_missed() -> None:
    told = as_json("speech", [*FIGURES, Figure("late", 9.0, "ms", at_most=3)])
    assert list(told) == ["name", "figures", "goals", "missed"]
    assert told["goals"] == {"commit p95": "<= 700", "right": ">= 0.77", "late": "<= 3"}
    assert told["missed"] == ["late"]
    assert missed(FIGURES) == []


def test_the_last_line_is_json_and_the_exit_code_tells_a_missed_goal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "find", lambda kind: toy(lambda: FIGURES))
    assert measure.main(["benches", "toy", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out.splitlines()[-1])["name"] == "toy"
    assert any("commit p95" in line and "met" in line for line in out.splitlines())
    monkeypatch.setattr(measure, "find", lambda kind: toy(lambda: [Figure("late", 9.0, at_most=3)]))
    assert measure.main(["benches", "toy"]) == 1
    assert "MISSED" in capsys.readouterr().out


def test_a_missing_provider_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[Figure]:
        raise ModelMissing("no [model]", provider="vosk", hint="nightbell setup")

    monkeypatch.setattr(measure, "find", lambda kind: toy(broken))
    assert measure.main(["benches", "toy"]) == 3
    assert "NB601 no [model]" in capsys.readouterr().err


def test_alone_it_lists_and_a_wrong_name_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "find", lambda kind: toy(list))
    assert measure.main(["benches"]) == 0
    assert capsys.readouterr().out.split() == ["toy", "0.5", "min", "A", "toy."]
    assert measure.main(["soaks", "speach"]) == 2
    assert "No such soak: speach. There are: toy." in capsys.readouterr().err


def test_every_bench_in_the_tree_can_be_listed() -> None:
    for kind in measure.KINDS:
        for module in measure.find(kind).values():
            assert module.MINUTES > 0
            assert callable(module.measure)
            assert module.__name__ in sys.modules
