from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from nightbell.audio.frame import SILENCE
from nightbell.call.effects import Escalate, Listen
from nightbell.cli.talk import _talk
from nightbell.conversation.world import Escalated, Past
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.segment import Segment

if TYPE_CHECKING:
    from nightbell.flow.model import Flow

pytestmark = pytest.mark.asyncio

NIGHT = Instant.parse("2026-11-21T22:40:00+00:00")


async def talk(flow: Flow, typed: str, *, show_states: bool = False) -> tuple[str, Disposition]:
    out = Console(file=io.StringIO(), record=True, width=100)
    source = io.StringIO(typed)
    ended = await _talk(flow, out, source, caller=None, now=NIGHT, fakes=Fakes(), show_states=show_states)
    return out.export_text(), ended.disposition


async def test_typed_words_and_keys_take_the_call_to_its_end(flow: Flow) -> None:
    shown, disposition = await talk(flow, "worried\n2\nyes\n", show_states=True)
    assert disposition is Disposition.D1
    told = [" ".join(line.split()[1:]) for line in shown.splitlines()]
    told.remove("page recorded")  # the world answers while the next words begin
    assert told == [
        "state opening",
        "clinic opening",
        "state reason",
        "clinic reason",
        "caller worried",
        "state screen",
        "clinic screen.sight",
        "caller [key 2]",
        "clinic screen.pain",
        "caller yes",
        "page a person is paged: D1, raised in screen",
        "state got",
        "clinic got",
        "end D1 (end)",
    ]


async def test_end_of_input_hangs_up(flow: Flow) -> None:
    shown, disposition = await talk(flow, "worried\n")
    assert "[hangs up]" in shown
    assert disposition.rank >= Disposition.DU.rank


async def test_typed_ears_hear_nothing_and_are_never_missed() -> None:
    ears = TypedEars()
    ears.listen(Listen(call="c", n=1, mode="closed"), 0)
    loud = np.full_like(SILENCE, 20_000)
    assert [await ears.hear(loud, None, at) for at in range(0, 2000, 20)] == [()] * 100
    await ears.close()


async def test_read_prompts_take_as_long_as_their_words() -> None:
    prompts = ReadPrompts()
    short = await prompts.samples("a", [Segment("words", "one two")])
    long = await prompts.samples("b", [Segment("words", "one two"), Segment("time", "ten o'clock tonight")])
    assert (len(short), len(long)) == (2 * 60 * 8, 5 * 60 * 8)
    assert not long.any()
    assert len(prompts.safe_words()) > 0


class _Real:
    async def past(self, clinic: str, caller: str | None, before: Instant) -> Past:
        raise AssertionError("a rehearsal must not ask the records")

    async def escalate(self, effect: Escalate) -> Escalated:
        return Escalated(status="recorded")


async def test_world_of_a_script_knows_only_what_the_script_says() -> None:
    page = Escalate(call="c", n=1, disposition=Disposition.D1, state="s", question="")
    nobody = ScriptedWorld(_Real(), Fakes())  # type: ignore[arg-type]
    assert await nobody.past("toy", None, NIGHT) == Past()
    assert await nobody.escalate(page) == Escalated(status="recorded", taken_after_ms=None)
    somebody = ScriptedWorld(_Real(), Fakes(contacts_96h=1, acknowledged_after_ms=500))  # type: ignore[arg-type]
    assert (await somebody.past("toy", None, NIGHT)).contacts_96h == 1
    assert (await somebody.escalate(page)).taken_after_ms == 500
