"""Calls on a bench: callers phone the shipped line, and every answer and every stop is timed.

The callers are scripts made here from the caller audio: what a place may be answered with is looked up in the
flow's own grammar, so that no answer is written down here. Each call goes through conversation, records, ears and
prompts as a live one does; unpaced, so that its times are audio times, or paced by the clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nightbell.audio.edges import first_sound_ms
from nightbell.bootstrap.nightbell import Nightbell
from nightbell.call.compile import compile_flow
from nightbell.call.effects import Effect, Listen, Play
from nightbell.call.events import Event, Heard, Played
from nightbell.call.step import Ask
from nightbell.call.words import normal
from nightbell.conversation.clock import AudioClock, SystemClock
from nightbell.conversation.observer import Observer
from nightbell.flow.model import Flow
from nightbell.line.handset import KeyForm
from nightbell.rehearsal.port import Ended, IncomingCall
from nightbell.rehearsal.recordings import Recordings
from nightbell.rehearsal.runner import CallResult, Stage, rehearse_all
from nightbell.rehearsal.script import Answer, Expect, Impair, Script
from nightbell.rehearsal.world import ScriptedWorld
from nightbell.terms.disposition import Disposition

__all__ = ["Bank", "Calls", "Clip", "Turn", "phone", "scripts_for"]

SAID_GROUPS: Final = ("words", "turns")
FIRST: Final = "first_screen.signs."
LANE: Final = "filler_screen.signs."
PRODUCT: Final = "what_it_is_about"
"""Where the questions are asked, and the menu between them."""
LIMIT_MS: Final = 150_000
"""No call of the bench is longer; the line then gives up."""
HOLD_MS: Final = 4000
"""From a sentence said on hold to putting the phone down: the answer has begun by then."""
BARGE_MS: Final = 900
BARGE_STEP_MS: Final = 270
"""How far into a prompt a caller begins: from 0.9 s on, each turn a little further, never twice the same."""
BARGES: Final = 7
LATE_MS: Final = 1000
"""A prompt cut this long after the words were over was not cut by them."""
_CALLER: Final = "+447700900199"


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of the caller audio."""

    name: str
    group: str
    text: str
    voice: str


class Bank:
    """The caller audio, and what each recording answers at each place of a flow."""

    def __init__(self, folder: Path, flow: Flow) -> None:
        rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.recordings = Recordings(folder)
        self.clips = [Clip(row["id"], row["group"], row["text"], row["voice"]) for row in rows if "text" in row]
        self.beds = tuple(Path(row["file"]).stem for row in rows if row["group"] == "beds")
        plan = compile_flow(flow)
        asks = [step for step in plan.steps.values() if isinstance(step, Ask) and step.id in plan.lexicons]
        self.categories: dict[str, Mapping[str, str]] = {
            _place(step): plan.lexicons[step.id].categories for step in asks
        }
        self._confidence = {_place(step): step.timers.confidence_level for step in asks}
        self.listens: dict[str, Listen] = {}
        """Place -> what was listened for there in some call."""
        self.plays: dict[str, Play] = {}
        """Prompts that were played in some call."""

    @property
    def voices(self) -> tuple[str, ...]:
        """Voices that can say yes and no, in the manifest's order."""
        able = [clip.voice for clip in self.clips if clip.group in SAID_GROUPS and normal(clip.text) == "no"]
        return tuple(dict.fromkeys(able))

    def answers(self, voice: str, place: str, *categories: str) -> list[Clip]:
        """Return what this voice can say at a place to mean one of the categories."""
        means = self.categories[place]
        return [
            clip
            for clip in self.clips
            if clip.voice == voice and clip.group in SAID_GROUPS and means.get(normal(clip.text)) in categories
        ]

    def confidence(self, place: str) -> float:
        """Return the confidence that a place asks of an answer that leads away from care."""
        return self._confidence[place]

    def meaning(self, place: str, phrase: str | None) -> str | None:
        """Return the category that a phrase has at a place."""
        return self.categories.get(place, {}).get(normal(phrase)) if phrase else None


@dataclass(frozen=True, slots=True)
class Turn:
    """Something a caller said or pressed, and what followed."""

    level: str
    place: str
    what: str
    keys: bool
    kind: str
    """What the ears took it for: menu, yes, no, open, key, rejected ..."""
    ms: int | None
    """Last sound (or key) to the first sample of the answer."""
    decode_ms: float | None
    """Wall time that the recognisers took after the caller's pause."""
    right: bool | None
    """Whether it was taken for what it means; None where it is no answer of the place."""
    barged: bool
    stop_ms: int | None
    """First sound (or key) to the last sample of the prompt that it cut; None when it cut none."""


@dataclass
class Watch:
    """Remembers what a call's own report does not hold: decoding times, and where prompts were cut."""

    bank: Bank
    heard: list[tuple[int, str, Heard]] = field(default_factory=list)
    stops: list[tuple[int, str]] = field(default_factory=list)
    _place: dict[int, str] = field(default_factory=dict)
    _play: dict[int, Play] = field(default_factory=dict)
    _began: dict[int, int] = field(default_factory=dict)
    _next: Play | None = None

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Follow one event."""
        if isinstance(event, Heard):
            self.heard.append((audio_ms, self._place.get(event.listen, ""), event))
        if isinstance(event, Played) and not event.completed and event.effect in self._began:
            self.stops.append((self._began[event.effect] + event.played_ms, event.stopped_by or ""))
        for effect in effects:
            if isinstance(effect, Play):
                self._next = effect
                self.bank.plays.setdefault(effect.prompt, effect)
            elif isinstance(effect, Listen):
                self._place[effect.n] = _place(effect)
                self.bank.listens.setdefault(f"{_place(effect)}/{effect.mode}", effect)

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Follow the first sample of a prompt."""
        if self._next is not None and self._next.prompt == prompt:
            self._began[self._next.n] = audio_ms
            self._next = None


@dataclass(frozen=True, slots=True)
class Calls:
    """What a batch of calls came to."""

    turns: list[Turn]
    early_stops: int
    """Prompts cut by sound although the caller had not begun to speak."""
    crashed: list[str]


def scripts_for(
    bank: Bank, voice: str, *, level: str, impair: Impair | None, flags: Sequence[Clip]
) -> list[Script]:
    """Make three calls of one voice: worried and all is well; a booking that turns; a yes that pages."""
    turn = bank.voices.index(voice)

    def some(place: str, number: int, *categories: str, barge: bool) -> Answer:
        clips = bank.answers(voice, place, *categories)
        clip = clips[(turn + number) % len(clips)]
        late = BARGE_MS + BARGE_STEP_MS * ((turn + number) % BARGES)
        return Answer(say=clip.name, barge_in_ms=late if barge else None)

    def call(name: str, answers: Mapping[str, Sequence[Answer]]) -> Script:
        return Script(
            name=f"{name}-{voice}-{level}",
            about=name,
            file="bench",
            expect=Expect(disposition=Disposition.D5),
            answers=tuple((place, tuple(given)) for place, given in answers.items()),
            caller=_CALLER,
            impair=impair,
            repeats=1,
            limit_ms=LIMIT_MS,
        )

    down = Answer(hang_up=True)
    questions = [place for place in bank.categories if place.startswith(FIRST)]
    lane = [place for place in bank.categories if place.startswith(LANE)]
    well = {place: [some(place, n, "no", barge=False)] for n, place in enumerate(questions)}
    can_book = bank.answers(voice, "reason", "appointments")
    book = some("reason", 1, "appointments", barge=True) if can_book else Answer(press="2")
    flag = flags[turn % len(flags)]
    return [
        call("well", {"reason": [some("reason", 0, "worried", barge=False)], **well, PRODUCT: [down]}),
        call(
            "turns",
            {
                "reason": [book],
                "before_booking": [some("before_booking", 1, "yes", barge=True)],
                questions[0]: [some(questions[0], 2, "yes", "not_sure", barge=True)],
                "number.ask.offer": [some("number.ask.offer", 1, "yes", barge=False)],
                "number.right": [down],
            },
        ),
        call(
            "pages",
            {
                "reason": [some("reason", 2, "worried", barge=True)],
                **{place: [some(place, n + 3, "no", barge=True)] for n, place in enumerate(questions)},
                PRODUCT: [Answer(press="1")],
                lane[0]: [some(lane[0], 3, "no", barge=True)],
                lane[1]: [some(lane[1], 1, "yes", barge=True)],
                "number.ask.offer": [some("number.ask.offer", 2, "yes", barge=True), down],
                "number.right": [some("number.right", 0, "yes", barge=True)],
                "hold": [Answer(say=flag.name, hang_up=True, hang_up_after_ms=HOLD_MS)],
            },
        ),
    ]


def key_script(bank: Bank, number: int, keys: KeyForm) -> Script:
    """Make a call that is keyed from end to end, each key somewhere into its prompt."""

    def press(key: str, at: int) -> tuple[Answer, ...]:
        return (Answer(press=key, barge_in_ms=BARGE_MS + (number * 7 + at) * 37 % 1000),)

    questions = [place for place in bank.categories if place.startswith(FIRST)]
    answers = [("reason", press("1", 0)), *((place, press("2", n + 1)) for n, place in enumerate(questions))]
    return Script(
        name=f"keys-{keys}-{number}",
        about="keys alone",
        file="bench",
        expect=Expect(disposition=Disposition.D5),
        answers=(*answers, (PRODUCT, (Answer(hang_up=True),))),
        caller=_CALLER,
        keys=keys,
        limit_ms=LIMIT_MS,
    )


async def phone(
    night: Nightbell,
    flow: Flow,
    bank: Bank,
    scripts: Sequence[Script],
    folder: Path,
    *,
    level: str,
    paced: bool,
    jobs: int,
) -> Calls:
    """Let the scripts phone the line; return what they met.

    Raises:
        ProviderError: a model or store is missing or broken.
    """
    watches: dict[str, Watch] = {}

    def watch(script: Script) -> Sequence[Observer]:
        watches[script.name] = Watch(bank)
        return (watches[script.name],)

    async def take(call: IncomingCall) -> Ended:
        return await night.take(
            call.line,
            call.flow,
            call=f"{call.id}-{'paced' if paced else 'free'}",
            clock=SystemClock() if paced else AudioClock(call.now),
            world=ScriptedWorld(night.world_of(flow), call.fakes),
            observers=call.observers,
            keep_audio=False,
        )

    stage = Stage(flow=flow, recordings=bank.recordings, take=take, folder=folder, paced=paced, watch=watch)
    results = await rehearse_all(scripts, stage, jobs=jobs)
    turns: list[Turn] = []
    early = 0
    for result in results:
        seen = watches[result.script.name]
        found, cut_early = _turns(result, seen, bank, level)
        turns += found
        early += cut_early
    crashed = [result.script.name for result in results if result.disposition is None]
    return Calls(turns, early, crashed)


def _turns(result: CallResult, seen: Watch, bank: Bank, level: str) -> tuple[list[Turn], int]:
    given = [turn for turn in result.turns if turn.kind != "hang_up"]
    stops: dict[int, int] = {}
    early = 0
    for at, by in seen.stops:
        before = [n for n, turn in enumerate(given) if turn.start_ms + _first(bank, turn.what, turn.kind) <= at]
        last = before[-1] if before else None
        keyed = by == "key"
        if (
            last is None
            or last in stops
            or (given[last].kind == "press") != keyed
            or at > given[last].end_ms + 1000
        ):
            early += not keyed
        else:
            stops[last] = at
    found = []
    for number, (turn, response) in enumerate(zip(given, result.responses, strict=True)):
        until = given[number + 1].start_ms if number + 1 < len(given) else None
        heard = [
            event
            for at, place, event in seen.heard
            if place == turn.place and at >= turn.start_ms and (until is None or at <= until)
        ]
        meant = bank.meaning(turn.place, _text(bank, turn.what))
        taken = next((bank.meaning(turn.place, event.phrase) for event in heard), None)
        barge = _barges(result.script, turn.place, turn.what)
        begun = turn.start_ms + _first(bank, turn.what, turn.kind)
        found.append(
            Turn(
                level=level,
                place=turn.place,
                what=turn.what,
                keys=turn.kind == "press",
                kind=response.kind,
                ms=response.ms,
                decode_ms=heard[-1].decode_ms if heard else None,
                right=None if meant is None else taken == meant,
                barged=barge,
                stop_ms=stops[number] - begun if number in stops else None,
            )
        )
    return found, early


def _place(at: Ask | Listen) -> str:
    return f"{at.state}.{at.question}" if at.question else at.state


def _first(bank: Bank, name: str, kind: str) -> int:
    return (first_sound_ms(bank.recordings.words(name)) or 0) if kind == "say" else 0


def _text(bank: Bank, name: str) -> str | None:
    return next((clip.text for clip in bank.clips if clip.name == name), None)


def _barges(script: Script, place: str, what: str) -> bool:
    state, _, question = place.partition(".")
    _, answers = script.answers_at(state, question)
    return any(answer.barge_in_ms is not None and what in {answer.say, answer.press} for answer in answers)
