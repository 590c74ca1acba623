"""`scripts/soak flakes`: a verdict that differs between runs is named, with what it was in which run."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest
from scripts import measure
from scripts.soaks import flakes

PLANT = '''
import os

import nightbell.call.session as session

real = session.Session.handle


def handle(self, event):
    """Lose what one caller presses, in each process that finds the mark: each one puts it, or takes it away."""
    if event.kind == "key_pressed" and event.call == "only-keys" and LOSES:
        event = __import__("dataclasses").replace(event, key="4")
    return real(self, event)


mark = os.environ["FLAKE_MARK"]
LOSES = os.path.exists(mark)
if LOSES:
    os.unlink(mark)
else:
    open(mark, "w").close()
session.Session.handle = handle
'''
"""A flake: what a process does differs from what the one before did."""


@pytest.mark.slow
def test_a_planted_flake_is_named_and_a_steady_script_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(PLANT, encoding="utf-8")
    monkeypatch.setenv("FLAKE_MARK", str(tmp_path / "mark"))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', 'src')}")

    asked = ["--runs", "2", "--clinics", "rosewood", "--tiers", "engine", "--scripts", "only-keys,white-lip"]
    code = measure.main(["soaks", "flakes", *asked])

    said = capsys.readouterr()
    assert code == 1
    assert "FLAKE rosewood only-keys at tier engine: passed as" in said.err
    assert "in run 1; failed" in said.err
    assert "white-lip" not in said.err
    assert "MISSED" in said.out


def test_only_what_differs_is_told() -> None:
    runs = [{"a": "passed", "b": "passed"}, {"a": "passed", "b": "failed"}, {"a": "passed"}]
    assert list(flakes.differing(runs)) == [("b", "passed in run 1; failed in run 2; not played in run 3")]


def test_twenty_runs_of_everything_unless_less_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    flakes.options(parser)
    asked = vars(parser.parse_args([]))
    assert (asked["runs"], asked["tiers"], asked["scripts"]) == (20, ("engine", "text", "audio"), ())
    assert set(asked["clinics"]) == {"rosewood", "stmarks", "hollow-lane"}
    assert measure.main(["soaks", "wild", "--runs", "2"]) == 2
    assert "No such soak: wild --runs 2" in capsys.readouterr().err
