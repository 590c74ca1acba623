"""What a script lays down for the world, taken through whole calls in writing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nightbell.flow.model import (
    Clinic,
    End,
    Escalation,
    Flow,
    NotifyState,
    Prompt,
    PromptState,
    Schedule,
    State,
    Transfer,
    Words,
)
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.runner import places_of, rehearse
from nightbell.rehearsal.tiers import cast
from nightbell.terms.disposition import Disposition

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.runner import CallResult, Stage

pytestmark = pytest.mark.asyncio


def say(name: str) -> Prompt:
    return Prompt(name=name, parts=(Words(f"These are the words of {name}."),))


def end(name: str, *, promise: bool = False) -> End:
    plain = say(f"{name}.plain") if promise else None
    return End(
        name=name, line=1, disposition=Disposition.D2, say=say(name), promise=promise, say_without_promise=plain
    )


@pytest.fixture
def world_flow(flow: Flow) -> Flow:
    """Ask the world everything: hours, then a notice, then a transfer, then a hold, then a promise."""
    clinic: Clinic = replace(flow.clinic, promises_ms=((Disposition.D2, 1_800_000),))
    states: tuple[State, ...] = (
        PromptState(name="opening", line=1, say=say("opening"), next="hours"),
        Schedule(name="hours", line=1, open="open", closed="notice", holiday="holiday"),
        NotifyState(name="notice", line=1, channel="message", template="x", ok="dial", failed="not_noted"),
        Transfer(
            name="dial",
            line=1,
            say=say("dial"),
            to="clinician",
            limit_ms=30_000,
            answered="answered",
            busy="busy",
            no_answer="hold",
            failed="failed",
        ),
        Escalation(
            name="hold",
            line=1,
            say=say("hold"),
            every_ms=20_000,
            limit_ms=60_000,
            acknowledged="taken",
            exhausted="promised",
        ),
        PromptState(name="emergency", line=1, say=say("emergency"), next="hold"),
        *(end(name) for name in ("open", "holiday", "not_noted", "answered", "busy", "failed", "taken", "silent")),
        end("promised", promise=True),
    )
    return replace(flow, clinic=clinic, states=states, starts_at="opening", person="hold", hash="world")


@pytest.fixture
def play(world_flow: Flow, stage: Stage, recordings: Recordings, tmp_path: Path) -> Any:
    async def run(fakes: str, final: str, answers: str = "{}") -> tuple[CallResult, list[str]]:
        path = tmp_path / "call.yaml"
        path.write_text(
            f"script: call\nabout: x\ntier: text\nfakes: {fakes}\nanswers: {answers}\n"
            f"expect: {{at_least: D2, final: {final}}}\n",
            encoding="utf-8",
        )
        played, _ = cast((load_script(path, recordings, places_of(world_flow)),), None, {})
        prompts = Prompts()
        result = await rehearse(played[0], replace(stage, flow=world_flow, watch=lambda _: (prompts,)))
        return result, prompts.said

    return run


class Prompts:
    """An observer of what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def happened(self, event: object, effects: object, audio_ms: int) -> None:
        """Follow nothing else."""

    def speaking(self, prompt: str, audio_ms: int) -> None:
        self.said.append(prompt)


@pytest.mark.parametrize(
    ("fakes", "final", "said"),
    [
        ("{hours: open}", "open", "open"),
        ("{hours: holiday}", "holiday", "holiday"),
        ("{hours: failed, transfer: busy}", "busy", "busy"),
        ("{hours: closed, notify: failed}", "not_noted", "not_noted"),
        ("{hours: closed, transfer: {outcome: answered, after: 12s}}", "answered", "answered"),
        ("{hours: closed, transfer: failed}", "failed", "failed"),
        ("{hours: closed, transfer: no_answer}", "promised", "promised"),
        ("{hours: closed, promise: failed}", "promised", "promised.plain"),
    ],
)
async def test_the_world_does_what_the_script_says(play: Any, fakes: str, final: str, said: str) -> None:
    result, prompts = await play(fakes, final)
    assert result.failures == ()
    assert prompts[-1] == said


@pytest.mark.parametrize(
    ("page", "final"),
    [
        ("{acknowledged_after: 10s}", "taken"),
        ("{exhausted_after: 10s}", "promised"),
        ("{failed: true}", "promised"),
    ],
)
async def test_a_page_comes_to_the_end_that_the_script_says(play: Any, page: str, final: str) -> None:
    pressed = '{opening: {press: "0", barge_in_ms: 200}}'
    result, _ = await play(f"{{hours: closed, escalation: {page}}}", final, pressed)
    assert result.failures == ()
    assert result.pages
    limit = 60_000  # the hold's own, which ends it where nothing is heard of the page
    assert (result.audio_ms > limit) is ("failed" in page)
