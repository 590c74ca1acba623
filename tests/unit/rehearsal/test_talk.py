from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from nightbell.audio.frame import SILENCE
from nightbell.audio.resample import from_telephone
from nightbell.audio.wav import read_wav
from nightbell.call.effects import Escalate, Listen
from nightbell.cli.talk import _Talk, _talk
from nightbell.conversation.world import Escalated, Past
from nightbell.line import microphone
from nightbell.rehearsal.oncall import OnCallHandset
from nightbell.rehearsal.reason import reason_of
from nightbell.rehearsal.script import Fakes
from nightbell.rehearsal.typed import ReadPrompts, TypedEars
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.disposition import Disposition
from nightbell.terms.instant import Instant
from nightbell.terms.segment import Segment
from nightbell.testing.flows import small_flow
from nightbell.testing.soundcard import LoopbackSoundcard

if TYPE_CHECKING:
    from nightbell.flow.model import Flow

pytestmark = pytest.mark.asyncio

AUDIO = Path(__file__).parents[3] / "audio"
PAGE = Escalate(call="c", n=1, disposition=Disposition.D1, state="reason", question="")
NIGHT = Instant.parse("2026-11-21T22:40:00+00:00")


async def talk(
    flow: Flow, typed: str, *, show_states: bool = False, folder: Path | None = None
) -> tuple[str, Disposition]:
    out = Console(file=io.StringIO(), record=True, width=200)
    plan = _Talk(
        flow=flow,
        folder=folder or Path("nowhere"),
        source=io.StringIO(typed),
        caller="+447700900123",
        now=NIGHT,
        fakes=Fakes(),
        show_states=show_states,
    )
    ended = await _talk(plan, out)
    return out.export_text(), ended.disposition


async def test_typed_words_and_keys_take_the_call_to_its_end(flow: Flow) -> None:
    shown, disposition = await talk(flow, "worried\n2\nyes\n", show_states=True)
    assert disposition is Disposition.D1
    told = [" ".join(line.split()[1:]) for line in shown.splitlines()]
    told = told[told.index("state opening") :]
    told = [line for line in told if not line.startswith("handset ")]
    told.remove("page recorded")  # the world answers while the next words begin
    told.remove("page ringing")
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


async def test_a_page_rings_the_handset_and_key_1_takes_it_and_tells_why(flow: Flow) -> None:
    shown, disposition = await talk(flow, "worried\nno\nyes\nh1\n")
    assert disposition is Disposition.D1
    lines = [" ".join(line.split()[1:]) for line in shown.splitlines()]
    at = lines.index("page a person is paged: D1, raised in screen")
    handset = [line.removeprefix("handset ") for line in lines[at:] if line.startswith("handset ")]
    why = 'answered "yes" to: screen.pain'
    assert handset == [
        f"RINGING: the clinician on call. Toy: a caller needs a clinician now. The caller {why}.",
        "at the handset: h1 takes the call, h8 passes it on",
        "[1] taken by the clinician on call; the ringing stops for everyone. Why you were woken:",
        "now: a caller needs a clinician now (D1)",
        f"because: the caller {why}",
        "answered reason: worried",
        "answered screen, sight: no",
        "answered screen, pain: yes",
        "number: ends in 123",
    ]
    assert "page acknowledged" in lines
    assert "+447700900123" not in shown


async def test_key_8_rings_the_next_person_by_name_and_no_number_is_shown(flow: Flow, tmp_path: Path) -> None:
    (tmp_path / "oncall.yaml").write_text(
        "people:\n"
        '  anna: {name: Anna Bright, mobile: "+44 7700 900777"}\n'
        '  ben: {name: Ben Okoro, mobile: "+44 7700 900778"}\n',
        encoding="utf-8",
    )
    shown, _ = await talk(flow, "worried\n2\n1\nh8\nhandset 1\n", folder=tmp_path)
    told = [line for line in shown.splitlines() if "handset" in line]
    said = " ".join(" ".join(told).split())
    assert said.index("RINGING: Anna Bright") < said.index("Anna Bright passed it on")
    assert (
        said.index("Anna Bright passed it on")
        < said.index("RINGING: Ben Okoro")
        < said.index("taken by Ben Okoro")
    )
    assert "The caller answered yes to: screen.pain." in said
    assert "900777" not in shown
    assert "900778" not in shown


async def test_a_handset_that_nobody_touches_is_nobody(flow: Flow) -> None:
    shown, _ = await talk(flow, "worried\n2\n1\n")
    assert "RINGING" in shown
    assert "taken by" not in shown
    assert "nobody has taken the page" in shown


async def test_keys_of_a_handset_that_does_not_ring_do_not_reach_the_call(flow: Flow) -> None:
    shown, disposition = await talk(flow, "h1\n2\n")
    assert "[1] nothing rings" in shown
    assert disposition is Disposition.D5
    assert "caller h1" not in " ".join(shown.split())


async def test_a_ring_that_is_not_answered_goes_to_the_next_and_then_to_nobody(flow: Flow) -> None:
    told: list[str] = []
    handset = OnCallHandset(flow, ["Anna", "Ben"], told.append, ring_s=0.01)
    statuses = [status async for status in handset.page(PAGE)]
    assert statuses == ["ringing", "exhausted"]
    assert [line for line in told if "did not answer" in line] == ["Anna did not answer", "Ben did not answer"]
    assert (handset.ringing, handset.unanswered, handset.taken_by) == (False, True, "")
    assert handset.press("1") is False


async def test_a_more_urgent_page_is_told_and_does_not_ring_twice(flow: Flow) -> None:
    told: list[str] = []
    handset = OnCallHandset(flow, ["Anna"], told.append)
    first = handset.page(PAGE)
    assert await anext(first) == "ringing"
    ringing = asyncio.ensure_future(anext(first))
    await asyncio.sleep(0)
    worse = replace(PAGE, n=2, disposition=Disposition.D0, question="key_9")
    assert [status async for status in handset.page(worse)] == []
    assert handset.press("5") is False
    assert handset.press("1") is True
    assert await ringing == "acknowledged"
    assert sum("RINGING: " in line for line in told) == 1
    assert any("more urgent: an emergency; the caller is told to dial 999" in line for line in told)
    assert [status async for status in handset.page(replace(worse, n=3))] == ["acknowledged"]
    assert told[-1].startswith("more for Anna: an emergency")


@pytest.mark.parametrize(
    ("page", "said", "reason"),
    [
        ({"question": "key_0"}, "", "pressed zero for a person"),
        (
            {"question": "white_skin", "row": "3"},
            "my lip is white",
            'said "my lip is white": white skin (triage row 3)',
        ),
        ({"question": "white_skin"}, "", "white skin"),
        ({"state": "screen", "question": "pain", "row": "3"}, "", "answered yes to: Does it hurt? (triage row 3)"),
        ({"state": "again", "row": "7"}, "", "rang with a worry before, within the last four days (triage row 7)"),
        ({"state": "read_back"}, "", 'came to "read back" without an answer that helps'),
        ({"state": ""}, "", "needs somebody"),
        ({"question": "sight"}, "word " * 40, 'said "' + " ".join(["word"] * 16) + ' ...": sight'),
    ],
)
async def test_reasons_are_words_that_an_owner_uses(page: dict[str, str], said: str, reason: str) -> None:
    assert reason_of(small_flow(), replace(PAGE, **page), said) == reason  # type: ignore[arg-type]


class PoliteCaller(LoopbackSoundcard):
    """Speaks the next words once the loudspeaker has spoken and then been silent for long enough."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(rate=16_000, running=True)
        self._words = words
        self._quiet = -1

    def hear(self, samples: int) -> np.ndarray | None:
        if self.said and float(np.abs(self.said[-1]).max()) > 0.01:
            self._quiet = 0
        elif self._quiet >= 0:
            self._quiet += 1
        if self._quiet == 30 and self._words:
            self._quiet = -1
            self.speak(from_telephone(read_wav(AUDIO / f"{self._words.pop(0)}.wav"), self.rate))
        heard = super().hear(samples)
        return np.zeros(samples, dtype=np.float32) if heard is None else heard


@pytest.mark.audio
@pytest.mark.timeout(120)
async def test_by_microphone_the_real_ears_hear_and_the_real_voice_speaks(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = PoliteCaller(["worried-emma", "yes-emma"])
    monkeypatch.setattr(microphone, "open_soundcard", lambda: card)
    out = Console(file=io.StringIO(), record=True, width=200)
    plan = _Talk(
        flow=flow,
        folder=Path("nowhere"),
        source=io.StringIO("h1\n"),
        caller=None,
        now=NIGHT,
        fakes=Fakes(),
        show_states=False,
        mic=True,
    )
    ended = await _talk(plan, out)
    shown = out.export_text()
    assert "caller  worried" in shown, shown
    assert "taken by the clinician on call" in shown, shown
    assert ended.disposition is Disposition.D0
    assert float(np.abs(np.concatenate(card.said)).max()) > 0.1
    assert card.streams[0].state == "closed"
