"""Whose calls two versions are compared by: a change that makes a flow worse does not choose its own callers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.rehearsal.comparing import change, compared, two_versions, write
from tests.unit.rehearsal.test_comparison import BOOKING, SENT_AWAY, SIGHT, TO_SIGHT
from typer.testing import CliRunner

from nightbell.cli.app import build
from nightbell.errors import ScriptError
from nightbell.rehearsal.comparison.callers import find_callers

HARMLESS = BOOKING.replace("script: booking", "script: sight")
ADDED = BOOKING.replace("script: booking", "script: added")


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    return two_versions(tmp_path, sight=SIGHT, booking=BOOKING)


@pytest.mark.parametrize("names", [(), ("sight",)])
def test_a_script_rewritten_beside_a_worse_flow_hides_nothing(
    versions: tuple[Path, Path], names: tuple[str, ...]
) -> None:
    old, new = versions
    change(new, TO_SIGHT, SENT_AWAY)
    write(new, "sight", HARMLESS)
    code, kinds, _ = compared(old, new, *names)
    assert (code, kinds["sight"]) == (1, "less_safe")
    result = CliRunner().invoke(build("compare"), ["compare", str(old), str(new), *names])
    assert "Scripts not as they were in NEW, played as OLD has them: sight." in result.output


@pytest.mark.parametrize("names", [(), ("sight",)])
def test_a_script_deleted_beside_a_worse_flow_is_played(
    versions: tuple[Path, Path], names: tuple[str, ...]
) -> None:
    old, new = versions
    change(new, TO_SIGHT, SENT_AWAY)
    (new / "calls" / "sight.yaml").unlink()
    code, kinds, _ = compared(old, new, *names)
    assert (code, kinds["sight"]) == (1, "less_safe")


def test_a_new_script_is_played_to_both_and_told(versions: tuple[Path, Path]) -> None:
    old, new = versions
    write(new, "added", ADDED)
    assert compared(old, new)[:2] == (0, {"added": "same", "booking": "same", "sight": "same"})
    result = CliRunner().invoke(build("compare"), ["compare", str(old), str(new), "added", "--json"])
    told = json.loads(result.output.splitlines()[-1])
    assert told["scripts"] == {"changed": [], "new": ["added"], "gone": []}


def test_a_new_script_may_bring_caller_audio_of_its_own(versions: tuple[Path, Path]) -> None:
    old, new = versions
    said = ADDED.replace('{words: "no"}', "{say: no-thanks}")
    for clinic, names in ((old, ()), (new, ("no-thanks",))):
        audio = clinic / "audio"
        audio.mkdir()
        listed = [{"id": name, "group": "x", "text": "no", "caller": "emma"} for name in names]
        (audio / "manifest.json").write_text(json.dumps(listed), encoding="utf-8")
        for name in names:
            (audio / f"{name}.wav").write_bytes((Path(__file__).parents[3] / "audio" / "no-emma.wav").read_bytes())
    write(new, "added", said)
    assert compared(old, new)[:2] == (0, {"added": "same", "booking": "same", "sight": "same"})


def test_a_file_is_played_as_it_was_given_and_told_to_differ(versions: tuple[Path, Path]) -> None:
    old, new = versions
    write(new, "sight", HARMLESS)
    given = new / "calls" / "sight.yaml"
    callers = find_callers(old, new, [str(given), "booking"])
    assert callers.before == (old / "calls" / "booking.yaml", given)
    assert callers.differing == {"changed": ("sight",), "new": (), "gone": ()}


def test_the_sound_of_a_call_that_was_taken_is_a_part_of_its_script(versions: tuple[Path, Path]) -> None:
    old, new = versions
    for clinic, sound in ((old, b"one"), (new, b"other")):
        (clinic / "calls" / "sight.wav").write_bytes(sound)
    assert find_callers(old, new, ()).changed == ("sight",)


def test_a_script_that_neither_has_is_named(versions: tuple[Path, Path]) -> None:
    old, new = versions
    (new / "calls" / "sight.yaml").unlink()
    with pytest.raises(ScriptError, match="no such call script: nowhere") as raised:
        find_callers(old, new, ["sight", "nowhere"])
    assert raised.value.hint == "there are: booking, sight"


NOISY = BOOKING.replace("script: booking", "script: noisy").replace(
    "tier: text\n", "impair: {noise: white, snr_db: 20}\n"
)


def test_who_cannot_be_played_is_told_and_refused_where_they_were_named(tmp_path: Path) -> None:
    noisy = NOISY.replace("words: appointments", "say: appointments-emma").replace(
        "words:", "say: no-emma, words:"
    )
    old, new = two_versions(tmp_path, booking=BOOKING, noisy=noisy)
    audio = ("--audio", str(Path(__file__).parents[3] / "audio"))
    every = CliRunner().invoke(build("compare"), ["compare", str(old), str(new), *audio])
    assert every.exit_code == 0, every.output
    assert "left out: noisy (noise and echo need sound)" in every.output
    for names in (("booking", "noisy"), ("noisy",), (str(old / "calls" / "noisy.yaml"), "booking")):
        named = CliRunner().invoke(build("compare"), ["compare", str(old), str(new), *names, *audio, "--json"])
        assert named.exit_code == 2, named.output
        assert "cannot be played at this tier: noisy: noise and echo need sound" in named.output
        assert "--tier audio" in named.output
