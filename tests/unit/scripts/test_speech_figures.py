from __future__ import annotations

from collections import Counter

from scripts.benches._speech_calls import Calls, Turn
from scripts.benches._speech_figures import SHORTEST_TONE_MS, Found, figures_of
from scripts.benches._speech_people import Menu, Sentences
from scripts.benches._speech_stops import Stops
from scripts.figures import Figure, missed


def turn(level: str, kind: str, ms: int, *, stop: int | None = None) -> Turn:
    return Turn(
        level=level,
        place="first_screen.signs.sight",
        what="x",
        keys=kind == "key",
        kind=kind,
        ms=ms,
        decode_ms=5.0,
        right=kind != "rejected",
        barged=True,
        stop_ms=stop,
    )


def found(*, quick: int = 400, noisy: int = 400) -> Found:
    clean = [*(turn("clean", "yes", quick, stop=150) for _ in range(19)), turn("clean", "no", 800, stop=150)]
    levels = {
        "clean": Calls([*clean, turn("clean", "open", 1200)], 0, []),
        "20 dB": Calls([turn("20 dB", kind, 450, stop=150) for kind in ("menu", "no", "open")], 0, []),
        "10 dB": Calls([turn("10 dB", "menu", noisy)], 3, []),
    }
    keyed = {form: Calls([turn(form, "key", 60, stop=60)], 0, []) for form in ("event", "inband", "clock")}
    menu = Menu(
        {
            "digit": Counter(right=8, wrong=1, rejected=1),
            "yesno": Counter(right=1),
            "word": Counter(wrong=1, rejected=9),
            "oog": Counter(rejected=100),
        },
        seconds=100.0,
        cpu=4.0,
    )
    sentences = [
        Sentences(level, flags=2, found=1, calm=1, late_ms=[1000], seconds=10.0, cpu=1.0) for level in levels
    ]
    stops = [Stops("kitchen", recorded=True, speech=False, below_db=10, playbacks=200, stopped=1)]
    stops.append(Stops("kitchen", recorded=True, speech=False, below_db=0, playbacks=10, stopped=5))
    stops.append(Stops("waiting room", recorded=False, speech=True, playbacks=10, stopped=9))
    return Found(levels, levels["clean"], keyed, stops, sentences, menu)


def named(figures: list[Figure], name: str) -> Figure:
    (figure,) = [each for each in figures if each.name == name]
    return figure


def test_every_goal_is_met_by_figures_within_it() -> None:
    figures = figures_of(found())
    assert missed(figures) == []
    assert named(figures, "menu or yes, p95, clean").value == 400
    assert named(figures, "digits, yes, no: right").value == 900 / 11
    assert named(figures, "false stops, all noise but speech").value == 0.5, "people talking are told apart"
    assert named(figures, "false stops, noise as loud as a caller").value == 50
    assert named(figures, "closed recognition on one core").value == 25


def test_a_slow_answer_misses_where_goals_hold_and_is_reported_where_they_do_not() -> None:
    assert missed(figures_of(found(quick=900))) == ["menu or yes, p50, clean", "menu or yes, p95, clean"]
    slow = figures_of(found(noisy=5000))
    assert missed(slow) == []
    assert named(slow, "menu or yes, p95, 10 dB").value == 5000


def test_a_tone_is_timed_from_the_end_of_the_shortest_press() -> None:
    assert SHORTEST_TONE_MS == 40
    assert named(figures_of(found()), "key to prompt, p95, tones").value == 20


def test_what_could_not_be_measured_misses_its_goal() -> None:
    silent = found()
    nothing = Found({"clean": Calls([], 0, [])}, silent.paced, silent.keys, silent.stops, silent.sentences, None)
    assert "menu or yes, p50, clean" in missed(figures_of(nothing))
