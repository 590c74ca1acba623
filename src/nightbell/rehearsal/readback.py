"""Readback: what callers are told at the end, heard back from the line's own sound by a recogniser of free speech.

Who mishears a wording here mishears it at home too. Word errors are those left after numbers and spelling are made
one; telephone numbers, the emergency number, clock times, and the keys and counts in the words are looked at by
themselves, because one wrong digit of them is no small error. It renders and hears nothing: both are given to it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import jiwer

from nightbell.audio.g711 import round_trip
from nightbell.flow.model import End, Escalation, PromptState, Slot, Words
from nightbell.oncall.promise import spoken_time
from nightbell.rehearsal.pieces import ways
from nightbell.speech.decoys import HOMOPHONES
from nightbell.speech.spelling import cardinal, digits, number, spell
from nightbell.terms.instant import Instant
from nightbell.terms.segment import Segment

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.flow.model import Flow, Prompt

__all__ = ["DEADLINES", "Heardback", "Told", "as_told", "compare", "heard_in", "read_back", "told_by"]

DEADLINES: Final = (
    ("2026-11-21T22:40:00+00:00", "2026-11-21T23:10:00+00:00"),
    ("2026-11-21T03:52:00+00:00", "2026-11-21T07:52:00+00:00"),
    ("2026-11-21T18:05:00+00:00", "2026-11-23T12:00:00+00:00"),
    ("2026-11-22T15:30:00+00:00", "2026-11-22T16:07:00+00:00"),
)
"""Now and by when: late at night, in the small hours, over a week-end, a minute that is one word."""
_GOOD_RATE: Final = 0.05
_WHO: Final = "a clinician"
"""Who rings, as every promise but a booking's says it."""
_TOKEN: Final = re.compile(r"[a-z0-9]+")
_PARTED: Final = re.compile(r"\bto[ -](?=(?:night|day|morrow)\b)")
_HALF: Final = re.compile(r"\b([ap])\.?\s?m\b\.?")
_CLOCK: Final = re.compile(r"\b(\d{1,2})[:.](\d{2})\b")
_BARE_CLOCK: Final = re.compile(r"\bby (\d{1,2}) ?(\d{2})\b(?! \d)")
_NUMBERS: Final = frozenset(" ".join(cardinal(value) for value in (*range(20), *range(20, 100, 10))).split())
_SOUNDS: Final = {other: word for group in HOMOPHONES for word in group & _NUMBERS for other in group - _NUMBERS}
_ALIKE: Final = {"grey": "gray", "centre": "center", "ok": "okay", "oclock": "o clock", "saint": "st"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One wording as a call says it, its numbers and times filled in."""

    prompt: str
    segments: tuple[Segment, ...]
    words: str
    """Spelt for the ear."""
    exact: tuple[str, ...]
    """What must be heard right to the word: telephone numbers, the emergency number, times, keys, counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heardback:
    """What was heard of a wording."""

    told: Told
    heard: str
    errors: int
    length: int
    """Words of the wording."""
    lost: tuple[str, ...]
    """What had to be right and was not heard so often as it was said."""

    @property
    def rate(self) -> float:
        """Word errors by words."""
        return self.errors / self.length if self.length else 0.0


def told_by(flow: Flow) -> Iterator[Told]:
    """Yield every wording of an end, a hold, the emergency words and a crisis, promises filled in.

    Each wording with a time is filled with one of ``DEADLINES`` in turn, so that several are heard.
    """
    turn = 0
    for prompt in _prompts(flow):
        now, by = (Instant.parse(text) for text in DEADLINES[turn % len(DEADLINES)])
        spoken = spoken_time(by, now=now, zone=flow.clinic.zone)
        turn += Slot("promise_time") in prompt.parts
        segments = tuple(_segment(part, flow, spoken) for part in prompt.parts)
        yield as_told(prompt.name, segments, flow)


def as_told(prompt: str, segments: Sequence[Segment], flow: Flow) -> Told:
    """Return what is said with these segments, spelt for the ear, and what of it must be right to the word."""
    spelt = " ".join(_spelt(segment, flow.clinic.country) for segment in segments)
    exact = [_spelt(segment, flow.clinic.country) for segment in segments if segment.form in {"time", "number"}]
    for segment in segments:
        if segment.form == "words":
            exact += _numbers(_tokens(_spelt(segment, flow.clinic.country)))
    return Told(prompt=prompt, segments=tuple(segments), words=spelt, exact=tuple(dict.fromkeys(exact)))


async def read_back(
    told: Told,
    say: Callable[[str, Sequence[Segment]], Awaitable[Samples]],
    hear: Callable[[Samples], Awaitable[str]],
    country: str,
) -> Heardback:
    """Say a wording, send it over the telephone line, and compare what was heard.

    Args:
        told: the wording.
        say: the line's voice; takes a prompt's name and its segments.
        hear: the recogniser.
        country: the clinic's country, which decides how numbers are said.
    """
    sound = round_trip(await say(told.prompt, told.segments))
    return await heard_in(sound, told, hear, country, lambda found: found.rate <= _GOOD_RATE and not found.lost)


async def heard_in(
    sound: Samples,
    told: Told,
    hear: Callable[[Samples], Awaitable[str]],
    country: str,
    good: Callable[[Heardback], bool],
) -> Heardback:
    """Let the recogniser hear a wording in sound off the line, cut in one way after another until it is good.

    Args:
        sound: shape (n,), off the line.
        told: the wording.
        hear: the recogniser.
        country: the clinic's country.
        good: tells whether what was heard will do.

    Returns:
        The first that is good, or else the one with the least lost and then the fewest errors.
    """
    found: list[Heardback] = []
    for pieces in ways(sound):
        heard = " ".join([await hear(piece) for piece in pieces])
        found.append(compare(told, heard, country))
        if good(found[-1]):
            return found[-1]
    return min(found, key=lambda each: (len(each.lost), each.errors))


def compare(told: Told, heard: str, country: str) -> Heardback:
    """Compare a wording with what was heard, in the reading of its figures that fits best."""
    wanted = _tokens(told.words)
    heard_times = _clocks(_BARE_CLOCK.sub(r"by \1:\2", heard))
    readings = [_tokens(spell(heard_times, country)), _tokens(_by_figure(heard_times))]
    scored = [(_errors(wanted, reading), reading) for reading in readings]
    errors, _ = min(scored, key=lambda each: each[0])
    lost = tuple(
        words
        for words in told.exact
        if all(_count(_tokens(words), wanted) > _count(_tokens(words), reading) for reading in readings)
    )
    return Heardback(told=told, heard=heard, errors=errors, length=len(wanted), lost=lost)


def _prompts(flow: Flow) -> Iterator[Prompt]:
    for state in flow.states:
        match state:
            case End():
                yield state.say
                if state.say_without_promise is not None:
                    yield state.say_without_promise
            case Escalation():
                yield state.say
            case PromptState() if state.name in {flow.emergency, flow.person} or state.say.must_hear:
                yield state.say
            case _:
                pass


def _segment(part: Words | Slot, flow: Flow, spoken: str) -> Segment:
    if isinstance(part, Words):
        return Segment("words", part.text)
    match part.name:
        case "promise_time":
            return Segment("time", spoken)
        case "promise_who":
            return Segment("words", _WHO)
        case _:
            return Segment("number", flow.clinic.number)


def _spelt(segment: Segment, country: str) -> str:
    return number(segment.text, country) if segment.form == "number" else spell(segment.text, country)


def _clocks(text: str) -> str:
    """Spell 10:45 and 8.05 as a voice says them."""

    def spelt(hit: re.Match[str]) -> str:
        minute = int(hit[2])
        past = " o'clock" if minute == 0 else f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
        return f"{cardinal(int(hit[1]))}{past}"

    return _CLOCK.sub(spelt, text)


def _numbers(words: Sequence[str]) -> Iterator[str]:
    """Yield the numbers in words, each as a whole; "one" alone is mostly none, unless it is pressed."""
    for is_number, run in groupby(enumerate(words), lambda each: each[1] in _NUMBERS):
        found = list(run)
        if is_number and (len(found) > 1 or found[0][1] != "one" or words[max(found[0][0] - 1, 0)] == "press"):
            yield " ".join(word for _, word in found)


def _by_figure(text: str) -> str:
    return re.sub(r"\d+", lambda hit: f" {digits(hit[0])} ", text)


def _tokens(text: str) -> list[str]:
    """Return words in one spelling: lower case, no apostrophes, -our as -or, a.m. as am, "0 to 0" as digits."""
    plain = (
        _PARTED.sub("to", _HALF.sub(r"\1m", text.lower()))
        .replace("'", "")
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    found = [_ALIKE.get(word, re.sub(r"(?<=...)our(?=s?$)", "or", word)) for word in _TOKEN.findall(plain)]
    return _among_numbers(" ".join(found).split())


def _among_numbers(words: list[str]) -> list[str]:
    """Return words with those that sound like a number taken for it where one stands before and one after."""
    inside = zip(words, words[1:], words[2:], strict=False)
    middle = [_SOUNDS.get(word, word) if {before, after} <= _NUMBERS else word for before, word, after in inside]
    return [*words[:1], *middle, *words[max(len(words) - 1, 1) :]]


def _errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    heard = heard or ["-"]  # nothing at all: every word is wrong
    output = jiwer.process_words(" ".join(wanted), " ".join(heard))
    alike = 0
    for chunk in output.alignments[0]:
        if chunk.type == "substitute":
            pairs = zip(
                wanted[chunk.ref_start_idx : chunk.ref_end_idx],
                heard[chunk.hyp_start_idx : chunk.hyp_end_idx],
                strict=True,
            )
            alike += sum(any({asked, said} <= group for group in HOMOPHONES) for asked, said in pairs)
    return int(output.substitutions + output.deletions + output.insertions) - alike


def _count(words: Sequence[str], text: Sequence[str]) -> int:
    """Count where the words stand; a number with another digit before or after it is another number."""
    size, alone = len(words), all(word in _NUMBERS for word in words)
    starts = range(len(text) - size + 1) if size else ()
    places = [at for at in starts if list(text[at : at + size]) == list(words)]
    beside = ([*text[max(at - 1, 0) : at], *text[at + size : at + size + 1]] for at in places)
    return sum(not (alone and any(word in _NUMBERS for word in near)) for near in beside)
