from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from rich.console import Console
from typer.testing import CliRunner

from nightbell.audio.level import active_dbfs
from nightbell.audio.resample import from_telephone
from nightbell.audio.wav import read_wav, write_wav
from nightbell.cli import record as verb
from nightbell.cli.app import build
from nightbell.cli.record import Studio, _Session
from nightbell.cli.takes import Takes, targets_of
from nightbell.errors import LineFailed
from nightbell.flow.load import load_flow
from nightbell.line import dictaphone as recording
from nightbell.line.dictaphone import Dictaphone
from nightbell.speech.hibari import HibariVoice
from nightbell.testing.flows import small_flow
from nightbell.testing.soundcard import LoopbackSoundcard

FLOWS = Path(__file__).parents[2] / "flows"
OPENING = "Emergency words."


def spoken(seconds: float = 1.5, *, rate: int = 8000, level: float = 0.15) -> np.ndarray:
    at = np.arange(int(seconds * rate)) / rate
    swell = np.clip(np.sin(2 * np.pi * 2.0 * at), 0, None)
    sound = level * swell * (np.sin(2 * np.pi * 180 * at) + 0.4 * np.sin(2 * np.pi * 800 * at + 1))
    quiet = np.zeros(rate // 4)
    return np.concatenate([quiet, sound, quiet]).astype(np.float32)


class Hearing:
    """Stands in for the recogniser: hears what a test lays down, else what the clinic's prompt says."""

    def __init__(self, **_: object) -> None:
        self.closed = False

    async def transcribe(self, samples: np.ndarray) -> str:
        return HEARD[len(samples)] if len(samples) in HEARD else HEARD.get(0, "")

    async def close(self) -> None:
        self.closed = True


HEARD: dict[int, str] = {}


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("harbour", "shared"):
        shutil.copytree(FLOWS / name, tmp_path / name)
    monkeypatch.setattr(verb, "MoonshineRecogniser", Hearing)
    HEARD.clear()
    yield tmp_path / "harbour"
    HEARD.clear()


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(build("record"), ["record", *(str(word) for word in words)])
    return result.exit_code, result.output


def write(path: Path, sound: np.ndarray, rate: int = 44_100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate, subtype="PCM_16")
    return path


def listed(folder: Path) -> dict[str, dict[str, str]]:
    return {each["name"]: each for each in json.loads(run(folder, "--list", "--json")[1])}


def test_a_good_file_is_kept_at_8_khz_and_at_the_prompts_level(harbour: Path, tmp_path: Path) -> None:
    wanted = listed(harbour)["opening"]
    assert wanted["state"] == "missing"
    HEARD[0] = wanted["words"]
    code, said = run(harbour, "--only", "opening", "--from", write(tmp_path / "take.wav", spoken(rate=44_100)))
    assert code == 0, said
    kept, rate = soundfile.read(harbour / "prompts" / "opening.wav", dtype="int16")
    assert (rate, kept.ndim) == (8000, 1)
    assert abs(active_dbfs(kept) + 20) < 1
    assert listed(harbour)["opening"]["state"] == "good"


@pytest.mark.parametrize(
    ("sound", "heard", "why"),
    [
        (spoken(rate=44_100), "something else was said here by somebody", "other words"),
        (spoken(rate=44_100, level=0.002), None, "too quiet"),
        (np.clip(spoken(rate=44_100, level=4.0), -1, 1), None, "clipped"),
        (spoken(rate=44_100)[: int(0.4 * 44_100)], None, "end cut off"),
        (np.zeros(44_100, dtype=np.float32), None, "silent"),
    ],
    ids=["words", "quiet", "clipped", "truncated", "silent"],
)
def test_a_bad_file_is_refused_and_says_why(
    harbour: Path, tmp_path: Path, sound: np.ndarray, heard: str | None, why: str
) -> None:
    HEARD[0] = heard if heard is not None else listed(harbour)["opening"]["words"]
    code, said = run(harbour, "--from", write(tmp_path / "opening.wav", sound))
    assert code == 1
    assert f"refused   opening: {why}" in said
    assert not (harbour / "prompts" / "opening.wav").exists()


def test_nothing_is_replaced_without_force(harbour: Path, tmp_path: Path) -> None:
    HEARD[0] = listed(harbour)["opening"]["words"]
    old = write(harbour / "prompts" / "opening.wav", spoken(rate=8000), 8000).read_bytes()
    take = write(tmp_path / "opening.wav", spoken(rate=44_100))
    code, said = run(harbour, "--from", take)
    assert (code, "there is a recording already" in said) == (1, True)
    assert (harbour / "prompts" / "opening.wav").read_bytes() == old
    assert run(harbour, "--from", take, "--force")[0] == 0
    assert (harbour / "prompts" / "opening.wav").read_bytes() != old


def test_a_folder_is_taken_prompt_by_prompt(harbour: Path, tmp_path: Path) -> None:
    names = listed(harbour)
    HEARD[0] = names["opening"]["words"]
    for name in ("opening", "stranger"):
        write(tmp_path / "takes" / f"{name}.wav", spoken(rate=44_100))
    (tmp_path / "takes" / "broken.wav").write_bytes(b"no sound")
    code, said = run(harbour, "--folder", tmp_path / "takes", "--json")
    told = json.loads(said.splitlines()[-1])
    assert code == 1
    assert (told["kept"], told["rejected"]) == (["opening"], {})
    assert told["unknown"] == ["broken.wav", "stranger.wav"]
    assert "opening" not in told["missing"]


def test_words_that_changed_and_files_from_elsewhere_show(harbour: Path, tmp_path: Path) -> None:
    HEARD[0] = listed(harbour)["opening"]["words"]
    assert run(harbour, "--from", write(tmp_path / "opening.wav", spoken(rate=44_100)))[0] == 0
    flow = harbour / "flow.yaml"
    text = flow.read_text(encoding="utf-8")
    flow.write_text(text.replace("press nine", "press key nine", 1), encoding="utf-8")
    assert listed(harbour)["opening"]["state"] == "changed"
    flow.write_text(text, encoding="utf-8")
    write(harbour / "prompts" / "opening.wav", spoken(rate=8000), 8000)
    assert listed(harbour)["opening"]["state"] == "unchecked"


def test_usage(harbour: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere")[0] == 2
    assert run(harbour, "--only", "nobody", "--list")[0] == 2
    assert run(harbour, "--from", tmp_path / "a.wav", "--folder", tmp_path)[0] == 2
    assert run(harbour, "--folder", tmp_path / "nowhere")[0] == 2


def test_a_damaged_list_of_takes_is_told(harbour: Path) -> None:
    (harbour / "prompts").mkdir()
    (harbour / "prompts" / "takes.json").write_text("[1]", encoding="utf-8")
    code, said = run(harbour, "--list")
    assert (code, "takes.json is damaged" in said) == (2, True)


def test_without_a_microphone_it_says_so_and_ends_with_3(harbour: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "open_soundcard", lambda: LoopbackSoundcard(broken="none"))
    code, said = run(harbour)
    assert (code, "there is no microphone" in said, "--from or --folder" in said) == (3, True, True)


def test_prompts_with_slots_are_recorded_in_pieces() -> None:
    targets = {target.name: target.words for target in targets_of(small_flow())}
    assert targets["opening"] == OPENING
    assert targets["number.offer.part-1"] == "Shall we ring"
    assert targets["read_back.part-1"] == "Is that right?"
    assert "number.offer" not in targets


class Desk:
    """An owner before the microphone: each answer types a line, and a take is what was said before Enter."""

    def __init__(
        self, tmp_path: Path, heard: Callable[[np.ndarray], str], lines: list[str], sounds: list[Any]
    ) -> None:
        self.card = LoopbackSoundcard(rate=16_000)
        self.asked: list[str] = []
        self.out = Console(file=io.StringIO(), record=True, width=120)
        self.takes = Takes(tmp_path / "prompts")
        self._heard, self._lines, self._sounds = heard, lines, sounds
        targets = targets_of(small_flow())
        self.targets = targets
        studio = Studio(small_flow(), self.takes, self._hear, targets)
        self.session = _Session(studio, self.takes, Dictaphone(self.card), self.out, self._ask, force=False)

    async def _hear(self, samples: np.ndarray) -> str:
        return self._heard(samples)

    def _ask(self, prompt: str) -> str:
        self.asked.append(prompt)
        if prompt.startswith("Recording"):
            sound = from_telephone(np.rint(self._sounds.pop(0) * 32767).astype(np.int16), 16_000)
            self.card.speak(sound)
            for _ in range(-(-len(sound) // 320)):
                self.card.streams[-1].pass_block()
        return self._lines.pop(0) if self._lines else "q"

    def run(self) -> int:
        return asyncio.run(self.session.run(self.targets))


def test_a_bad_take_is_told_and_taken_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: OPENING, ["", "", "", ""], [spoken(level=0.002), spoken()])
    assert desk.run() == 1
    said = desk.out.export_text()
    assert "Not kept. too quiet" in said
    assert "Kept (2.0 s): opening" in said
    assert desk.takes.state(desk.targets[0]) == "good"
    assert abs(active_dbfs(read_wav(desk.takes.path("opening"))) + 20) < 1


def test_one_take_does_for_every_prompt_with_the_same_words(tmp_path: Path) -> None:
    same = [target for target in targets_of(small_flow()) if target.words == "I did not hear you."]
    assert len(same) > 2
    desk = Desk(tmp_path, lambda _: "i did not hear you", ["", ""], [spoken()])
    desk.targets = tuple(same)
    assert desk.run() == len(same)
    assert {desk.takes.state(target) for target in same} == {"good"}
    assert sum(prompt.startswith("Enter records") for prompt in desk.asked) == 1


def test_a_recording_whose_words_changed_is_not_replaced_by_another_prompts_take(tmp_path: Path) -> None:
    same = [target for target in targets_of(small_flow()) if target.words == "I did not hear you."]
    desk = Desk(tmp_path, lambda _: "i did not hear you", ["", ""], [spoken()])
    older = replace(same[1], words="I heard nothing.")
    desk.takes.keep(older, np.rint(spoken() * 9000).astype(np.int16))
    before = desk.takes.path(older.name).read_bytes()
    desk.targets = (same[0],)
    assert desk.run() == len(same) - 1
    assert desk.takes.path(older.name).read_bytes() == before
    assert desk.takes.state(same[1]) == "changed"


@pytest.mark.usefixtures("harbour")
def test_prompts_with_the_same_words_keep_their_own_files(tmp_path: Path) -> None:
    folder = shutil.copytree(FLOWS / "broken" / "quayside", tmp_path / "quayside")
    names: dict[str, list[str]] = {}
    for each in listed(folder).values():
        names.setdefault(each["words"], []).append(each["name"])
    words, twins = next(item for item in names.items() if len(item[1]) > 1)
    HEARD[0] = words
    for number, name in enumerate(twins):
        write(tmp_path / "takes" / f"{name}.wav", spoken(1.5 + number, rate=44_100))
    code, said = run(folder, "--folder", tmp_path / "takes", "--json")
    assert code == 0, said
    assert json.loads(said.splitlines()[-1])["kept"] == twins
    sounds = {(folder / "prompts" / f"{name}.wav").read_bytes() for name in twins}
    assert len(sounds) == len(twins)


def test_skipping_giving_up_and_refusing_to_replace_write_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: "something else", ["s", "", "", "s", "", "n", "q"], [spoken()])
    path = desk.takes.path(desk.targets[2].name)
    path.parent.mkdir()
    write_wav(path, np.rint(spoken() * 32767).astype(np.int16))
    before = path.read_bytes()
    assert desk.run() == 0
    assert sum(prompt.startswith("There is a recording") for prompt in desk.asked) == 1
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_take_that_began_anew_forgets_the_one_before() -> None:
    card = LoopbackSoundcard(rate=8000)
    dictaphone = Dictaphone(card)
    dictaphone.start()
    card.speak(np.full(160, 0.5, dtype=np.float32))
    card.streams[0].pass_block()
    dictaphone.start()
    card.speak(np.full(160, 0.25, dtype=np.float32))
    card.streams[1].pass_block()
    assert np.allclose(dictaphone.stop(), 0.25)
    assert len(dictaphone.stop()) == 0
    assert [stream.state for stream in card.streams] == ["closed", "closed"]


@pytest.mark.parametrize("broken", ["open", "start"])
def test_a_microphone_that_cannot_be_opened_is_told(broken: str) -> None:
    with pytest.raises(LineFailed) as error:
        Dictaphone(LoopbackSoundcard(broken=broken)).start()
    assert error.value.exit_code == 3


@pytest.mark.audio
@pytest.mark.timeout(180)
def test_the_real_recogniser_takes_good_takes_and_refuses_bad_ones(tmp_path: Path) -> None:
    for name in ("harbour", "shared"):
        shutil.copytree(FLOWS / name, tmp_path / name)
    folder = tmp_path / "harbour"
    targets = [target for target in targets_of(load_flow(folder)) if len(target.words.split()) >= 5][:7]
    good = asyncio.run(_rendered([target.words for target in targets]))
    names = [target.name for target in targets]
    longest = max(good, key=len)
    bad = {
        names[0]: good[1],
        names[1]: good[1] * 0.03,
        names[2]: np.clip(good[2] * 40, -1, 1),
        names[3]: good[3][: int(len(good[3]) * 0.6)],
        names[4]: good[4] + np.random.default_rng(1).standard_normal(len(good[4])).astype(np.float32) * 0.03,
        names[5]: longest if longest is not good[5] else good[0],
    }
    for name, sound in bad.items():
        write(tmp_path / "bad" / f"{name}.wav", sound, 8000)
    for name, sound in zip(names, good, strict=True):
        write(tmp_path / "good" / f"{name}.wav", sound, 8000)

    code, said = run(folder, "--folder", tmp_path / "bad", "--json")
    refused = json.loads(said.splitlines()[-1])
    assert code == 1
    assert refused["kept"] == []
    reasons = {name: " ".join(faults) for name, faults in refused["rejected"].items()}
    assert "other words" in reasons[names[0]]
    assert "too quiet" in reasons[names[1]]
    assert "clipped" in reasons[names[2]]
    assert "was not heard" in reasons[names[3]] or "cut off" in reasons[names[3]]
    assert "noisy" in reasons[names[4]]
    assert "other words" in reasons[names[5]]

    code, said = run(folder, "--folder", tmp_path / "good", "--json")
    kept = json.loads(said.splitlines()[-1])
    assert kept["rejected"] == {}
    assert code == 0
    assert set(names) <= set(kept["kept"])


async def _rendered(texts: list[str]) -> list[np.ndarray]:
    voice = HibariVoice(seed=3)
    try:
        return [from_telephone(await voice.render(text), 8000) for text in texts]
    finally:
        await voice.close()
