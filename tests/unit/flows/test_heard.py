"""What Rosewood's universals hear, in recordings and in words that no recording says: red flags, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nightbell.call.flags import find_flag
from nightbell.flow.load import load_flow
from nightbell.flow.model import Flow
from nightbell.terms.disposition import Disposition

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load_flow(ROOT / "flows" / "rosewood")


def test_recorded_red_flags_are_flagged_and_recorded_bookings_are_not(flow: Flow) -> None:
    universals = sorted(flow.universals, key=lambda universal: -universal.priority)
    rows = [row for row in json.loads((ROOT / "audio" / "manifest.json").read_text()) if "text" in row]
    by_group = {
        group: [row for row in rows if row["group"] == group] for group in ("red_flags", "benign", "words")
    }
    assert len(by_group["red_flags"]) >= 30
    for row in by_group["red_flags"]:
        flag = find_flag(universals, flow.sounds_like, row["text"])
        assert flag is not None, row["text"]
        wanted = Disposition.D0 if row["row"] in {"1", "2", "8", "23"} else Disposition.D1
        assert flag.floor is wanted, row["text"]
    for row in (*by_group["benign"], *by_group["words"]):
        assert find_flag(universals, flow.sounds_like, row["text"]) is None, row["text"]


D0 = [
    "I can't see anything out of my right eye", "my vision's gone funny", "there's a black shadow across my eye",
    "he can't see properly", "everything's gone blurry", "it hurts behind my eye", "my eyelid is drooping",
    "I'm struggling to breathe", "my tongue is swelling", "she's slurring her words", "I can't lift my arm",
    "my chest feels tight", "it won't stop bleeding",
]  # fmt: skip
D1 = [
    "the skin round my mouth has turned a funny white colour", "my nose looks a bit grey", "her chin went grey",
    "my skin looks like marble", "there's a net pattern on my cheek", "the colour's gone from my lip",
    "I've got little blisters", "there's pus coming out", "it hurts a lot more than it should", "I'm in agony",
    "the pain keeps getting worse", "my lip feels cold", "my nose is numb", "my top lip is blanching",
    "one side is much more swollen", "I'm not sure but my lip looks a bit white",
]  # fmt: skip
BENIGN = [
    "I had my lips done last month, want to book", "how much are lip fillers", "does it hurt", "how painful is it",
    "my name is Jane White and I'd like to book", "it isn't painful", "no blisters no spots",
    "my skin is not white", "my sight is fine", "how long does the swelling last",
    "can I see the doctor on Friday", "nothing hurts",
    "I can't make it on Tuesday", "a consultation about dark circles", "no changes to my sight",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "floor"),
    [(text, Disposition.D0) for text in D0]
    + [(text, Disposition.D1) for text in D1]
    + [(text, None) for text in BENIGN],
)
def test_wordings_that_are_in_no_recording(flow: Flow, text: str, floor: Disposition | None) -> None:
    universals = sorted(flow.universals, key=lambda universal: -universal.priority)
    flag = find_flag(universals, flow.sounds_like, text)
    assert (flag.floor if flag else None) is floor
