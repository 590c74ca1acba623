from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nightbell.audio.edges import silence
from nightbell.audio.frame import Samples
from nightbell.audio.level import active_dbfs, rms_dbfs
from nightbell.audio.wav import write_wav
from nightbell.document.diagnostic import Diagnostic
from nightbell.errors import AudioError, ScriptError
from nightbell.rehearsal.load import find_scripts, load_script, load_scripts
from nightbell.rehearsal.places import Places
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.script import Impair
from nightbell.terms.disposition import Disposition

PLACES = Places(
    states={"reason": frozenset(), "screen": frozenset({"sight", "pain"}), "book": frozenset()},
    prompts=frozenset({"reason", "book"}),
    results={"area": frozenset({"lip", "nose"})},
)

GOOD = """\
script: lip
about: White, painful lip
row: "3"
caller: {number: "+447700900123"}
impair: {noise: pink, snr_db: 10, seed: 7}
fakes: {history: {contacts_96h: 1}, escalation: {acknowledged_after: 20s}}
answers:
  reason: {say: lip-words, red_flag: true}
  screen.sight: [{silence: true}, {press: "1", pause_ms: 400}]
default: {press: "2"}
expect: {at_least: D1, red_flag: true, states: [reason, screen], never: [book]}
"""


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    words = np.rint(np.sin(np.arange(8000) / 3) * 6000).astype(np.int16)
    write_wav(tmp_path / "lip-words.wav", words)
    write_wav(tmp_path / "nothing.wav", silence(500))
    return Recordings(tmp_path)


def write(folder: Path, text: str, name: str = "lip") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, recordings: Recordings) -> list[str]:
    with pytest.raises(ScriptError) as error:
        load_script(path, recordings, PLACES)
    return [str(fault).removeprefix(f"{path}:") for fault in error.value.diagnostics]


def test_script_is_read_whole(tmp_path: Path, recordings: Recordings) -> None:
    script = load_script(write(tmp_path, GOOD), recordings, PLACES)
    assert script.expect.disposition is Disposition.D1
    assert script.expect.at_least
    assert script.expect.label == "D1+"
    assert script.caller == "+447700900123"
    assert script.impair == Impair(noise="pink", snr_db=10.0, seed=7)
    assert (script.fakes.contacts_96h, script.fakes.acknowledged_after_ms) == (1, 20_000)
    key, answers = script.answers_at("screen", "sight")
    assert key == "screen.sight"
    assert [answer.what for answer in answers] == ["is silent", "presses 1"]
    assert answers[1].pause_ms == 400
    assert script.answers_at("screen", "pain") == ("", ())
    assert script.said == ("lip-words",)


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path, recordings: Recordings) -> None:
    text = (
        GOOD.replace("noise: pink", "noise: seaside")
        .replace("say: lip-words", "say: lost")
        .replace("screen.sight", "screen.smell")
        .replace("never: [book]", "never: [garden]")
    )
    found = faults(write(tmp_path, text), recordings)
    assert [fault.split(" ")[1] for fault in found] == ["NB203", "NB203", "NB130", "NB130"]
    assert [fault.split(":")[0] for fault in found] == ["5", "8", "9", "11"]


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("expect: {at_least: D1, red_flag: true,", "expect: {red_flag: true,", "11:9", "NB201"),
        ("at_least: D1,", "at_least: D1, disposition: D1,", "11:9", "NB201"),
        ("at_least: D1,", "at_least: D7,", "11:20", "NB124"),
        ("red_flag: true, states", "red_flag: true, paged: false, states", "11:9", "NB205"),
        ("red_flag: true, states", "states", "8:3", "NB205"),
        ("say: lip-words, red_flag: true", "say: lip-words", "11:24", "NB205"),
        ('{press: "2"}', "{}", "10:10", "NB202"),
        ('{press: "2"}', "{press: 2a}", "10:18", "NB140"),
        ("{silence: true}", "{silence: true, say: lip-words}", "9:18", "NB202"),
        ("say: lip-words", "shout: lip-words", "8:12", "NB121"),
        ("say: lip-words", "press: '9'", "5:1", "NB207"),
        ("say: lip-words", "say: nothing", "8:3", "NB204"),
        ("script: lip", "script: other", "1:1", "NB206"),
        ("acknowledged_after: 20s", "acknowledged_after: soon", "6:70", "NB124"),
        ('"+447700900123"', '"0770"', "4:18", "NB124"),
    ],
)
def test_fault(tmp_path: Path, recordings: Recordings, *, old: str, new: str, place: str, code: str) -> None:
    assert old in GOOD
    found = faults(write(tmp_path, GOOD.replace(old, new)), recordings)
    assert [fault.split(" ")[:2] for fault in found] == [[place, code]]


@pytest.mark.parametrize(
    "empty",
    [
        "states: []",
        "never: []",
        "heard: {}",
        "prompts_heard: []",
        "prompts_heard: {}",
        "eventually: []",
        'final: ""',
        'effects: ""',
        "turns: {}",
        "turns: {at_least: 0}",
    ],
)
def test_an_expectation_that_is_given_and_empty_is_refused(
    tmp_path: Path, recordings: Recordings, empty: str
) -> None:
    good = GOOD.partition("expect:")[0] + "expect:\n  at_least: D1\n  red_flag: true\n"
    (fault,) = faults(write(tmp_path, f"{good}  {empty}\n"), recordings)
    place, code, words = fault.split(" ", 2)
    assert (place, code) == (f"14:{len(empty.partition(' ')[0]) + 4}", "NB201")
    assert words.startswith("nothing is asserted here")


def test_turns_to_the_page_are_no_assertion_without_a_red_flag(tmp_path: Path, recordings: Recordings) -> None:
    calm = f"{CALM}expect: {{disposition: D5, within_turns: 1}}\n"
    (fault,) = faults(write(tmp_path, calm), recordings)
    assert fault.startswith("8:27 NB205 within_turns without red_flag: true")


def test_a_default_that_is_flagged_is_a_flag(tmp_path: Path, recordings: Recordings) -> None:
    flagged = GOOD.replace('default: {press: "2"}', 'default: {press: "2", red_flag: true}')
    unexpected = flagged.replace(", red_flag: true}\n  screen", "}\n  screen").replace(
        "red_flag: true, states", "states"
    )
    (fault,) = faults(write(tmp_path, unexpected), recordings)
    assert fault.startswith("10:1 NB205 a flagged turn that is not expected")
    alone = flagged.replace(", red_flag: true}\n  screen", "}\n  screen")
    assert load_script(write(tmp_path, alone), recordings, PLACES).expect.red_flag


QUIET = GOOD.replace("impair: {noise: pink, snr_db: 10, seed: 7}", "echo: false")
CALM = QUIET.partition("answers:")[0] + 'answers: {reason: {press: "1"}}\n'


@pytest.mark.parametrize(
    ("head", "expect"),
    [
        ("", "{at_least: D5}"),
        ("", "{at_least: D5, within_turns: 1, turns: {at_least: 0}}"),
        ("", "{at_least: D5, eventually: [{disposition: D5}]}"),
        ("tier: text\n", "{at_least: D5, prompts_heard: [reason], answered_within: 2s}"),
    ],
)
def test_what_every_call_does_is_no_assertion(
    tmp_path: Path, recordings: Recordings, head: str, expect: str
) -> None:
    found = faults(write(tmp_path, f"{CALM}{head}expect: {expect}\n"), recordings)
    assert [fault.split(" ")[1] for fault in found] == ["NB201"]


@pytest.mark.parametrize(
    "more",
    [
        "paged: false",
        "final: book",
        "turns: {at_most: 3}",
        "eventually: [{page: D5}]",
        "eventually: [{disposition: D5, within: 9s}]",
        "said_emergency: false",
        "never: [book]",
    ],
)
def test_the_least_urgent_end_with_something_else_is_one(
    tmp_path: Path, recordings: Recordings, more: str
) -> None:
    load_script(write(tmp_path, f"{CALM}expect: {{at_least: D5, {more}}}\n"), recordings, PLACES)


@pytest.mark.parametrize(
    ("expect", "code", "message", "hint"),
    [
        ("prompts_heard: [reson]", "NB216", "no prompt 'reson'", "did you mean 'reason'? there are: book, reason"),
        ("eventually: {prompt: x}", "NB216", "no prompt 'x'", "there are: book, reason"),
        ("eventually: {result: zone}", "NB216", "no result 'zone'", "there are: area"),
        ("eventually: {result: area, category: lips}", "NB216", "area is never 'lips'", "did you mean 'lip'?"),
        ("heard: {raeson: match}", "NB130", "no place 'raeson'", "did you mean 'reason'?"),
        ("heard: {screen.smell: match}", "NB130", "no place 'screen.smell'", "screen asks: pain, sight"),
        ("states: [scren]", "NB130", "no state 'scren'", "did you mean 'screen'?"),
    ],
)
def test_what_the_flow_does_not_have_cannot_be_expected(
    tmp_path: Path, recordings: Recordings, *, expect: str, code: str, message: str, hint: str
) -> None:
    with pytest.raises(ScriptError) as error:
        load_script(write(tmp_path, f"{CALM}expect: {{disposition: D5, {expect}}}\n"), recordings, PLACES)
    (fault,) = error.value.diagnostics
    assert isinstance(fault, Diagnostic)
    assert fault.code == code
    assert message in fault.message
    assert hint in fault.hint


def test_a_script_without_expectations_does_not_load(tmp_path: Path, recordings: Recordings) -> None:
    found = faults(write(tmp_path, GOOD[: GOOD.index("expect:")]), recordings)
    assert len(found) == 1
    assert "NB122 expect" in found[0]


def test_faults_of_many_scripts_come_together(tmp_path: Path, recordings: Recordings) -> None:
    first = write(tmp_path, "script: a\n", "a")
    second = write(tmp_path, "script: b\n", "b")
    with pytest.raises(ScriptError) as error:
        load_scripts([first, second], recordings)
    files = {str(fault).split(":")[0] for fault in error.value.diagnostics}
    assert files == {str(first), str(second)}


def test_scripts_are_found_by_name_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    write(tmp_path / "calls", GOOD)
    assert [path.stem for path in find_scripts(tmp_path, [])] == ["lip"]
    assert [path.stem for path in find_scripts(tmp_path, ["lip"])] == ["lip"]
    with pytest.raises(ScriptError, match="gone"):
        find_scripts(tmp_path, ["gone"])
    with pytest.raises(ScriptError, match="no call script"):
        find_scripts(tmp_path / "calls", [])


@pytest.mark.parametrize("noise", ["pink", "white", "babble"])
def test_bed_lies_at_the_asked_ratio_below_the_words(recordings: Recordings, noise: str) -> None:
    words = recordings.words("lip-words")
    impair = Impair(noise=noise, snr_db=10, seed=7)
    bed = recordings.bed(impair, [words])
    assert active_dbfs(words) - rms_dbfs(bed) == pytest.approx(10, abs=0.5)
    assert np.array_equal(bed, recordings.bed(impair, [words]))


def click() -> Samples:
    noise = silence(20_000)
    noise[8_000:8_100] = 12_000
    return noise


@pytest.mark.parametrize("noise", [silence(5_000), click()])
def test_a_noise_that_does_not_sound_is_none(tmp_path: Path, recordings: Recordings, noise: Samples) -> None:
    (tmp_path / "noise").mkdir()
    write_wav(tmp_path / "noise" / "kitchen.wav", noise)
    found = faults(write(tmp_path, GOOD.replace("noise: pink", "noise: kitchen")), recordings)
    assert [fault.split(" ")[:2] for fault in found] == [["5:10", "NB204"]]
    assert "the noise kitchen is silent" in found[0]
    for exact in (False, True):
        with pytest.raises(AudioError, match="kitchen is silent"):
            recordings.bed(Impair(noise="kitchen", snr_db=10, exact=exact), [recordings.words("lip-words")])


def test_one_file_named_twice_is_played_once(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    path = write(calls, GOOD)
    assert find_scripts(tmp_path, ["lip", "lip", str(path), str(calls / ".." / "calls" / "lip.yaml")]) == (path,)


def test_two_files_of_one_name_would_share_a_journal(tmp_path: Path) -> None:
    paths = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paths.append(str(write(tmp_path / name, GOOD)))
    with pytest.raises(ScriptError, match=f"two scripts are called lip: {paths[0]} and {paths[1]}"):
        find_scripts(tmp_path, paths)


@pytest.mark.parametrize("ending", ["yml", "YAML"])
def test_a_script_that_would_never_be_played_is_refused(tmp_path: Path, ending: str) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    write(calls, GOOD)
    odd = calls / f"odd.{ending}"
    odd.write_text(GOOD, encoding="utf-8")
    for names in ([], [str(odd)]):
        with pytest.raises(ScriptError, match=f"not the name of a call script: {odd}") as error:
            find_scripts(tmp_path, names)
        assert error.value.hint == "it ends in .yaml: rename it"
    assert find_scripts(tmp_path, ["lip"]) == (calls / "lip.yaml",)


def test_scripts_in_a_folder_of_their_own_would_never_be_played(tmp_path: Path) -> None:
    below = tmp_path / "calls" / "nights" / "late"
    below.mkdir(parents=True)
    write(tmp_path / "calls", GOOD)
    paths = [below / f"{name}.yaml" for name in ("a", "b", "c", "d")]
    for path in paths:
        path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScriptError, match=f"never played: {paths[0]}, .* and 1 more") as error:
        find_scripts(tmp_path, [])
    assert "put it there, or elsewhere" in str(error.value.hint)
