"""Noise for callers with a red flag: who has none is left out by name, never silently."""

from __future__ import annotations

from dataclasses import replace

from nightbell.rehearsal.noisy import in_noise
from nightbell.rehearsal.script import Answer, Expect, Impair, Script
from nightbell.terms.disposition import Disposition


def script(name: str, **more: object) -> Script:
    expect = Expect(disposition=Disposition.D1, red_flag=bool(more.pop("red_flag", False)))
    answers = (("reason", (Answer(say="worried"),)),)
    return Script(name=name, about="", file="", answers=answers, expect=expect, **more)  # type: ignore[arg-type]


def test_who_has_no_flag_or_no_sound_is_left_out_with_the_reason() -> None:
    keys = replace(script("keys", red_flag=True), answers=(("reason", (Answer(press="9", red_flag=True),)),))
    scripts = [script("flag", red_flag=True), script("calm"), script("typed", red_flag=True, tier="text"), keys]
    played, left_out = in_noise(scripts, "pink", 10, 3)
    assert [(each.name, each.impair) for each in played] == [
        ("flag@pink-10", Impair(noise="pink", snr_db=10, seed=3))
    ]
    assert [(left.script.name, left.why) for left in left_out] == [
        ("calm", "it holds no red flag, and noise is judged by safety alone"),
        ("typed", "it has no sound to lay noise under"),
        ("keys", "it says nothing that noise could lie under"),
    ]
