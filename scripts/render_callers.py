"""Render the callers of audio/callers.yaml and flows/*/callers as telephone audio; called by scripts/make-callers.

The same voice, text and speed give the same bytes. It needs the environment in var/callers, not the project's.
It does not decide what is said or by whom: that is ``caller_lines.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime
import soundfile
import soxr
from caller_lines import MUMBLED, Line, all_lines
from caller_sounds import BAND_HZ, PEAK, RATE, Wave, band, bed, sound
from kokoro_onnx import Kokoro
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Callable

MUMBLE_HZ: Final = 2600.0
"""Above this a mumbled sentence loses the consonants that tell words apart."""
ACTIVE_DBFS: Final = -22.0
"""Level of speech while it is speech."""
MUMBLE_DB: Final = -6.0
MARGIN_MS: Final = 50
"""Silence kept before the first and after the last sound."""
FRAME_MS: Final = 10
LAST_SOUND_DB: Final = 26.0
"""The last sound is the last 10 ms frame within this many dB of the loudest one."""
FAINT_DB: Final = 45.0
"""Trimming is gentler than that, so that a soft last consonant stays."""
SHORT_FAINT_DB: Final = 30.0
"""After a single word the voice breathes out, and recognisers hear "yes it"; the breath is 30 dB down."""
SEED: Final = 1
SAVE_EVERY: Final = 5
"""Utterances between two writings of the manifest: a run that is ended goes on from there."""

Rows = list[dict[str, Any]]


def main() -> int:
    """Make, or with --check compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--flows", type=Path, required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    plan = YAML(typ="safe", pure=True).load(options.audio / "callers.yaml")
    lines, beds = all_lines(plan, options.flows), plan["beds"]
    manifest = options.audio / "manifest.json"
    known = {row["id"]: row for row in (json.loads(manifest.read_text()) if manifest.exists() else [])}
    if options.check:
        with tempfile.TemporaryDirectory() as folder:
            rows = _make(beds, lines, _kokoro(options.home), Path(folder), known={}, save=lambda _: None)
        differing = [row["id"] for row in rows if known.get(row["id"], {}).get("sha256") != row["sha256"]]
        print(f"{len(rows)} made again, {len(differing)} differ: {' '.join(differing)}")
        return 1 if differing else 0

    def save(rows: Rows) -> None:
        done = {row["id"] for row in rows}
        _write(manifest, [*rows, *(row for name, row in known.items() if name not in done)])

    kept_rows = {} if options.all else known
    rows = _make(beds, lines, _kokoro(options.home), options.audio, known=kept_rows, save=save)
    kept = {options.audio / row["file"] for row in rows}
    for stray in options.audio.rglob("*.wav"):
        if stray not in kept:
            stray.unlink()
    _write(manifest, rows)
    size = sum(path.stat().st_size for path in kept)
    print(f"{len(rows)} files, {sum(row['seconds'] for row in rows):.0f} s, {size / 1e6:.1f} MB")
    return 0


def _write(manifest: Path, rows: Rows) -> None:
    listed = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    part = manifest.with_suffix(".part")
    part.write_text(f"[\n{listed}\n]\n", encoding="utf-8")
    part.replace(manifest)


def _make(
    beds: dict[str, Any],
    lines: list[Line],
    kokoro: Kokoro,
    folder: Path,
    *,
    known: dict[str, Any],
    save: Callable[[Rows], None],
) -> Rows:
    """Make every utterance that is not known to stand in the folder already, then the beds; return their rows."""
    rows: Rows = []

    def talk() -> list[Wave]:
        calm = [row["file"] for row in rows if row["group"] == "benign"]
        spoken = [name for name in calm if not name.endswith(("denies.wav", "no-pain.wav"))]
        return [soundfile.read(folder / name, dtype="float64")[0] for name in spoken]

    made = 0
    for number, line in enumerate(lines, 1):
        path = folder / line.file
        before = known.get(line.id)
        if before and before["recipe"] == line.recipe and _sum_of(path) == before["sha256"]:
            rows.append(before | {"file": line.file, "group": line.group, "row": line.row})
            continue
        path.parent.mkdir(exist_ok=True)
        wave = sound(line.sound, talk) if line.sound else _speak(kokoro, line)
        path.write_bytes(_wav(wave, "ULAW" if line.in_company else "PCM_16"))
        rows.append(_row(line, path.read_bytes()))
        made += 1
        if made % SAVE_EVERY == 0:
            save(rows)
            print(f"  {number} of {len(lines)}", file=sys.stderr)
    for name, recipe in beds.items():
        data = _wav(bed(recipe["kind"], recipe["seconds"], recipe["seed"], talk), "PCM_16")
        (folder / "noise").mkdir(exist_ok=True)
        (folder / "noise" / f"{name}.wav").write_bytes(data)
        rows.append(_bed_row(name, recipe, data))
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


def _speak(kokoro: Kokoro, line: Line) -> Wave:
    text = line.text.rstrip(".") if line.is_short else line.text
    audio, rate = kokoro.create(text, line.voice, line.speed, line.lang)
    # A child: the same samples played faster, after the voice spoke as much slower.
    wave = soxr.resample(audio.astype(np.float64), rate * line.pitch, RATE, quality="VHQ")
    mumbled = line.group in MUMBLED
    wave = band(wave, BAND_HZ[0], MUMBLE_HZ if mumbled else BAND_HZ[1])
    wave = _level(_trim(wave, SHORT_FAINT_DB if line.is_short else FAINT_DB), ACTIVE_DBFS)
    return wave * 10 ** (MUMBLE_DB / 20) if mumbled else wave


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


def _wav(wave: Wave, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.round(wave * 32767).astype(np.int16), RATE, format="WAV", subtype=subtype)
    return buffer.getvalue()


def _last_sound_ms(data: bytes) -> int:
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float64")
    level = _frames_db(samples)
    return int((np.flatnonzero(level > level.max() - LAST_SOUND_DB)[-1] + 1) * FRAME_MS)


def _row(line: Line, data: bytes) -> dict[str, Any]:
    return {
        "id": line.id,
        "file": line.file,
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


def _bed_row(name: str, recipe: dict[str, Any], data: bytes) -> dict[str, Any]:
    return {
        "id": name,
        "file": f"noise/{name}.wav",
        "group": "beds",
        "kind": recipe["kind"],
        "seed": recipe["seed"],
        "seconds": _seconds(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def _seconds(data: bytes) -> float:
    return round(soundfile.info(io.BytesIO(data)).duration, 3)


if __name__ == "__main__":
    sys.exit(main())
