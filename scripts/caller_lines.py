"""Who says what: every utterance that render_callers.py makes, out of audio/callers.yaml and flows/*/callers.

It decides voices and speeds, and makes no sound. Which voice a caller has depends on the file and the place in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT_WORDS: Final = 3
COMPANY: Final = "callers"
"""Groups that begin so come from flows/*/callers, and lie in a folder of that name."""
MUMBLED: Final = ("mumbled", "callers_mumbled")
"""Groups of real sentences made hard to hear."""
URGENT: Final = ("D0", "D1", "DM", "D2")
"""Floors for which a person is paged: those recordings are made first."""
SCREENED: Final = ("yes", "no", "not_sure")
"""Answers without which no caller can be screened: those are made before all else."""
ROW_STEP: Final = 5
"""Voices that each row begins further on, so that no kind of caller always has the same voice."""


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance to make, or one sound without words (``sound`` names it)."""

    id: str
    group: str
    caller: str
    voice: str
    lang: str
    speed: float
    text: str
    row: str
    pitch: float = 1.0
    sound: str = ""

    @property
    def is_short(self) -> bool:
        """Tell whether it is a word or two: a full stop after them makes the voice breathe out audibly."""
        return len(self.text.split()) <= SHORT_WORDS

    @property
    def in_company(self) -> bool:
        """Tell whether it comes from flows/*/callers: mu-law, a byte a sample, as the telephone itself has it."""
        return self.group.startswith(COMPANY)

    @property
    def file(self) -> str:
        """Where it lies, from the audio folder."""
        return f"{COMPANY}/{self.id}.wav" if self.in_company else f"{self.id}.wav"

    @property
    def recipe(self) -> str:
        """Sum of everything that changes the sound but fixed levels; a line that keeps it is not made again."""
        parts: tuple[object, ...] = (
            self.voice,
            self.lang,
            f"{self.speed:.3f}",
            self.text,
            (2600.0, -6.0) if self.group in MUMBLED else (),
            self.is_short,
        )
        if self.in_company:
            parts = (*parts, "mu-law", f"{self.pitch:.2f}", self.sound)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def all_lines(plan: dict[str, Any], flows: Path) -> list[Line]:
    """Return every utterance, those of audio/callers.yaml first, and stop the program where two have one name."""
    found = [*_plan_lines(plan), *_company_lines(plan, flows)]
    counts = Counter(line.id for line in found)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        sys.exit(f"two utterances are named {', '.join(twice)}")
    return found


def _plan_lines(plan: dict[str, Any]) -> Iterator[Line]:
    for text in plan["words"]["texts"]:
        for caller, speed in plan["words"]["voices"].items():
            yield _line(plan, f"{_slug(text)}-{caller}", "words", caller, speed=speed, text=text)
    for group in ("red_flags", "benign", "turns", "mumbled"):
        for name, (caller, speed, text, row) in plan[group].items():
            yield _line(plan, name, group, caller, speed=speed, text=text, row=row)


def _line(
    plan: dict[str, Any],
    name: str,
    group: str,
    caller: str,
    *,
    speed: float,
    text: str,
    row: str = "",
    pitch: float = 1.0,
) -> Line:
    spoken = plan["voices"][caller]
    return Line(name, group, caller, spoken["voice"], spoken["lang"], float(speed), text, row, pitch)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z]+", "-", text.lower().replace("'", "")).strip("-")


def _company_lines(plan: dict[str, Any], flows: Path) -> list[Line]:
    """Return the company's lines, what matters most first: a run that is cut short leaves that behind."""
    read = YAML(typ="safe", pure=True)
    found: list[tuple[tuple[int, int], Line]] = []
    for path in _files(flows, "row-*.yaml"):
        found += _row_lines(plan, read.load(path))
    for path in _files(flows, "negative-*.yaml"):
        found += _negative_lines(plan, read.load(path)["negatives"])
    answers = flows / "shared" / "callers" / "answers.yaml"
    if answers.exists():
        found += _answer_lines(plan, read.load(answers)["answers"])
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def _files(flows: Path, pattern: str) -> list[Path]:
    found = flows.glob(f"*/callers/{pattern}")
    return sorted(found, key=lambda path: (path.parts[-3] != "shared", path.name, path))


def _row_lines(plan: dict[str, Any], file: dict[str, Any]) -> Iterator[tuple[tuple[int, int], Line]]:
    """Yield a row's lines with their place in the queue: the first of every row before the second of any."""
    company, row = plan["company"], str(file["row"])
    cast = _Cast(plan, ROW_STEP * int(row))
    mumbled = int(row) % company["mumbled"]["every"] == 0
    counts: Counter[bool] = Counter()
    for number, caller in enumerate(file["callers"]):
        if not caller["says"]:
            continue
        clinics = caller.get("clinics", file["clinics"])
        voice = cast.next("us" if clinics == ["hollow-lane"] else "gb", caller.get("voice", ""))
        speed = company["speeds"].get(caller["kind"], 1.0)
        name = f"caller-{caller['id']}"
        urgent = caller.get("floor", file["floor"]) in URGENT
        # Whoever rings several clinics makes as many calls of one recording, and so comes up sooner.
        place = (1 if urgent else 4, counts[urgent] // len(clinics))
        counts[urgent] += 1
        yield place, _line(plan, name, COMPANY, voice, speed=speed, text=caller["says"], row=row)
        if caller.get("then"):
            line = _line(plan, f"{name}-then", "callers_then", voice, speed=1.0, text=caller["then"], row=row)
            yield place, line
        if mumbled and caller["kind"] == company["mumbled"]["kind"]:
            mumbled = False
            speed = company["mumbled"]["speed"]
            name, group = f"{name}-mumbled", "callers_mumbled"
            yield (5, number), _line(plan, name, group, voice, speed=speed, text=caller["says"], row=row)


def _negative_lines(plan: dict[str, Any], file: dict[str, Any]) -> Iterator[tuple[tuple[int, int], Line]]:
    company = plan["company"]
    cast = _Cast(plan, len(file["group"]))
    for number, caller in enumerate(file["callers"]):
        name, group = f"caller-{caller['id']}", "callers_negative"
        if caller.get("sound"):
            yield (0, 0), Line(name, group, "", "", "", 1.0, "", "", sound=caller["sound"])
        elif caller.get("says"):
            clinics = caller.get("clinics", file.get("clinics", []))
            child = caller["id"].startswith("neg-child-")
            accent = "us" if clinics == ["hollow-lane"] else "gb"
            voice = cast.next(accent, "f" if child else caller.get("voice", ""))
            speed, pitch = (company["child"]["speed"], company["child"]["pitch"]) if child else (1.0, 1.0)
            yield (2, number), _line(plan, name, group, voice, speed=speed, text=caller["says"], pitch=pitch)


def _answer_lines(plan: dict[str, Any], answers: dict[str, list[str]]) -> Iterator[tuple[tuple[int, int], Line]]:
    voices = dict.fromkeys([*plan["company"]["gb"], *plan["company"]["us"]])
    for name, wordings in answers.items():
        for number, text in enumerate(wordings, 1):
            for voice in voices:
                called = f"caller-answer-{name}-{number}-{voice}"
                line = _line(plan, called, "callers_answers", voice, speed=1.0, text=text)
                yield (3 if number > 1 else 0 if name in SCREENED else 2, 0), line


class _Cast:
    """Gives out voices: the one that was used least in this file, in the order of the plan from ``start`` on."""

    def __init__(self, plan: dict[str, Any], start: int) -> None:
        self._plan, self._start = plan, start
        self._used: Counter[str] = Counter()

    def next(self, accent: str, sex: str) -> str:
        """Return the next voice of an accent (``gb``, ``us``) and a sex (``f``, ``m``, "" for either)."""
        names = self._plan["company"][accent]
        ordered = [*names[self._start % len(names) :], *names[: self._start % len(names)]]
        fit = [name for name in ordered if not sex or self._plan["voices"][name]["voice"][1] == sex]
        chosen: str = min(fit, key=lambda name: (self._used[name], ordered.index(name)))
        self._used[chosen] += 1
        return chosen
