"""Live calls on one core: how many are held and how punctually, how fast they begin, how soon the line answers.

The line runs in a process of its own on the first core, the callers on the second; both are whole calls over SIP
and RTP on loopback. The kernel stamps each packet as it reaches the callers. Whatever else the machine does
meanwhile is in the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop
from scripts.benches._calls_load import SILENT, Load, Said, percentile, spoken
from scripts.benches._calls_sound import sound_alone
from scripts.figures import Figure

from nightbell.audio.edges import last_sound_ms
from nightbell.audio.frame import FRAME_SAMPLES
from nightbell.audio.g711 import encode_mulaw
from nightbell.audio.noise import pink
from nightbell.audio.wav import read_wav

MINUTES: Final = 8.0
AUDIO: Final = Path(__file__).resolve().parents[2] / "audio"
STEPS: Final = (50, 100, 200, 250, 300, 400)
NOISY_STEPS: Final = (20, 40, 80)
SPEECH_CALLS: Final = 12
WORDS: Final = {"yes": "yes-emma", "no": "no-emma"}
CHAT: Final = ("calm-book-botox", "calm-hours", "calm-makeup")
"""Recordings whose words answer nothing that is asked: they are decoded all the same."""
HELD_S: Final = 8.0
"""How long each step is measured."""
RAMP_PER_S: Final = 30.0
WIRE_MS: Final = 130
"""What the wire adds to a response: 40 ms of jitter buffer, and 20 at most to pack, take and send at each end."""

Work = Callable[["Line", Load], Awaitable[None]]


@dataclass(slots=True)
class Line:
    """The line's process."""

    process: subprocess.Popen[str]
    port: int
    http: str = ""

    def cpu_s(self) -> float:
        """Return the processor seconds of the process and its children so far."""
        pids = [self.process.pid]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids += [int(pid) for pid in children.read_text().split()]
        total = 0
        for pid in pids:
            try:
                words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(int(word) for word in words[11:15])
        return total / os.sysconf("SC_CLK_TCK")

    def told(self, word: str = "tell") -> dict[str, Any]:
        """Ask the line what it measured."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@dataclass(slots=True)
class Held:
    """What holding some calls came to."""

    calls: int
    late: list[float]
    lost: int
    cpu: float
    """Part of a core."""
    responses: list[tuple[str, float]] = field(default_factory=list)
    failed: int = 0
    spoke: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the goal is met: p99 under 5 ms, no packet lost, no call failed."""
        return (percentile(self.late, 99) or 1e9) < 5 and not self.lost and not self.failed


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Measure all of it."""
    os.sched_setaffinity(0, {1 if (os.cpu_count() or 1) > 1 else 0})
    figures: list[Figure] = []
    for loop in ("uvloop", "asyncio"):
        held = _steps(say, loop, STEPS if loop == "uvloop" else STEPS[:3])
        figures += _held_figures(loop, held)
    noisy = _steps(say, "uvloop", NOISY_STEPS, bed=_noise())
    figures += _noisy_figures(noisy)
    figures += sound_alone(say)
    figures += _speech(say)
    figures += _set_ups(say)
    figures += _flood(say)
    return figures


def _steps(
    say: Callable[[str], None], loop: str, steps: Sequence[int], bed: Sequence[bytes] = (SILENT,)
) -> list[Held]:
    """Hold more and more calls until the goal is missed twice in a row."""
    found: list[Held] = []

    async def work(line: Line, load: Load) -> None:
        for calls in steps:
            await load.hold(calls, per_s=RAMP_PER_S)
            held = await _hold(line, load, calls)
            found.append(held)
            p99 = percentile(held.late, 99) or 0.0
            say(f"{loop}: {calls} calls, p99 {p99:.1f} ms late, {held.cpu:.0%} of a core, {held.failed} failed")
            if len(found) > 1 and not found[-1].good and not found[-2].good:
                return

    _with_line(loop, work, answers=[Said(keys="1"), Said(keys="2")], bed=bed)
    return found


async def _hold(line: Line, load: Load, calls: int, seconds: float = HELD_S) -> Held:
    await asyncio.sleep(1)
    load.fresh()
    failed, cpu, began = load.failed, line.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    cpu, wall = line.cpu_s() - cpu, time.monotonic() - began
    load.gather()
    spoke = load.speaking_ticks / max(load.ticks, 1)
    return Held(calls, load.lateness, load.lost, cpu / wall, load.responses, load.failed - failed, spoke)


def _speech(say: Callable[[str], None]) -> list[Figure]:
    """Have callers speak a quarter of the time, and time the line's answers on the wire."""
    found: list[Held] = []
    words = [_said(name) for name in ("yes", "no")]

    async def work(line: Line, load: Load) -> None:
        await load.hold(SPEECH_CALLS, per_s=2)
        found.append(await _hold(line, load, SPEECH_CALLS, 60))

    _with_line("uvloop", work, answers=words, chat=_chats())
    held = found[0]
    say(f"{SPEECH_CALLS} callers who speak {held.spoke:.0%} of the time")
    times = {name: [ms for what, ms in held.responses if what == name] for name in ("yes", "no")}
    return [
        Figure(f"{SPEECH_CALLS} speech calls, lateness p99", percentile(held.late, 99), "ms", at_most=20),
        Figure("packets lost, speech calls", held.lost, at_most=0),
        Figure("speaking", 100 * held.spoke, "%"),
        Figure("CPU per speech call", 100 * held.cpu / SPEECH_CALLS, "% of a core"),
        _answered("yes", times["yes"], 50, 500 + WIRE_MS),
        _answered("yes", times["yes"], 95, 700 + WIRE_MS),
        _answered("no", times["no"], 95, 900 + WIRE_MS),
    ]


def _chats() -> list[list[bytes]]:
    """Return what callers say beside the answers: all of it in one breath, beginning with each part in turn."""
    parts = [_said(name).frames for name in CHAT]
    orders = (parts[first:] + parts[:first] for first in range(len(parts)))
    return [[frame for part in order for frame in part] for order in orders]


def _answered(word: str, times: Sequence[float], percent: int, goal: float) -> Figure:
    value = percentile(times, percent)
    about = f"{len(times)} answers"
    return Figure(f"{word} to prompt on the wire, p{percent}", value, "ms", at_most=goal, peer=about)


def _set_ups(say: Callable[[str], None]) -> list[Figure]:
    """Set calls up at fifty a second, each put down after two seconds."""
    set_up: list[float] = []
    failed: list[int] = []

    async def work(line: Line, load: Load) -> None:
        del line
        await load.burst(500, per_s=50, hold_s=2.0)
        set_up.extend(load.set_up_ms)
        failed.append(load.failed)

    _with_line("uvloop", work, answers=[Said(keys="1")])
    say(f"{len(set_up)} calls set up at 50 a second")
    return [
        Figure("calls set up at 50 a second", len(set_up), at_least=500),
        Figure("of them failed", failed[0], at_most=0),
        Figure("INVITE to answer p99", percentile(set_up, 99), "ms", at_most=150),
    ]


def _flood(say: Callable[[str], None]) -> list[Figure]:
    """Ring five times as often as the cap lets through, beside calls that live."""
    late: list[float] = []
    live = 40
    cap = 20
    refused: list[int] = []

    async def work(line: Line, load: Load) -> None:
        await load.hold(live, per_s=10)
        await asyncio.sleep(3)
        load.fresh()
        flood = Load(line.port, answers=[Said(keys="1")])

        async def ring(flooding: Load) -> None:
            await flooding.burst(8 * 5 * cap, per_s=5 * cap, hold_s=0.0)
            refused.append(flooding.failed)

        await flood.run(ring)
        load.gather()
        late.extend(load.lateness)

    _with_line("uvloop", work, answers=[Said(keys="1"), Said(keys="2")], rate=cap, burst=2 * cap)
    say(f"{refused[0]} calls refused at five times the cap")
    return [
        Figure(
            "5x rate cap: lateness of live calls p99", percentile(late, 99), "ms", at_most=20, peer=f"{live} calls"
        ),
        Figure("5x rate cap: calls refused", refused[0], at_least=1),
    ]


def _held_figures(loop: str, held: Sequence[Held]) -> list[Figure]:
    good = [each for each in held if each.good]
    best = good[-1] if good else held[0]
    keys = [ms for each in (good or held[:1]) for what, ms in each.responses if what == "key"]
    first = loop == "uvloop"
    return [
        Figure(
            f"calls held, {loop}", good[-1].calls if good else 0, at_least=300 if first else None,
            peer="aiortp 150 on a lighter measure" if first else "",
        ),
        Figure(
            f"lateness p99 at {best.calls}, {loop}", percentile(best.late, 99), "ms", at_most=5 if first else None
        ),
        Figure(f"lateness max at {best.calls}, {loop}", percentile(best.late, 100), "ms"),
        Figure(f"packets lost at {best.calls}, {loop}", best.lost, at_most=0 if first else None),
        Figure(f"CPU per call, {loop}", 100 * best.cpu / best.calls, "% of a core"),
        Figure(
            f"key to first prompt packet p95, {loop}", percentile(keys, 95), "ms", at_most=60 if first else None,
            peer=f"{len(keys)} keys",
        ),
    ]  # fmt: skip


def _noisy_figures(held: Sequence[Held]) -> list[Figure]:
    good = [each for each in held if each.good]
    best = good[-1] if good else held[0]
    return [
        Figure(
            "calls held, voice activity on for all", good[-1].calls if good else 0, peer="pink noise at -40 dB"
        ),
        Figure("CPU per call, voice activity on", 100 * best.cpu / best.calls, "% of a core"),
    ]


def _noise() -> list[bytes]:
    coded = encode_mulaw((pink(8000, 7) // 3).astype("int16"))
    return [coded[at : at + FRAME_SAMPLES] for at in range(0, len(coded), FRAME_SAMPLES)]


def _said(word: str) -> Said:
    samples = read_wav(AUDIO / f"{WORDS.get(word, word)}.wav")
    return spoken(word, samples, last_sound_ms(samples) or 0)


@contextmanager
def line_process(loop: str, **caps: int) -> Iterator[Line]:
    """Run the line on the first core, with caps on new calls where they are given."""
    with tempfile.TemporaryDirectory(prefix="nightbell-bench-") as folder:
        environment = {**os.environ, **{f"BENCH_{name.upper()}": str(value) for name, value in caps.items()}}
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.benches._calls_server", folder, "0", loop],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Line(process, told["port"], told["http"])
        finally:
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _with_line(
    loop: str,
    work: Work,
    *,
    answers: Sequence[Said],
    bed: Sequence[bytes] = (SILENT,),
    chat: Sequence[list[bytes]] = (),
    **caps: int,
) -> None:
    with line_process(loop, **caps) as line:
        load = Load(line.port, answers=answers, bed=bed, chat=chat)
        uvloop.run(load.run(lambda loaded: work(line, loaded)))
