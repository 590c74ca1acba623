"""Faults of a script's form: told in plain words, at a place that was written, with the key that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.rehearsal.reading import read_entry
from nightbell.rehearsal.schema import ScriptEntry

HEAD, LIP = "script: lip", "about: White, painful lip"
EXPECT = "expect: {at_least: D1, never: [book]}"
GOOD = f"""\
{HEAD}
{LIP}
impair: {{noise: pink, snr_db: 10, seed: 7}}
fakes: {{escalation: {{acknowledged_after: 20s}}}}
answers:
  reason: {{say: lip-words, red_flag: true}}
  screen.sight: [{{silence: true}}, {{press: "1", pause_ms: 400}}]
{EXPECT}
"""


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("red_flag", "redflag", "NB121 answers.reason: there is no 'redflag' here", "did you mean 'red_flag'?"),
        ("seed: 7", "volume: 3", "impair: there is no 'volume' here", "there are: noise, seed, snr_db"),
        (HEAD, f"zebra: 1\n{HEAD}", "NB121 there is no 'zebra' here", "there are: about, answers, caller"),
        ("acknowledged", "acknowledge", "no 'acknowledge_after' here", "did you mean 'acknowledged_after'?"),
        ("pause", "puase", "answers.screen.sight.1: there is no 'puase_ms' here", "did you mean 'pause_ms'?"),
        ("never: [", "eventually: [{stat: x}, ", "expect.eventually.0: there is no 'stat'", "mean 'state'?"),
        ("never: [book]", "eventually: {stat: x}", "expect.eventually: there is no 'stat'", "mean 'state'?"),
        (EXPECT, "expect:", "NB123 expect: nothing is written: keys with their values belong here", ""),
        ("{noise: pink, snr_db: 10, seed: 7}", "loud", "NB123 impair: 'loud': keys with their values", ""),
        ("seed: 7", "seed: few", "NB124 impair.seed: 'few': a whole number belongs here", ""),
        ("snr_db: 10", "snr_db: 90", "NB124 impair.snr_db: '90': 60 at most belongs here", ""),
        ("pink", "P ink", "impair.noise: 'P ink': a name of small letters, digits, - and _ belongs here", ""),
        (HEAD, f"keys: tones\n{HEAD}", "keys: 'tones': one of 'event' or 'inband' belongs here", ""),
        (LIP, "", "NB122 about: it is missing", ""),
        ("D1", "D7", "expect.at_least: 'D7': one of 'D0', 'D1'", ""),
        ("{say: lip-words, red_flag: true}", "[]", "answers.reason: at least 1 belongs here", ""),
    ],
)
def test_a_fault_is_told_in_plain_words(tmp_path: Path, *, old: str, new: str, message: str, hint: str) -> None:
    assert old in GOOD
    path = tmp_path / "lip.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    fault = read_entry(path, ScriptEntry).faults[0]
    assert message in str(fault)
    assert hint in fault.hint
    assert "input" not in fault.message.lower()


def test_a_script_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lip.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_entry(path, ScriptEntry).faults == ()
