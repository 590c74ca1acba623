"""Figures of the speech bench: what was found, put beside the goals and what others publish. It measures nothing.

The peers' figures are published ones, of other systems on other recordings: a scale, not like for like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scripts.benches._speech_calls import Calls, Turn
from scripts.benches._speech_people import Menu, Sentences
from scripts.benches._speech_stops import Stops
from scripts.figures import Figure

from nightbell.audio.frame import FRAME_MS, RATE
from nightbell.speech.dtmf import HITS, HOP, WINDOW

__all__ = ["GOAL_LEVELS", "Found", "figures_of"]

GOAL_LEVELS: Final = ("clean", "20 dB")
"""Levels of noise at which the goals hold; the others are reported."""
GOAL_BELOW_DB: Final = 10.0
"""The goal of false stops holds for noise this far below a caller or further."""
SHORTEST_TONE_MS: Final = (WINDOW + (HITS - 1) * HOP) * 1000 // RATE
"""Tone that the key detector needs: a press in the sound cannot be known before it has passed."""

PEER_AGENTS_P50: Final = "published voice agents on the telephone: 1,296 to 1,740 (openbenchmarks-labs 2026)"
PEER_AGENTS_P95: Final = "the same: 1,768 to 2,259"
PEER_TEXT: Final = "published, speech to final text p95: 298 to 1,527 (pipecat stt-benchmark)"
PEER_PAUSE: Final = "published, end-pointing by silence: 500 to 800 (bolna.ai)"
PEER_SIZING: Final = "Vosk's maker: about 2 calls to a core, large model"
PEER_MENU: Final = "pocketsphinx, like recordings: right 26, foreign accepted 92 to 98 %"
CPU: Final = "CPU time of its process"


@dataclass(frozen=True, slots=True)
class Found:
    """What the parts of the bench found."""

    calls: Mapping[str, Calls]
    """Level of noise -> calls in audio time."""
    paced: Calls
    keys: Mapping[str, Calls]
    """event and inband (tones), in audio time; clock: events, by the clock."""
    stops: Sequence[Stops]
    sentences: Sequence[Sentences]
    menu: Menu | None
    """None where the recordings of people are missing."""


def figures_of(found: Found) -> list[Figure]:
    """Return every figure, in the order in which they are read."""
    figures = []
    for level, calls in found.calls.items():
        figures += _answers(level, calls)
        figures += _open(level, calls, [each for each in found.sentences if each.level == level])
    figures += [*_paced(found.paced), *_keys(found.keys)]
    for level, calls in found.calls.items():
        figures += _stopping(level, calls)
    figures += [*_false_stops(found.stops), *_speed(found), *_people(found.menu), *_flags(found.sentences)]
    return figures


def _answers(level: str, calls: Calls) -> list[Figure]:
    timed = [turn for turn in calls.turns if turn.ms is not None and not turn.keys]
    quick = [turn for turn in timed if turn.kind in {"menu", "yes"}]
    slow = [turn for turn in timed if turn.kind == "no" and ".signs." in turn.place]
    held = level in GOAL_LEVELS
    judged = [turn for turn in calls.turns if turn.right is not None and not turn.keys]
    return [
        _at(f"menu or yes, p50, {level}", _ms(quick), 50, 500 if held else None, PEER_AGENTS_P50),
        _at(f"menu or yes, p95, {level}", _ms(quick), 95, 700 if held else None, PEER_AGENTS_P95),
        _at(f"  decoding p95 (wall), {level}", _decode(quick), 95),
        _at(f"no in a screen, p95, {level}", _ms(slow), 95, 900 if held else None, PEER_AGENTS_P95),
        _at(f"  decoding p95 (wall), no, {level}", _decode(slow), 95),
        _percent(f"answers understood at once, {level}", [turn.right is True for turn in judged]),
        Figure(f"calls that broke, {level}", len(calls.crashed), at_most=0),
    ]


def _open(level: str, calls: Calls, sentences: Sequence[Sentences]) -> list[Figure]:
    asked = [turn for turn in calls.turns if turn.kind == "open" and turn.ms is not None]
    other = [turn for turn in calls.turns if turn.kind == "rejected" and turn.ms is not None]
    # From the frame in which the ears tell an utterance to the first sample of the answer is one tick.
    times = [*_ms(asked), *(float(late + FRAME_MS) for each in sentences for late in each.late_ms)]
    decode = [*_decode(asked), *(took for each in sentences for took in each.decode_ms)]
    goal = 1500 if level in GOAL_LEVELS else None
    return [
        _at(f"open question, p50, {level}", times, 50, None, PEER_AGENTS_P50),
        _at(f"open question, p95, {level}", times, 95, goal, PEER_TEXT),
        _at(f"  decoding p95 (wall), open, {level}", decode, 95),
        _at(f"answer that is in no grammar, p95, {level}", _ms(other), 95),
    ]


def _paced(calls: Calls) -> list[Figure]:
    timed = [turn for turn in calls.turns if turn.ms is not None]
    quick = [turn for turn in timed if turn.kind in {"menu", "yes"}]
    slow = [turn for turn in timed if turn.kind == "no"]
    return [
        _at("menu or yes, p95, by the clock", _ms(quick), 95, None, "decoding and commits included"),
        _at("no in a screen, p95, by the clock", _ms(slow), 95, None, "decoding and commits included"),
    ]


def _keys(keys: Mapping[str, Calls]) -> list[Figure]:
    events, tones, clock = (keys[form].turns for form in ("event", "inband", "clock"))
    about = f"from {SHORTEST_TONE_MS} ms of tone on"
    heard, cut = ([ms - SHORTEST_TONE_MS for ms in found] for found in (_ms(_pressed(tones)), _stop(tones)))
    return [
        _at("key to prompt, p95, events", _ms(_pressed(events)), 95, 60),
        _at("key to prompt, p95, events by the clock", _ms(_pressed(clock)), 95, None, "commits included"),
        _at("key to prompt, p95, tones", heard, 95, None, about),
        _at("prompt stops after a key, p95, events", _stop(events), 95, 60),
        _at("prompt stops after a key, p95, tones", cut, 95, None, about),
        _percent("keys taken, events", [turn.kind == "key" for turn in events if turn.keys]),
        _percent("keys taken, tones", [turn.kind == "key" for turn in tones if turn.keys]),
    ]


def _stopping(level: str, calls: Calls) -> list[Figure]:
    barged = [turn for turn in calls.turns if turn.barged and not turn.keys]
    goal = 200 if level in GOAL_LEVELS else None
    return [
        _at(f"prompt stops after speech, p50, {level}", _stop(barged), 50, goal),
        _at(f"prompt stops after speech, p95, {level}", _stop(barged), 95, goal, PEER_PAUSE),
        _percent(f"speech that stopped the prompt, {level}", [turn.stop_ms is not None for turn in barged]),
        Figure(f"prompts cut before the caller spoke, {level}", calls.early_stops),
    ]


def _false_stops(stops: Sequence[Stops]) -> list[Figure]:
    quiet = [each for each in stops if not each.speech and each.below_db >= GOAL_BELOW_DB]
    recorded = [each for each in quiet if each.recorded]
    figures = [_stopped("false stops, recorded noise", recorded, at_most=1)] if recorded else []
    figures.append(_stopped("false stops, all noise but speech", quiet, at_most=1))
    loud = [each for each in stops if not each.speech and each.below_db < GOAL_BELOW_DB]
    figures.append(_stopped("false stops, noise as loud as a caller", loud))
    names = dict.fromkeys(each.noise for each in stops)
    return [*figures, *(_stopped(f"  {name}", [each for each in stops if each.noise == name]) for name in names)]


def _speed(found: Found) -> list[Figure]:
    seconds, cpu = sum(each.seconds for each in found.sentences), sum(each.cpu for each in found.sentences)
    opened = Figure("open recognition on one core", _ratio(seconds, cpu), "x real time", at_least=5, peer=CPU)
    if found.menu is None:
        return [opened]
    closed = _ratio(found.menu.seconds, found.menu.cpu)
    name, about = "closed recognition on one core", f"{CPU}; {PEER_SIZING}"
    return [Figure(name, closed, "x real time", at_least=5, peer=about), opened]


def _people(menu: Menu | None) -> list[Figure]:
    if menu is None:
        return []
    figures = []
    for name, kinds in (("digits, yes, no", ("digit", "yesno")), ("digits", ("digit",)), ("yes, no", ("yesno",))):
        for what in ("right", "wrong", "rejected"):
            share, total = menu.share(what, *kinds)
            goal = 77.0 if what == "right" and len(kinds) > 1 else None
            about = f"{total} people's recordings" + (f"; {PEER_MENU}" if goal else "")
            figures.append(Figure(f"{name}: {what}", share, "%", at_least=goal, peer=about))
    for name, kind, most in (("coffee orders", "oog", 2.0), ("foreign words", "word", 15.0)):
        share, total = menu.share("wrong", kind)
        figures.append(Figure(f"{name}: accepted", share, "%", at_most=most, peer=f"{total} people's recordings"))
    return figures


def _flags(sentences: Sequence[Sentences]) -> list[Figure]:
    figures = []
    for each in sentences:
        clean = each.level == "clean"
        found, false = _share(each.found, each.flags), _share(each.false, each.calm)
        about, calm = f"{each.found} of {each.flags} sentences", f"{each.false} of {each.calm} sentences"
        figures += [
            Figure(f"red flags found, {each.level}", found, "%", peer=about),
            Figure(f"calm sentences that flag, {each.level}", false, "%", at_most=0 if clean else None, peer=calm),
        ]
    return figures


def _pressed(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.kind == "key" and turn.ms is not None]


def _ms(turns: Sequence[Turn]) -> list[float]:
    return [float(turn.ms) for turn in turns if turn.ms is not None]


def _stop(turns: Sequence[Turn]) -> list[float]:
    return [float(turn.stop_ms) for turn in turns if turn.stop_ms is not None]


def _decode(turns: Sequence[Turn]) -> list[float]:
    return [turn.decode_ms for turn in turns if turn.decode_ms is not None]


def _at(name: str, values: Sequence[float], percent: int, goal: float | None = None, peer: str = "") -> Figure:
    """Return a percentile that was really measured."""
    value = float(np.percentile(values, percent, method="inverted_cdf")) if values else None
    about = f"{len(values)} turns" + (f"; {peer}" if peer else "")
    return Figure(name, value, "ms", at_most=goal, peer=about)


def _percent(name: str, facts: Sequence[bool]) -> Figure:
    return Figure(name, _share(sum(facts), len(facts)), "%", peer=f"{sum(facts)} of {len(facts)}")


def _stopped(name: str, stops: Sequence[Stops], *, at_most: float | None = None) -> Figure:
    playbacks, stopped = sum(each.playbacks for each in stops), sum(each.stopped for each in stops)
    about = f"{stopped} of {playbacks} prompts of 6 s"
    return Figure(name, _share(stopped, playbacks), "%", at_most=at_most, peer=about)


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _ratio(seconds: float, cpu: float) -> float | None:
    return seconds / cpu if cpu else None
