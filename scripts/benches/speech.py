"""How soon a caller is answered and a prompt stops, and how well people and red flags are heard.

Everything is what a live call uses: conversation, ears, recognisers, voice activity, prompts and records. Times
are audio time, from the last sound of the clean recording (the last 10 ms within 26 dB of its peak) to the first
sample of the answer; decoding wall time stands beside them, and some calls are paced by the clock. Noise is mixed
in by seed.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from scripts.benches._speech_calls import Bank, Calls, Clip, key_script, phone, scripts_for
from scripts.benches._speech_figures import GOAL_LEVELS, Found, figures_of
from scripts.benches._speech_people import Sentences, hear_sentences, score_people
from scripts.benches._speech_stops import Stops, echo_stops, false_stops, noises
from scripts.figures import Figure

from nightbell.bootstrap.nightbell import Nightbell, open_nightbell
from nightbell.errors import ModelMissing
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.line.handset import KeyForm
from nightbell.rehearsal.script import Impair
from nightbell.settings import load_settings
from nightbell.speech.decoder_process import DecoderHost
from nightbell.speech.moonshine import MoonshineRecogniser
from nightbell.speech.silero import ActivityBatch

MINUTES = 7.0
ROOT: Final = Path(__file__).parents[2]
FLOW: Final = ROOT / "flows" / "rosewood"
AUDIO: Final = ROOT / "audio"
PEOPLE: Final = ROOT.parent / "shared" / "audio"
LEVELS: Final[tuple[tuple[str, float | None], ...]] = (("clean", None), ("20 dB", 20.0), ("10 dB", 10.0))
NOISES: Final = ("pink",)
"""Besides the beds of the caller audio."""
KEY_CALLS: Final = 4
PACED_VOICES: Final = 2
JOBS: Final = 2


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Measure it all."""
    with tempfile.TemporaryDirectory(prefix="nightbell-bench-") as folder:
        return asyncio.run(_measure(Path(folder), say))


async def _measure(folder: Path, say: Callable[[str], None]) -> list[Figure]:
    flow = load_flow(FLOW)
    bank = Bank(AUDIO, flow)
    fresh = {"records": f"sqlite+aiosqlite:///{folder / 'records.sqlite3'}", "spill_dir": folder / "spill"}
    settings = load_settings().model_copy(update=fresh)
    async with open_nightbell(settings) as night:
        if not night.hears:
            raise ModelMissing("there is no recogniser to measure", provider="vosk", hint="run nightbell setup")
        desk = await night.prepare(flow, FLOW)
        say("key presses, and callers paced by the clock")
        async with asyncio.TaskGroup() as group:
            clock = group.create_task(_keyed(night, flow, bank, folder, "event", paced=True))
            spoken = group.create_task(_spoken(night, flow, bank, folder))
        keys = {
            "event": await _keyed(night, flow, bank, folder, "event"),
            "inband": await _keyed(night, flow, bank, folder, "inband"),
            "clock": clock.result(),
        }
        calls: dict[str, Calls] = {}
        for level, snr in LEVELS:
            voices = bank.voices if level in GOAL_LEVELS else bank.voices[::2]
            say(f"calls of {len(voices)} voices, {level}")
            scripts = [
                script
                for number, voice in enumerate(voices)
                for script in scripts_for(
                    bank, voice, level=level, impair=_impair(bank, snr, number), flags=_group(bank, "red_flags")
                )
            ]
            calls[level] = await phone(night, flow, bank, scripts, folder, level=level, paced=False, jobs=JOBS)
        say("noise under prompts")
        asked = [play for play in bank.plays.values() if play.state in {"reason", "screen"}]
        prompts = [await desk.samples(play.prompt, play.segments) for play in asked]
        stops = await _false_stops(prompts, bank)
    sentences = await _sentences(flow, bank, say)
    menu = None
    if (PEOPLE / "manifest.jsonl").is_file():
        async with DecoderHost(settings.models_dir / "vosk-en") as host:
            menu = await score_people(host, PEOPLE, bank.confidence("reason"), say)
    else:
        say(f"SKIPPED: the recordings of people are not at {PEOPLE}")
    return figures_of(Found(calls, spoken.result(), keys, stops, sentences, menu))


async def _keyed(
    night: Nightbell, flow: Flow, bank: Bank, folder: Path, form: KeyForm, *, paced: bool = False
) -> Calls:
    """Key calls through from end to end."""
    scripts = [key_script(bank, number, form) for number in range(KEY_CALLS)]
    level = f"{form}, paced" if paced else form
    return await phone(night, flow, bank, scripts, folder, level=level, paced=paced, jobs=KEY_CALLS)


async def _spoken(night: Nightbell, flow: Flow, bank: Bank, folder: Path) -> Calls:
    """Let a few callers answer in real time."""
    flags = _group(bank, "red_flags")
    scripts = [
        scripts_for(bank, voice, level="paced", impair=None, flags=flags)[0]
        for voice in bank.voices[:PACED_VOICES]
    ]
    return await phone(night, flow, bank, scripts, folder, level="paced", paced=True, jobs=PACED_VOICES)


def _impair(bank: Bank, snr: float | None, seed: int) -> Impair | None:
    names = (*bank.beds, *NOISES)
    return None if snr is None else Impair(noise=names[seed % len(names)], snr_db=snr, seed=seed)


def _group(bank: Bank, group: str) -> list[Clip]:
    return [clip for clip in bank.clips if clip.group == group]


async def _false_stops(prompts: Sequence[np.ndarray], bank: Bank) -> list[Stops]:
    rows = json.loads((AUDIO / "manifest.json").read_text(encoding="utf-8"))
    beds = [(row["file"], row["kind"]) for row in rows if row["group"] == "beds"]
    listen = next(listen for place, listen in bank.listens.items() if place.endswith("/open"))
    activity = ActivityBatch()
    stops = [
        await false_stops(found, noise, prompts, listen, activity) for found, noise in noises(AUDIO, beds, PEOPLE)
    ]
    return [*(each for levels in stops for each in levels), await echo_stops(prompts, listen, activity)]


async def _sentences(flow: Flow, bank: Bank, say: Callable[[str], None]) -> list[Sentences]:
    clips = [
        (clip.name, clip.group == "red_flags") for clip in bank.clips if clip.group in {"red_flags", "benign"}
    ]
    listen = next(listen for place, listen in bank.listens.items() if place.endswith("/open"))
    recogniser = MoonshineRecogniser()
    results = []
    try:
        await recogniser.transcribe(bank.recordings.words(clips[0][0]))  # loads the model
        for level, snr in LEVELS:
            say(f"{len(clips)} sentences, {level}")
            impairs = [each for n in range(len(clips)) if (each := _impair(bank, snr, n)) is not None]
            results.append(
                await hear_sentences(
                    recogniser, flow, bank.recordings, clips, listen, level=level, impairs=impairs
                )
            )
    finally:
        await recogniser.close()
    return results
