"""Red flags under worse and worse lines: asked ratios are kept, the line that changes nothing changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from nightbell.audio.frame import Samples
from nightbell.audio.level import active_dbfs
from nightbell.audio.noise import ratio_db
from nightbell.audio.wav import read_channels
from nightbell.cli.app import build
from nightbell.cli.rehearsing import Plan
from nightbell.flow.load import load_flow
from nightbell.line import opus
from nightbell.rehearsal.condition import Condition
from nightbell.rehearsal.load import load_scripts
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, rehearse
from nightbell.rehearsal.script import Answer, Expect, Impair, Script
from nightbell.rehearsal.sweep.grid import Cell, Grid, played_in
from nightbell.rehearsal.sweep.plot import plot
from nightbell.rehearsal.sweep.score import Point, as_csv, breaking_points, point_of, rates
from nightbell.rehearsal.tiers import LeftOut
from nightbell.terms.disposition import Disposition

AUDIO = Path(__file__).parents[3] / "audio"

WORRIED = Script(
    name="worried",
    about="",
    file="worried.yaml",
    answers=(
        ("reason", (Answer(say="worried"),)),
        ("screen.sight", (Answer(say="yes", red_flag=True, pause_ms=1500),)),
    ),
    expect=Expect(disposition=Disposition.D0, red_flag=True, states=("screen",)),
    tier="audio",
)


def cell(noise: str = "", snr: float | None = None, seed: int = 1, **condition: object) -> Cell:
    return Cell(noise=noise, snr_db=snr, condition=Condition(seed=seed, **condition), seed=seed)  # type: ignore[arg-type]


async def heard(stage: Stage, script: Script) -> Samples:
    result = await rehearse(script, stage)
    assert result.recording is not None
    return read_channels(result.recording)[0]


@pytest.mark.asyncio
async def test_the_line_that_changes_nothing_leaves_every_sample(stage: Stage) -> None:
    (same,) = played_in(cell(), [WORRIED])
    plain = await rehearse(WORRIED, stage)
    swept = await rehearse(same, stage)
    assert plain.recording is not None
    assert swept.recording is not None
    assert plain.recording.read_bytes() == swept.recording.read_bytes()
    (other,) = played_in(cell(codec="alaw"), [WORRIED])
    assert not np.array_equal(await heard(stage, other), await heard(stage, WORRIED))


@pytest.fixture
def outdoors(recordings: Recordings) -> Recordings:
    """The toy's three words among the project's own noises, and people for babble."""
    for path in (AUDIO / "noise", *sorted(AUDIO.glob("message-*.wav"))):
        (recordings.folder / path.name).symlink_to(path)
    return recordings


@pytest.mark.asyncio
@pytest.mark.parametrize("noise", ["white", "pink", "babble", "kitchen", "street", "waiting-room"])
@pytest.mark.parametrize("snr", [20.0, 5.0, 0.0])
async def test_the_ratio_on_the_line_is_the_ratio_asked(
    stage: Stage, toy: Any, outdoors: Recordings, noise: str, snr: float
) -> None:
    """Measured from outside too: the same call twice, once without the caller's words, and the difference."""
    toy.deaf = True  # it knows neither endpoint nor babble, and what it makes of them is not the question
    (script,) = played_in(cell(noise, snr, level_db=-3.0), [replace(WORRIED, limit_ms=20_000)])
    result = await rehearse(script, stage)
    both, turn = read_channels(result.recording or Path())[0], result.turns[0]
    measured = result.measured_db
    dumb = await rehearse(script, replace(stage, mute=True))
    under = read_channels(dumb.recording or Path())[0][turn.start_ms * 8 : turn.end_ms * 8]
    assert dumb.turns[0] == turn
    words = both[turn.start_ms * 8 : turn.end_ms * 8] - under
    assert abs(ratio_db(words, under) - snr) <= 0.5
    assert measured is not None
    assert abs(measured - snr) <= 0.5


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"codec": "opus"}, marks=pytest.mark.opus),
        {"codec": "alaw"},
        {"loss": 0.3, "burst": 3.0},
        {"echo_db": -12.0, "echo_ms": 120},
    ],
    ids=["opus", "alaw", "loss", "echo"],
)
async def test_the_ratio_is_measured_before_the_line_does_its_worst(
    stage: Stage, toy: Any, outdoors: Recordings, line: dict[str, Any]
) -> None:
    toy.deaf = True
    callers = [
        played_in(cell("street", 5.0, **bad), [replace(WORRIED, limit_ms=20_000)])[0]
        for bad in ({}, {**line, "level_db": -3.0}, line)
    ]
    plain, softer, same = [await rehearse(caller, stage) for caller in callers]
    assert plain.measured_db is not None
    assert abs(plain.measured_db - 5.0) <= 0.5
    assert same.measured_db == plain.measured_db, "the room is the same, whatever the line does"
    assert softer.measured_db is not None
    assert abs(softer.measured_db - 5.0) <= 0.5
    one, two = (read_channels(result.recording or Path())[0] for result in (plain, same))
    assert not np.array_equal(one, two), "and the line does something"


@pytest.mark.asyncio
async def test_a_ratio_that_is_not_kept_is_seen(stage: Stage, toy: Any, outdoors: Recordings) -> None:
    """A script's own noise lies under the whole call at one level: what is measured is not what was asked."""
    toy.deaf = True
    noisy = replace(WORRIED, limit_ms=20_000, impair=Impair(noise="street", snr_db=5.0))
    result = await rehearse(noisy, stage)
    assert result.measured_db is not None
    assert abs(result.measured_db - 5.0) > 0.5


@pytest.mark.asyncio
async def test_a_seed_chooses_the_piece_of_a_recorded_noise(stage: Stage, outdoors: Recordings) -> None:
    kitchens = [Impair(noise="kitchen", snr_db=5, seed=seed, exact=True) for seed in (1, 2, 1)]
    one, two, again = (outdoors.bed(impair, [outdoors.words("yes")]) for impair in kitchens)
    assert not np.array_equal(one, two)
    assert np.array_equal(one, again)


@pytest.mark.asyncio
@pytest.mark.parametrize(("level", "delay"), [(-12.0, 120), (-6.0, 250), (-20.0, 0)])
async def test_the_lines_own_words_come_back_as_loud_and_as_late_as_asked(
    stage: Stage, level: float, delay: int
) -> None:
    (script,) = played_in(cell(echo_db=level, echo_ms=delay), [replace(WORRIED, limit_ms=20_000)])
    result = await rehearse(script, stage)
    assert result.measured_db is None, "an echo is no noise of the room"
    caller, line = read_channels(result.recording or Path())
    first, late = int(np.flatnonzero(line)[0]), delay * 8
    assert abs(int(np.flatnonzero(caller)[0]) - first - late) <= 2
    said, back = (samples[at : at + 8000].astype(float) for samples, at in ((line, first), (caller, first + late)))
    share = float(np.dot(said, back) / np.dot(said, said))
    assert abs(20 * np.log10(share) - level) <= 0.5
    assert np.sqrt(np.mean((back - share * said) ** 2)) < 0.05 * np.sqrt(np.mean(back**2))


@pytest.mark.opus
@pytest.mark.asyncio
async def test_a_cell_with_opus_is_another_sound_and_the_same_each_time(stage: Stage) -> None:
    (script,) = played_in(cell(codec="opus"), [WORRIED])
    through = await heard(stage, script)
    assert np.array_equal(through, await heard(stage, script))
    plain = await heard(stage, WORRIED)
    assert not np.array_equal(through[: len(plain)], plain[: len(through)])
    assert abs(active_dbfs(through) - active_dbfs(plain)) < 2


@pytest.mark.asyncio
async def test_a_point_comes_again_from_its_seed_and_another_seed_is_another(stage: Stage) -> None:
    (one,) = played_in(cell("white", 5.0, loss=0.2, burst=2.0), [WORRIED])
    (two,) = played_in(cell("white", 5.0, seed=2, loss=0.2, burst=2.0), [WORRIED])
    first = await heard(stage, one)
    assert np.array_equal(first, await heard(stage, one))
    assert not np.array_equal(first[:8000], (await heard(stage, two))[:8000])


@pytest.mark.parametrize(("share", "burst"), [(0.05, 1.0), (0.2, 4.0)])
def test_as_many_packets_are_lost_as_asked_and_in_such_bursts(share: float, burst: float) -> None:
    lost = Condition(loss=share, burst=burst, seed=3).lost(50_000)
    assert abs(len(lost) / 50_000 - share) < 0.02
    starts = sum(number - 1 not in lost for number in lost)
    assert abs(len(lost) / starts - burst) < 0.35 + (burst == 1.0) * 0.1
    assert Condition().lost(1000) == frozenset()


def test_level_and_speed_are_what_was_asked() -> None:
    words = np.rint(np.sin(np.arange(16_000) / 3) * 6000).astype(np.int16)
    quiet = Condition(level_db=-6.0).words(words)
    assert abs(active_dbfs(words) - active_dbfs(quiet) - 6) < 0.1
    assert abs(len(Condition(speed=1.25).words(words)) - 12_800) <= 1
    assert Condition().words(words) is words


def test_every_value_meets_every_other_and_a_quiet_room_has_no_ratio() -> None:
    grid = Grid(
        noises=("", "pink"),
        snrs_db=(10.0, 0.0),
        codecs=("mulaw", "alaw"),
        echoes=(None, (-12.0, 120)),
        seeds=(1, 2),
    )
    names = [one.name for one in grid.cells()]
    assert len(names) == len(set(names)) == 2 * (1 + 2) * 2 * 2
    assert "quiet alaw, seed 2" in names
    assert "quiet alaw-echo-12db120ms, seed 2" in names
    assert "pink 10 dB, seed 1" in names


def test_a_line_that_comes_up_twice_is_played_once() -> None:
    """Two calls of one name share their records, their recording and their point: one hangs up on the other."""
    twice = Grid(
        noises=("pink", "pink", "", ""),
        snrs_db=(10.0, 10.0, 10.0000001),
        codecs=("mulaw", "mulaw"),
        losses=(0.0, 0.1),
        bursts=(1.0, 4.0),
        levels_db=(0.0, -0.0),
    )
    names = [one.name for one in twice.cells()]
    assert len(names) == len(set(names)) == 2 * 3, "without a loss there are no bursts of it"


def test_a_quiet_room_is_quiet_for_a_script_with_noise_and_echo_of_its_own() -> None:
    noisy = replace(WORRIED, impair=Impair(noise="street", snr_db=5.0), echo=True)
    (quiet,), (pink,) = played_in(cell(), [noisy]), played_in(cell("pink", 5.0), [noisy])
    assert (quiet.impair, quiet.echo) == (None, False)
    assert (pink.impair, pink.echo) == (Impair(noise="pink", snr_db=5.0, seed=1, exact=True), False)


def test_who_says_nothing_is_under_no_noise_and_shows_nothing_of_it() -> None:
    keys = replace(WORRIED, name="keys", answers=(("reason", (Answer(press="9", red_flag=True),)),))
    assert [one.name for one in played_in(cell("pink", 5.0), [WORRIED, keys])] == ["worried@pink-5-dB-seed-1"]
    assert len(played_in(cell(loss=0.1), [WORRIED, keys])) == 2


def test_only_red_flags_are_swept_and_safety_alone_is_judged() -> None:
    benign = replace(WORRIED, name="benign", expect=Expect(disposition=Disposition.D5))
    (swept,) = played_in(cell("pink", 5.0), [WORRIED, benign])
    assert swept.safety_only
    assert swept.expect.states == ()
    assert all(answer.optional for _, many in swept.answers for answer in many)


def points() -> list[Point]:
    missed = {
        ("lip", 10.0): 0,
        ("lip", 5.0): 0,
        ("lip", 0.0): 1,
        ("eye", 10.0): 1,
        ("eye", 5.0): 1,
        ("eye", 0.0): 1,
    }
    return [
        Point(script=name, phrase=name, cell=cell("pink", snr), measured_db=snr + 0.1, missed=bool(gone), why="x")
        for (name, snr), gone in missed.items()
    ]


def test_the_worst_cell_comes_first_with_its_interval() -> None:
    first, *_, last = rates(points())
    assert (first.snr_db, first.missed, first.of) == (0.0, 2, 2)
    assert first.low > 0.3
    assert first.high == 1.0
    assert (last.missed, last.of) == (1, 2)


def test_the_same_call_again_makes_no_interval_narrower() -> None:
    def held(seed: int, loss: float = 0.0) -> Point:
        return Point(
            script="lip", phrase="lip", cell=cell(seed=seed, loss=loss), measured_db=None, missed=False, why=""
        )

    (one,) = rates([held(1)])
    assert rates([held(seed) for seed in range(1, 51)]) == (one,), "nothing is drawn: it is one call"
    assert rates([held(1), replace(held(1), script="eye")])[0].of == 2
    (drawn,) = rates([held(seed, loss=0.1) for seed in range(1, 51)])
    assert drawn.of == 50


def test_a_call_in_which_nobody_was_heard_shows_nothing() -> None:
    void = replace(points()[0], void=True)
    assert rates([*points(), void]) == rates(points())
    assert as_csv([void]).splitlines()[1].endswith(",0,1,0,0,x")


@pytest.mark.parametrize("wrong", [{"broken": True, "missed": False}, {"measured_db": 97.7}, {"measured_db": 9.4}])
def test_a_call_that_broke_or_was_heard_at_another_ratio_counts_nowhere(wrong: dict[str, Any]) -> None:
    extra = replace(points()[0], **({"missed": True} | wrong))
    assert not extra.counts
    assert rates([*points(), extra]) == rates(points())
    assert breaking_points([*points(), extra]) == breaking_points(points())
    head, line = as_csv([extra]).splitlines()
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert (row["broken"], row["off_ratio"]) == (str(int(extra.broken)), str(int(extra.off_ratio)))
    assert "1" in (row["broken"], row["off_ratio"])


@pytest.mark.parametrize("measured", [10.4, 9.6, None])
def test_half_a_decibel_is_as_asked_and_who_says_nothing_has_no_ratio(measured: float | None) -> None:
    assert replace(points()[0], measured_db=measured).counts


@pytest.mark.asyncio
async def test_a_call_that_crashes_or_has_no_end_is_no_missed_red_flag(stage: Stage, toy: Any) -> None:
    (script,) = played_in(cell(), [WORRIED])
    heard_it = point_of(await rehearse(script, stage), cell())
    assert (heard_it.missed, heard_it.void, heard_it.broken) == (False, False, False)
    toy.deaf = True
    assert point_of(await rehearse(script, stage), cell()).missed
    toy.raises = RuntimeError("gone")
    broke = point_of(await rehearse(script, stage), cell())
    assert (broke.missed, broke.void, broke.broken) == (False, False, True)
    toy.raises, toy.never_hangs_up = None, True
    endless = point_of(await rehearse(replace(script, limit_ms=20_000), stage), cell())
    assert (endless.missed, endless.void, endless.broken) == (False, False, True)
    assert "no_end" in endless.why


def test_each_phrase_has_the_ratio_at_which_it_breaks() -> None:
    found = {one.phrase: (one.breaks_db, one.held_db) for one in breaking_points(points())}
    assert found == {"eye": (10.0, None), "lip": (0.0, 5.0)}
    assert [one.phrase for one in breaking_points(points())] == ["eye", "lip"]


def test_the_table_has_a_line_for_each_call_and_the_picture_a_curve(tmp_path: Path) -> None:
    lines = as_csv(points()).splitlines()
    assert len(lines) == 7
    assert lines[1] == "lip,lip,pink,10,10.10,mulaw,0,1,0,1,,,1,0,0,0,0,x"
    picture = tmp_path / "sweep.svg"
    picture.write_text(plot(rates(points()), "toy"), encoding="utf-8")
    tags = [element.tag.rpartition("}")[2] for element in ET.parse(picture).iter()]
    assert tags.count("polyline") == 1
    assert tags.count("circle") == 3
    assert "No noise was swept" in plot([], "toy")


def test_many_curves_are_told_apart_and_none_is_cut_off() -> None:
    lines = [
        replace(points()[0], measured_db=5.0, cell=cell("babble", 5.0, echo_db=-12.0, loss=0.01 * n, burst=4.0))
        for n in range(30)
    ]
    picture = ET.fromstring(plot(rates(lines), "toy"))
    wide, high = map(float, picture.attrib["viewBox"].split()[2:])
    strokes = [
        (element.attrib["stroke"], element.attrib["stroke-dasharray"])
        for element in picture
        if element.tag.endswith("polyline")
    ]
    assert len(set(strokes)) == 30
    for element in picture:
        if element.tag.endswith("text"):
            assert float(element.attrib["y"]) < high
            reach = 7 * len(element.text or "") if "text-anchor" not in element.attrib else 0
            assert float(element.attrib["x"]) + reach <= wide


def test_what_cannot_be_swept_is_told_before_a_call_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["sweep", str(AUDIO.parent / "flows" / "rosewood"), "--report", "nowhere"]
    for wrong in (
        ["--echo", "loud"],
        ["--echo", "6"],
        ["--echo=-6", "--echo-delay", "5000"],
        ["--codec", "g729"],
        *(["--noise", "white", f"--snr={ratio}"] for ratio in ("nan", "inf", "-21", "61")),
        *(["--loss", "0.1", f"--burst={burst}"] for burst in ("0", "-3", "nan", "inf")),
        *([f"--level={level}"] for level in ("nan", "-500", "21")),
        *([f"--speed={speed}"] for speed in ("nan", "0")),
        ["--noise", "../noise/kitchen"],
        ["--noise", "noise/kitchen"],
    ):
        result = CliRunner().invoke(build("sweep"), [*words, *wrong])
        assert (result.exit_code, "Traceback" in result.output) == (2, False), wrong
    monkeypatch.setattr(opus, "_LIBRARY", "libopus-of-nobody.so")
    opus.require_opus.cache_clear()
    result = CliRunner().invoke(build("sweep"), [*words, "--codec", "opus"])
    assert result.exit_code == 3
    assert "apt-get install libopus0" in result.output


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (["booking"], "booking cannot be swept: it has no red flag"),
        (["booking", "white-lip"], "booking cannot be swept: it has no red flag"),
        (["only-keys", "--noise", "pink"], "noise is at a ratio to words, and only-keys says none"),
    ],
)
def test_a_script_that_was_named_and_cannot_be_swept_is_told(tmp_path: Path, named: list[str], told: str) -> None:
    words = ["sweep", str(AUDIO.parent / "flows" / "rosewood"), *named, "--report", str(tmp_path / "report")]
    result = CliRunner().invoke(build("sweep"), words)
    assert (result.exit_code, told in result.output) == (2, True), result.output
    assert not list(tmp_path.rglob("*.csv"))


def test_the_hashes_of_what_was_swept_are_told_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A point comes again from its seed with the same flow, recordings and models alone."""

    async def run(plan: Plan) -> tuple[list[CallResult], list[LeftOut]]:
        recordings = Recordings(plan.audio)
        swept = (plan.derive or (lambda _: ()))(load_scripts(plan.scripts, recordings))
        (plan.begins or (lambda *_: None))(load_flow(plan.flow), swept)
        return [], []

    monkeypatch.setattr("nightbell.cli.sweep.run", run)
    words = ["sweep", str(AUDIO.parent / "flows" / "rosewood"), "white-lip", "--report", str(tmp_path), "--json"]
    result = CliRunner().invoke(build("sweep"), [*words, "--noise", "kitchen"])
    hashes = json.loads(result.stdout.splitlines()[-1])["hashes"]
    assert len(hashes["audio"]) == len(hashes["flow"]) == len(hashes["scripts"]) == 64
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert hashes["audio"] in page
    other = CliRunner().invoke(build("sweep"), [*words, "--noise", "street"])
    assert json.loads(other.stdout.splitlines()[-1])["hashes"]["audio"] != hashes["audio"]
