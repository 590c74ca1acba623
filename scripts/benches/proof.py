"""How long a proof takes: Rosewood as a command and alone, 1,000 states with five counters, one too large.

The command is started anew each time, as its owner starts it, and the best of five counts. The large flow is
proved in a process of its own, whose peak of resident memory is the figure.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.figures import Figure

from nightbell.call.proving import prove_flow
from nightbell.flow.load import load_flow
from nightbell.flow.proof.verdict import Verdict
from nightbell.testing.large import large_flow

MINUTES = 1.5

_ROSEWOOD: Final = Path(__file__).parents[2] / "flows" / "rosewood"
_STATES: Final = 1000
_COUNTERS: Final = 5
_TOO_MANY_COUNTERS: Final = 13
"""Four values each: sixty-seven million combinations, before the floor and the rest."""
_TIMES: Final = 5
_COMMAND_S: Final = 5
"""For a clinic that asks what every lane of the triage table asks: some 200,000 states."""
_ALONE_S: Final = 4
"""The part of it that is left to the proof: reading the files and holding them to the rules takes a second."""
_CHILD_LIMIT_S: Final = 300


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Prove flows of three sizes."""
    say(f"rosewood, {_TIMES} times as a command")
    command = min(_command() for _ in range(_TIMES))
    flow = load_flow(_ROSEWOOD)
    alone, verdict = min((_timed(lambda: prove_flow(flow)) for _ in range(_TIMES)), key=lambda pair: pair[0])
    say(f"{_STATES} states, {_COUNTERS} counters")
    large = _child(_COUNTERS)
    say(f"{_TOO_MANY_COUNTERS} counters: too large")
    refused = _child(_TOO_MANY_COUNTERS)
    return [
        Figure("check rosewood, whole command", command, "s", at_most=_COMMAND_S, peer=f"best of {_TIMES}"),
        Figure(
            "prove rosewood, alone", alone, "s", at_most=_ALONE_S, peer=f"{verdict.states_searched} states reached"
        ),
        Figure("prove 1,000 states, five counters", large["seconds"], "s", at_most=30),
        Figure("the same, peak memory", large["mebibytes"], "MiB", at_most=1024),
        Figure("the same, states reached", large["states"], ""),
        Figure("the same, violations", large["violations"], "", at_most=0),
        Figure("thirteen counters, refused in", refused["seconds"], "s", at_most=30),
        Figure(
            "thirteen counters, refused", refused["too_large"], "", at_least=1, peer=str(refused["message"])[:80]
        ),
    ]


def _timed(prove: Callable[[], Verdict]) -> tuple[float, Verdict]:
    began = time.perf_counter()
    proved = prove()
    return time.perf_counter() - began, proved


def _command() -> float:
    began = time.perf_counter()
    command = Path(sys.executable).with_name("nightbell")
    done = subprocess.run(
        [command, "check", str(_ROSEWOOD), "--json"], check=False, capture_output=True, timeout=_CHILD_LIMIT_S
    )
    took = time.perf_counter() - began
    assert json.loads(done.stdout)["proof"]["proved"], "Rosewood is not proved"
    return took


def _child(counters: int) -> dict[str, float]:
    """Prove a large flow in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.benches.proof", str(counters)],
        check=True,
        capture_output=True,
        text=True,
        timeout=_CHILD_LIMIT_S,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _prove_large(counters: int) -> dict[str, float | str]:
    flow = large_flow(states=_STATES, counters=counters)
    seconds, verdict = _timed(lambda: prove_flow(flow))
    return {
        "seconds": seconds,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "states": verdict.states_searched,
        "violations": len(verdict.violations),
        "too_large": int(verdict.too_large is not None),
        "message": verdict.too_large.message if verdict.too_large is not None else "",
    }


if __name__ == "__main__":
    print(json.dumps(_prove_large(int(sys.argv[1]))))
