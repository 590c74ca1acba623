"""Render the callers of audio/callers.yaml as telephone audio; called by scripts/make-callers.

The same voice, text and speed give the same bytes. It needs the environment in var/callers, not the project's.
It does not decide what is said: that is audio/callers.yaml.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import soundfile
import soxr
from kokoro_onnx import Kokoro
from ruamel.yaml import YAML

RATE = 8000
"""Hz: narrow-band telephony."""
BAND_HZ = (300.0, 3400.0)
"""What a telephone lets through (ITU-T G.712)."""
MUMBLE_HZ = 2600.0
"""Above this a mumbled sentence loses the consonants that tell words apart."""
ACTIVE_DBFS = -22.0
"""Level of speech while it is speech."""
MUMBLE_DB = -6.0
MARGIN_MS = 50
"""Silence kept before the first and after the last sound."""
FRAME_MS = 10
LAST_SOUND_DB = 26.0
"""The last sound is the last 10 ms frame within this many dB of the loudest one."""
FAINT_DB = 45.0
"""Trimming is gentler than that, so that a soft last consonant stays."""
SHORT_WORDS = 3
SHORT_FAINT_DB = 30.0
"""After a single word the voice breathes out, and recognisers hear "yes it"; the breath is 30 dB down."""
PEAK = 0.97
BED_DBFS = -30.0
SEED = 1

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance to make."""

    id: str
    group: str
    caller: str
    voice: str
    lang: str
    speed: float
    text: str
    row: str

    @property
    def is_short(self) -> bool:
        """Tell whether it is a word or two: a full stop after them makes the voice breathe out audibly."""
        return len(self.text.split()) <= SHORT_WORDS

    @property
    def recipe(self) -> str:
        """Sum of everything that changes the sound; a line that keeps it is not made again."""
        parts = (
            self.voice,
            self.lang,
            f"{self.speed:.3f}",
            self.text,
            (MUMBLE_HZ, MUMBLE_DB) if self.group == "mumbled" else (),
            self.is_short,
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def main() -> int:
    """Make, or with --check compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    plan = YAML(typ="safe", pure=True).load(options.audio / "callers.yaml")
    manifest = options.audio / "manifest.json"
    known = {row["id"]: row for row in (json.loads(manifest.read_text()) if manifest.exists() else [])}
    if options.check:
        with tempfile.TemporaryDirectory() as folder:
            rows = _make(plan, {}, _kokoro(options.home), Path(folder))
        differing = [row["id"] for row in rows if known.get(row["id"], {}).get("sha256") != row["sha256"]]
        print(f"{len(rows)} made again, {len(differing)} differ: {' '.join(differing)}")
        return 1 if differing else 0
    rows = _make(plan, {} if options.all else known, _kokoro(options.home), options.audio)
    kept = {options.audio / row["file"] for row in rows}
    for stray in options.audio.rglob("*.wav"):
        if stray not in kept:
            stray.unlink()
    listed = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    manifest.write_text(f"[\n{listed}\n]\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in kept)
    print(f"{len(rows)} files, {sum(row['seconds'] for row in rows):.0f} s, {size / 1e6:.1f} MB")
    return 0


def _make(plan: dict[str, Any], known: dict[str, Any], kokoro: Kokoro, folder: Path) -> list[dict[str, Any]]:
    """Make every utterance that is not known to stand in the folder already, then the beds; return their rows."""
    rows: list[dict[str, Any]] = []
    lines = _lines(plan)
    for number, line in enumerate(lines, 1):
        path = folder / f"{line.id}.wav"
        before = known.get(line.id)
        if before and before["recipe"] == line.recipe and _sum_of(path) == before["sha256"]:
            rows.append(before | {"file": path.name, "group": line.group, "row": line.row})
            continue
        path.write_bytes(_wav(_speak(kokoro, line)))
        rows.append(_row(line, path.read_bytes()))
        if number % 20 == 0:
            print(f"  {number} of {len(lines)}", file=sys.stderr)
    for name, bed in plan["beds"].items():
        data = _wav(_bed(bed["kind"], bed["seconds"], bed["seed"], rows, folder))
        (folder / "noise").mkdir(exist_ok=True)
        (folder / "noise" / f"{name}.wav").write_bytes(data)
        rows.append(_bed_row(name, bed, data))
    return rows


def _sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _kokoro(home: Path) -> Kokoro:
    packed = home / "voices.npz"
    if not packed.exists():
        files = sorted((home / "voices").glob("[ab][fm]_*.bin"))
        voices = {path.stem: np.fromfile(path, np.float32) for path in files}
        np.savez(packed, **{name: style.reshape(510, 1, 256) for name, style in voices.items()})
    onnxruntime.set_seed(SEED)
    options = onnxruntime.SessionOptions()
    # One thread: sums are added in one order, so the bytes do not depend on the machine's cores.
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(home / "kokoro.onnx", options, providers=["CPUExecutionProvider"])
    return Kokoro.from_session(session, str(packed))


def _lines(plan: dict[str, Any]) -> list[Line]:
    voices = plan["voices"]

    def line(name: str, group: str, spec: tuple[str, float, str, str]) -> Line:
        caller, speed, text, row = spec
        spoken = voices[caller]
        return Line(name, group, caller, spoken["voice"], spoken["lang"], float(speed), text, row)

    found = [
        line(f"{_slug(text)}-{caller}", "words", (caller, speed, text, ""))
        for text in plan["words"]["texts"]
        for caller, speed in plan["words"]["voices"].items()
    ]
    for group in ("red_flags", "benign", "turns", "mumbled"):
        found += [line(name, group, spec) for name, spec in plan[group].items()]
    names = [one.id for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        sys.exit(f"callers.yaml has two utterances named {', '.join(twice)}")
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower().replace("'", "")).strip("-")


def _speak(kokoro: Kokoro, line: Line) -> Wave:
    text = line.text.rstrip(".") if line.is_short else line.text
    audio, rate = kokoro.create(text, line.voice, line.speed, line.lang)
    wave = soxr.resample(audio.astype(np.float64), rate, RATE, quality="VHQ")
    mumbled = line.group == "mumbled"
    wave = _band(wave, BAND_HZ[0], MUMBLE_HZ if mumbled else BAND_HZ[1])
    wave = _level(_trim(wave, SHORT_FAINT_DB if line.is_short else FAINT_DB), ACTIVE_DBFS)
    return wave * 10 ** (MUMBLE_DB / 20) if mumbled else wave


def _band(wave: Wave, low: float, high: float) -> Wave:
    """Keep a band, with raised-cosine edges, by zeroing the rest of the spectrum: no phase shift."""
    padded = np.concatenate([wave, np.zeros(RATE // 4)])
    spectrum = np.fft.rfft(padded)
    hertz = np.fft.rfftfreq(len(padded), 1 / RATE)
    edge = 60.0
    gain = np.clip((hertz - low + edge) / edge, 0, 1) * np.clip((high + edge - hertz) / edge, 0, 1)
    return np.fft.irfft(spectrum * np.sin(gain * np.pi / 2) ** 2, len(padded))[: len(wave)]


def _frames_db(wave: Wave) -> Wave:
    size = RATE * FRAME_MS // 1000
    count = max(1, len(wave) // size)
    frames = np.resize(wave, count * size).reshape(count, size)
    return 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)


def _trim(wave: Wave, faint_db: float) -> Wave:
    level = _frames_db(wave)
    loud = np.flatnonzero(level > level.max() - faint_db)
    size = RATE * FRAME_MS // 1000
    start, end = loud[0] * size, (loud[-1] + 1) * size
    kept = wave[start:end].copy()
    kept[-2 * size :] *= np.linspace(1, 0, 2 * size)
    margin = np.zeros(RATE * MARGIN_MS // 1000)
    return np.concatenate([margin, kept, margin])


def _level(wave: Wave, dbfs: float) -> Wave:
    """Bring the frames that carry speech (within 20 dB of the loudest) to one level, peaks below full scale."""
    level = _frames_db(wave)
    active = 10 ** (level[level > level.max() - 20] / 10)
    gain = 10 ** ((dbfs - 10 * np.log10(active.mean())) / 20)
    return wave * min(gain, PEAK / np.abs(wave).max())


def _wav(wave: Wave) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.round(wave * 32767).astype(np.int16), RATE, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _last_sound_ms(data: bytes) -> int:
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float64")
    level = _frames_db(samples)
    return int((np.flatnonzero(level > level.max() - LAST_SOUND_DB)[-1] + 1) * FRAME_MS)


def _row(line: Line, data: bytes) -> dict[str, Any]:
    return {
        "id": line.id,
        "file": f"{line.id}.wav",
        "group": line.group,
        "text": line.text,
        "row": line.row,
        "caller": line.caller,
        "voice": line.voice,
        "speed": line.speed,
        "seconds": _seconds(data),
        "last_sound_ms": _last_sound_ms(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "recipe": line.recipe,
    }


def _bed_row(name: str, bed: dict[str, Any], data: bytes) -> dict[str, Any]:
    return {
        "id": name,
        "file": f"noise/{name}.wav",
        "group": "beds",
        "kind": bed["kind"],
        "seed": bed["seed"],
        "seconds": _seconds(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _seconds(data: bytes) -> float:
    return round(soundfile.info(io.BytesIO(data)).duration, 3)


def _bed(kind: str, seconds: int, seed: int, rows: list[dict[str, Any]], folder: Path) -> Wave:
    """Make a noise bed whose end runs into its beginning, so that it can be repeated."""
    random = np.random.default_rng(seed)
    size = seconds * RATE
    if kind == "babble":
        wave = _babble(random, size, rows, folder)
    elif kind == "street":
        wave = _street(random, size)
    else:
        wave = _kitchen(random, size)
    wave = _band(np.tile(wave, 3), *BAND_HZ)[size : 2 * size]
    wave *= 10 ** (BED_DBFS / 20) / np.sqrt(np.mean(wave**2))
    return np.clip(wave, -PEAK, PEAK)


def _pink(random: np.random.Generator, size: int) -> Wave:
    spectrum = np.fft.rfft(random.standard_normal(size))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    wave = np.fft.irfft(spectrum, size)
    return wave / np.sqrt(np.mean(wave**2))


def _kitchen(random: np.random.Generator, size: int) -> Wave:
    """Running water that comes and goes, a hum, and dishes: short inharmonic rings."""
    time = np.arange(size) / RATE
    water = _pink(random, size) * (0.6 + 0.4 * np.sin(2 * np.pi * time * 2 / time[-1]))
    hum = 0.3 * np.sin(2 * np.pi * 100 * time) + 0.2 * np.sin(2 * np.pi * 400 * time)
    wave = 0.7 * water + hum
    ring = np.arange(int(0.25 * RATE)) / RATE
    for start in random.integers(0, size, 26):
        pitch = random.uniform(900, 2600)
        decay = random.uniform(25, 70)
        tones = enumerate((1.0, 1.53, 2.31), 1)
        clink = sum(np.sin(2 * np.pi * pitch * ratio * ring) / order for order, ratio in tones)
        clink = clink * np.exp(-decay * ring) * random.uniform(0.8, 3.0)
        np.add.at(wave, (start + np.arange(len(ring))) % size, clink)
    return wave


def _street(random: np.random.Generator, size: int) -> Wave:
    """A low rumble and cars that pass."""
    time = np.arange(size) / RATE
    wave = _band(_pink(random, size), 60, 800)
    for _ in range(4):
        middle, width = random.uniform(0, time[-1]), random.uniform(0.6, 1.5)
        away = np.minimum(np.abs(time - middle), time[-1] - np.abs(time - middle))
        wave = wave + _pink(random, size) * 1.6 * np.exp(-((away / width) ** 2))
    return wave


def _babble(random: np.random.Generator, size: int, rows: list[dict[str, Any]], folder: Path) -> Wave:
    """Eight voices at once, each talking on; made of the benign sentences, so no red flag hides in the noise."""
    calm = [row["id"] for row in rows if row["group"] == "benign"]
    spoken = [name for name in calm if not name.endswith(("denies", "no-pain"))]
    wave = np.zeros(size)
    for _ in range(8):
        at = int(random.integers(0, size))
        filled = 0
        while filled < size:
            samples, _ = soundfile.read(folder / f"{random.choice(spoken)}.wav", dtype="float64")
            np.add.at(wave, (at + filled + np.arange(len(samples))) % size, samples)
            filled += len(samples)
    return wave


if __name__ == "__main__":
    sys.exit(main())
