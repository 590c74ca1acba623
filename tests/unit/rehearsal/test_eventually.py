"""What must come true before the call ends: each kind is met, and each fails where it does not come or is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nightbell.errors import ScriptError
from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.runner import CallResult, Stage, places_of, rehearse
from nightbell.rehearsal.tiers import cast

if TYPE_CHECKING:
    from pathlib import Path

    from nightbell.flow.model import Flow
    from nightbell.rehearsal.recordings import Recordings
    from nightbell.rehearsal.script import Tier

pytestmark = pytest.mark.asyncio

HEAD = (
    "script: call\nabout: x\ntier: text\n"
    'answers: {reason: {press: "1"}, screen.sight: {press: "2"}, screen.pain: {press: "1"}}\n'
)


@pytest.fixture
def play(stage: Stage, flow: Flow, recordings: Recordings, tmp_path: Path) -> Any:
    async def run(eventually: str, tier: Tier = "text", *, checked: bool = True) -> CallResult:
        path = tmp_path / "call.yaml"
        path.write_text(
            f"{HEAD}expect: {{disposition: D1, eventually: {eventually}}}\n",
            encoding="utf-8",
        )
        played, _ = cast((load_script(path, recordings, places_of(flow) if checked else None),), tier, {})
        return await rehearse(played[0], stage)

    return run


@pytest.mark.parametrize("tier", ["engine", "text"])
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("{state: got}", "{state: book}"),
        ("{page: D1}", "{page: D0}"),
        ("{page: D2, within_turns: 3}", "{page: D1, within_turns: 2}"),
        ("{disposition: D2}", "{disposition: D0}"),
        ("{prompt: screen.pain}", "{prompt: emergency}"),
        ("{prompt: screen.pain, says: Screen pain}", "{prompt: screen.pain, says: pain screen}"),
        ("[{state: screen, within: 60s}, {state: reason}]", "[{state: screen}, {state: reason, within: 1ms}]"),
    ],
)
async def test_it_passes_what_came_and_fails_what_did_not(play: Any, good: str, bad: str, tier: Tier) -> None:
    assert [str(each) for each in (await play(good, tier)).failures] == []
    assert [each.kind for each in (await play(bad, tier)).failures] == [FailureKind.EVENTUALLY]


async def test_a_result_is_known_by_its_category(play: Any) -> None:
    result = await play("{result: treatment, category: filler, within: 10s}", checked=False)
    assert [str(each) for each in result.failures] == [
        "eventually: result treatment as filler within 10000 ms did not come"
    ]


@pytest.mark.parametrize(
    ("eventually", "code"),
    [
        ("{state: cellar}", "NB130"),
        ("{state: got, page: D1}", "NB202"),
        ("{within: 3s}", "NB202"),
        ("{state: got, says: hurting}", "NB202"),
        ("{state: got, category: filler}", "NB202"),
        ("{disposition: D9}", "NB124"),
    ],
)
async def test_what_makes_no_sense_does_not_load(play: Any, eventually: str, code: str) -> None:
    with pytest.raises(ScriptError) as error:
        await play(eventually)
    assert [getattr(fault, "code", "") for fault in error.value.diagnostics] == [code]
