from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from nightbell.cli import rehearsing
from nightbell.cli.app import build
from nightbell.cli.rehearsing import settings_in
from nightbell.rehearsal.recordings import audio_beside

ROSEWOOD = Path(__file__).parents[3] / "flows" / "rosewood"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build("rehearse"), ["rehearse", *words])
    return result.exit_code, result.output


def test_what_is_no_folder_is_usage(tmp_path: Path) -> None:
    code, said = run(str(tmp_path / "nowhere"))
    assert code == 2
    assert "no folder" in said


def test_a_script_that_is_not_there_is_usage(tmp_path: Path) -> None:
    code, said = run(str(ROSEWOOD), "no-such-caller")
    assert code == 2
    assert "no-such-caller" in said


def test_what_carries_calls_asks_for_a_line_and_a_tier_without_one_is_usage() -> None:
    code, said = run(str(ROSEWOOD), "no-such-caller", "--over", "browser")
    assert (code, "no-such-caller" in said, "--over" in said) == (2, True, False)
    code, said = run(str(ROSEWOOD), "no-such-caller", "--over", "browser", "--tier", "text")
    assert (code, "needs --tier sip" in said) == (2, True)


def test_faults_of_a_script_are_told_with_their_places(tmp_path: Path) -> None:
    script = tmp_path / "bad.yaml"
    script.write_text(
        "script: bad\nabout: x\n"
        "answers: {cellar: {press: '1'}, reason: {say: nobody}}\n"
        "expect: {disposition: D1}\n",
        encoding="utf-8",
    )
    code, said = run(str(ROSEWOOD), str(script))
    assert code == 1
    assert f"{script}:3:11 NB130 the flow has no place 'cellar'" in said
    assert f"{script}:3:33 NB203 there is no recording 'nobody'" in said
    assert said.count("    hint: ") == 2
    assert "there are: " in said


def test_records_of_a_rehearsal_are_fresh_and_its_own(tmp_path: Path) -> None:
    old = tmp_path / "records.sqlite3"
    old.write_bytes(b"left over")
    settings = settings_in(tmp_path)
    # Time stands still while a rehearsal thinks.
    limits = (settings.decode_limit_ms, settings.closed_decode_limit_ms, settings.commit_limit_ms)
    assert min(limits) >= 60_000
    assert not old.exists()
    assert settings.records_url == f"sqlite+aiosqlite:///{old}"
    assert settings.spill_dir == tmp_path / "spill"


@pytest.mark.parametrize("place", ["flows/rosewood/audio", "flows/audio", "audio"])
def test_caller_audio_is_found_beside_the_flows(tmp_path: Path, place: str) -> None:
    (tmp_path / "flows" / "rosewood").mkdir(parents=True)
    (tmp_path / place).mkdir(parents=True)
    assert audio_beside(tmp_path / "flows" / "rosewood") == (tmp_path / place)


def rehearsed(*words: str, report: Path) -> tuple[int, dict[str, Any]]:
    code, said = run(str(ROSEWOOD), *words, "--tier", "text", "--json", "--report", str(report))
    return code, json.loads(said.splitlines()[-1])


def test_in_writing_a_whole_suite_needs_no_model_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "open_nightbell", None)
    code, told = rehearsed(report=tmp_path)
    assert (code, told["failed"]) == (0, 0), [call for call in told["calls"] if not call["passed"]]
    assert told["passed"] >= 24
    assert {call["tier"] for call in told["calls"]} == {"text"}
    assert told["left_out"]["mumbling"] == "noise and echo need sound"
    assert not list(tmp_path.glob("*.wav"))
    assert (tmp_path / "white-lip.jsonl").stat().st_size > 1000


def test_muted_callers_fail_in_writing_too(tmp_path: Path) -> None:
    code, told = rehearsed("white-lip", "booking", "--mute", report=tmp_path)
    assert code == 1
    assert [call["passed"] for call in told["calls"]] == [False, False]


def test_a_named_script_that_cannot_be_played_is_an_error(tmp_path: Path) -> None:
    code, said = run(str(ROSEWOOD), "mumbling", "--tier", "text", "--report", str(tmp_path))
    assert code == 1
    assert "mumbling: noise and echo need sound" in said
    script = tmp_path / "typed.yaml"
    script.write_text(
        "script: typed\nabout: x\ntier: text\nanswers: {reason: {words: it hurts}}\nexpect: {disposition: D5}\n",
        encoding="utf-8",
    )
    code, said = run(str(ROSEWOOD), str(script), "--tier", "audio", "--report", str(tmp_path))
    assert code == 1
    assert "typed: it is for tier text" in said


@pytest.mark.parametrize("words", [["--tier", "fax"], ["--tier", "text", "--noise", "pink"]])
def test_a_tier_that_is_none_or_makes_no_sense_is_usage(words: list[str]) -> None:
    assert run(str(ROSEWOOD), *words)[0] == 2


def test_silenced_callers_fail_every_script_that_says_something(tmp_path: Path) -> None:
    code, told = rehearsed("--mute", report=tmp_path)
    assert code == 1
    assert [call["script"] for call in told["calls"] if call["passed"]] == []
    assert told["failed"] > 80
    assert told["left_out"]["only-keys"] == "it says nothing that could be silenced"


@pytest.mark.parametrize("words", [["only-keys", "--mute", "--tier", "text"], ["booking", "--noise", "kitchen"]])
def test_that_nothing_was_played_is_no_green(tmp_path: Path, words: list[str]) -> None:
    code, said = run(str(ROSEWOOD), *words, "--report", str(tmp_path))
    assert code == 1
    assert f"nothing was played: {words[0]}: it" in said


@pytest.mark.parametrize("noise", ["nosuch", "../noise/kitchen", ""])
def test_a_noise_that_is_none_is_usage_and_those_there_are_are_named(tmp_path: Path, noise: str) -> None:
    code, said = run(str(ROSEWOOD), "white-lip", "--noise", noise, "--report", str(tmp_path))
    assert code == 2
    assert f"there is no noise {noise!r}. There are: white, pink, babble, kitchen, street, waiting-room" in said


@pytest.mark.parametrize("snr", ["nan", "inf", "-21"])
def test_a_ratio_that_is_none_is_usage(tmp_path: Path, snr: str) -> None:
    words = ["white-lip", "--noise", "kitchen", "--snr", snr, "--report", str(tmp_path)]
    assert run(str(ROSEWOOD), *words)[0] == 2


def test_a_seed_is_no_negative_number(tmp_path: Path) -> None:
    words = ["white-lip", "--noise", "kitchen", "--seed", "-1", "--report", str(tmp_path)]
    assert run(str(ROSEWOOD), *words)[0] == 2


def test_scripts_to_start_from_need_what_shows_that_they_are_missing(tmp_path: Path) -> None:
    words = ["white-lip", "--tier", "text", "--starts", str(tmp_path / "starts"), "--report", str(tmp_path)]
    code, said = run(str(ROSEWOOD), *words)
    assert (code, "--starts needs --coverage" in said) == (2, True)


@pytest.fixture
def unplayed(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        pytest.fail("it came to play something")

    monkeypatch.setattr(rehearsing, "load_flow", load)


@pytest.mark.usefixtures("unplayed")
@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--report", "a file"),
        ("--report", "below a file"),
        ("--junit", "below a file"),
        ("--junit", "a folder"),
    ],
)
def test_what_cannot_be_written_is_usage_before_anything_is_played(tmp_path: Path, option: str, kind: str) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    places = {"a file": file, "below a file": file / "x", "a folder": tmp_path}
    result = CliRunner().invoke(
        build("rehearse"), ["rehearse", str(ROSEWOOD), "booking", "--tier", "text", option, str(places[kind])]
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert str(places[kind]) in result.stderr


def test_no_older_junit_stands_where_nothing_was_played(tmp_path: Path) -> None:
    junit, script = tmp_path / "junit.xml", tmp_path / "bad.yaml"
    script.write_text("script: other\nabout: x\nexpect: {disposition: D1}\n", encoding="utf-8")
    told = []
    for words in ([str(script)], ["no-such-caller"]):
        junit.write_text('<testsuite tests="9" failures="0" errors="0"/>', encoding="utf-8")
        run(str(ROSEWOOD), *words, "--tier", "text", "--junit", str(junit), "--report", str(tmp_path))
        suite = ET.parse(junit).getroot()
        assert suite.get("errors") == "1"
        error = suite.find("testcase/error")
        assert error is not None
        told.append(error.text or "")
    assert "NB206 script 'other' in file bad.yaml" in told[0]
    assert "no-such-caller" in told[1]


@pytest.mark.parametrize("typed", ["no\x1b[31msuch", "no\x07such", "no\udc80such", "no\ufffesuch"])
def test_ci_can_read_junit_whatever_was_typed(tmp_path: Path, typed: str) -> None:
    junit = tmp_path / "junit.xml"
    CliRunner().invoke(build("rehearse"), ["rehearse", str(ROSEWOOD), typed, "--junit", str(junit)])
    told = ET.parse(junit).findtext("testcase/error") or ""
    assert typed.encode("unicode_escape").decode() in told


def test_no_older_page_stands_where_nothing_was_played(tmp_path: Path) -> None:
    """A page that says passed is a release's evidence."""
    script = tmp_path / "bad.yaml"
    script.write_text("script: other\nabout: x\nexpect: {disposition: D1}\n", encoding="utf-8")
    (tmp_path / "report.html").write_text("9 calls: 9 passed.", encoding="utf-8")
    (tmp_path / "sweep.csv").write_text("measured for hours", encoding="utf-8")
    assert run(str(ROSEWOOD), str(script), "--tier", "text", "--report", str(tmp_path))[0] == 1
    assert not (tmp_path / "report.html").exists()
    assert (tmp_path / "sweep.csv").read_text(encoding="utf-8") == "measured for hours"


def test_a_script_in_a_folder_whose_name_is_no_utf_8_has_a_page_too(tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    (folder / "hang-up.yaml").write_text(
        "script: hang-up\nabout: x\ntier: text\ndefault: {hang_up: true}\nexpect: {at_least: D5, ended: hangup}\n",
        encoding="utf-8",
    )
    report = tmp_path / "report"
    code, said = run(str(ROSEWOOD), str(folder / "hang-up.yaml"), "--tier", "text", "--report", str(report))
    assert code == 0, said
    assert "1 calls: 1 passed." in (report / "report.html").read_text(encoding="utf-8")


FAILING = """\
script: failing
about: expects what does not come
answers:
  reason: {say: flag-white-lip-plain, red_flag: true}
  first_screen.signs: {say: no-it-hasnt-emma}
  book: {press: "1"}
  last_screen.signs: {press: "2"}
default: {press: "1"}
expect:
  red_flag: true
  disposition: D5
  never: [hold]
  ended: hangup
  eventually:
    - {state: taken, within: 1s}
"""


def annotated(folder: Path, text: str) -> tuple[int, list[str], Path]:
    script = folder / "failing.yaml"
    script.write_text(text, encoding="utf-8")
    words = [str(ROSEWOOD), str(script), "--tier", "engine", "--format", "github", "--report", str(folder)]
    result = CliRunner().invoke(build("rehearse"), ["rehearse", *words])
    return result.exit_code, result.stdout.splitlines(), script


def test_annotations_point_at_the_expectation_that_was_not_met(tmp_path: Path) -> None:
    code, said, script = annotated(tmp_path, FAILING)
    assert code == 1
    assert [line.split("::", 2)[1] for line in said] == [
        f"error file={script},line={line},col=3,title=NB212" for line in (11, 13, 12, 14, 6)
    ]
    assert said[0].endswith("::failing: disposition: ended as D1, expected D5")
    assert "turn_unused: book" in said[-1]


def test_a_script_that_does_not_load_is_annotated_and_a_good_one_says_nothing(tmp_path: Path) -> None:
    code, said, script = annotated(tmp_path, FAILING.replace("never:", "nevr:"))
    assert code == 1
    (told,) = said
    assert told.startswith(f"::error file={script},line=12,col=3,title=NB121::expect: there is no 'nevr' here")
    assert told.endswith("(hint: did you mean 'never'?)")
    good = FAILING.partition("  disposition")[0] + "  disposition: D1\n"
    assert annotated(tmp_path, good.replace('  book: {press: "1"}\n', ""))[:2] == (0, [])
