"""A flow in Python that uses what language 1.1 added; it stands on the small flow and is sound where that is.

Routes, results, counters, slots, confirm bands, digits, priorities, languages and a transfer.
"""

from __future__ import annotations

from dataclasses import replace

from nightbell.flow.model import (
    Answers,
    Branch,
    Case,
    Choice,
    Collect,
    Flow,
    Menu,
    Prompt,
    PromptState,
    Slot,
    State,
    Timers,
    Transfer,
    Universal,
    Words,
)
from nightbell.terms.disposition import Disposition
from nightbell.testing.flows import prompt, reprompts, small_flow

__all__ = ["whole_flow"]

_BAND = Timers(confidence_level=0.8, low_confidence_level=0.4)


def whole_flow() -> Flow:
    """Return the flow: opening, language, reason, area, code, a branch on all of it, a transfer, and the rest."""
    small = small_flow()
    kept = tuple(
        replace(state, next="tongue") if isinstance(state, PromptState) and state.name == "notice" else state
        for state in small.states
        if state.name not in {"opening", "reason"}
    )
    new = (_opening(), _tongue(), _reason(), _menu_again(), _area(), _code(), _sorted(), _transfer())
    states: tuple[State, ...] = (*new, *kept)
    return replace(
        small,
        spec="1.1",
        hash="1" * 64,
        languages=("en", "cy"),
        answers_in=(Answers(language="cy", yes=("ydw",), no=("nac ydw",), not_sure=("dim yn siwr",)),),
        universals=(*small.universals, _eyes()),
        states=states,
    )


def _eyes() -> Universal:
    return Universal(
        name="eyes",
        priority=50,
        hear=("(eye|eyes)",),
        unless=("eye test",),
        hear_in=(("cy", ("llygad",)),),
        floor=Disposition.D1,
        next="screen",
    )


def _opening() -> PromptState:
    say = Prompt(
        name="opening",
        parts=(Words("Emergency words."),),
        others=(("cy", (Words("Geiriau brys."),)),),
        must_hear=True,
    )
    return PromptState(name="opening", line=1, say=say, next="notice")


def _tongue() -> Menu:
    return Menu(
        name="tongue",
        line=2,
        say=prompt("tongue", "For English, one. Cymraeg, dau."),
        choices=(
            Choice(name="english", key="1", hear=("english",), next="reason", language="en"),
            Choice(name="welsh", key="2", hear=("cymraeg",), next="reason", language="cy"),
        ),
        unclear="reason",
        reprompts=reprompts("tongue"),
    )


def _reason() -> Menu:
    say = Prompt(
        name="reason", parts=(Words("Are you worried?"),), others=(("cy", (Words("Ydych chi'n poeni?"),)),)
    )
    return Menu(
        name="reason",
        line=3,
        say=say,
        timers=_BAND,
        choices=(
            Choice(name="worried", key="1", hear=("yes", "worried"), next="screen", hear_in=(("cy", ("ydw",)),)),
            Choice(
                name="appointments",
                key="2",
                hear=("appointments", "my eye booking"),
                not_hear=("no appointments",),
                next="area",
                priority=60,
            ),
        ),
        unclear="screen",
        result="reason",
        counts="asked",
        confirm=Prompt(name="reason.confirm", parts=(Words("Did you say"), Slot("heard"))),
        routes=(
            ("noinput", "message"),
            ("low_confidence", "hold"),
            ("dtmf_invalid", "before"),
            ("max_speech", "number"),
            ("asr_error", "again_by_key"),
            ("person", "connect"),
        ),
        reprompts=reprompts("reason"),
    )


def _menu_again() -> Menu:
    return Menu(
        name="again_by_key",
        line=4,
        say=prompt("again_by_key", "Worried, one. Anything else, two."),
        choices=(
            Choice(name="worried", key="1", hear=("worried",), next="screen"),
            Choice(name="again", key="2", hear=("anything else",), next="reason"),
        ),
        unclear="screen",
        routes=(("nine", "hold"), ("universal:eyes", "same"), ("universal:white_skin", "connect")),
        reprompts=reprompts("again_by_key"),
    )


def _area() -> Collect:
    return Collect(
        name="area",
        line=5,
        result="area",
        type="choice",
        say=prompt("area", "Face, or body?"),
        choices=(
            Choice(
                name="face",
                key="1",
                hear=("face", "my lip", "my nose"),
                next="code",
                fills=(("my lip", (("part", "lip"),)), ("my nose", (("part", "nose"),))),
            ),
            Choice(name="body", key="2", hear=("body",), next="code"),
        ),
        next="code",
        unclear="code",
        reprompts=reprompts("area"),
    )


def _code() -> Collect:
    return Collect(
        name="code",
        line=6,
        result="code",
        type="digits",
        say=prompt("code", "Your four digits."),
        min_digits=2,
        max_digits=4,
        next="sorted",
        unclear="sorted",
        reprompts=reprompts("code"),
    )


def _sorted() -> Branch:
    return Branch(
        name="sorted",
        line=7,
        cases=(
            Case(of="result", name="part", test="in", value=("lip", "nose"), next="before"),
            Case(of="result", name="code", test="equals", value=("unknown",), next="message"),
            Case(of="count", name="asked", test="at_least", value=("2",), next="number"),
            Case(of="language", test="equals", value=("cy",), next="connect"),
            Case(of="cover", test="equals", value=("full",), next="before"),
        ),
        otherwise="screen",
    )


def _transfer() -> Transfer:
    return Transfer(
        name="connect",
        line=8,
        say=prompt("connect", "Please stay on the line."),
        to="clinician",
        limit_ms=45_000,
        answered="connected",
        busy="hold",
        no_answer="number",
        failed="hold",
    )
