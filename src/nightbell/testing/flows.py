"""A small sound flow built in Python, for tests that need one without reading files. It uses most state kinds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from nightbell.flow.model import (
    Branch,
    Case,
    Choice,
    Clinic,
    Collect,
    Confirm,
    End,
    Escalation,
    Flow,
    Menu,
    NotifyState,
    Prompt,
    PromptState,
    Question,
    RecordState,
    Reprompts,
    Schedule,
    Screen,
    Slot,
    Universal,
    Words,
)
from nightbell.terms.disposition import Disposition

__all__ = ["changed", "prompt", "reprompts", "short_hold", "small_flow"]

CLINIC = Clinic(
    name="rosewood",
    title="Rosewood Clinic",
    country="GB",
    zone="Europe/London",
    number="+442079460123",
    emergency="999",
)


def prompt(name: str, text: str, *, must_hear: bool = False) -> Prompt:
    """Build a prompt of fixed words."""
    return Prompt(name=name, parts=(Words(text),), must_hear=must_hear)


def changed(flow: Flow, name: str, /, **fields: Any) -> Flow:
    """Return the flow with one state changed, as a version of its own."""
    states = tuple(replace(state, **fields) if state.name == name else state for state in flow.states)
    return replace(flow, states=states, hash=hashlib.sha256(repr(states).encode()).hexdigest())


def short_hold() -> Flow:
    """Return the small flow with a hold of four seconds instead of a minute."""
    flow = small_flow()
    states = [
        replace(state, every_ms=1500, limit_ms=4000) if isinstance(state, Escalation) else state
        for state in flow.states
    ]
    return replace(flow, states=tuple(states))


def reprompts(name: str) -> Reprompts:
    """Build the tapered words of a state that asks."""
    return Reprompts(
        noinput=(prompt(f"{name}.noinput.1", "I did not hear you."),),
        nomatch=(prompt(f"{name}.nomatch.1", "I did not understand."),),
        keys_only=prompt(f"{name}.keys_only", "Please use the keys."),
    )


def small_flow() -> Flow:
    """Return the flow: opening, notice, reason, screen, hold, number, message, ends."""
    sight = Question(
        name="sight",
        ask=prompt("screen.sight", "Has your sight changed?"),
        yes=Disposition.D0,
        hear_no=("not at all",),
        row="1",
    )
    pain = Question(
        name="pain",
        ask=prompt("screen.pain", "Does it hurt?"),
        yes=Disposition.D1,
        hear_yes=("it hurts",),
        row="3",
    )
    return Flow(
        clinic=CLINIC,
        spec="1.0",
        hash="0" * 64,
        starts_at="opening",
        emergency="emergency",
        silent="silent",
        person="hold",
        mistake=prompt("mistake", "If you pressed nine by mistake, press one now."),
        after_mistake="screen",
        universals=(
            Universal(
                name="white_skin",
                priority=90,
                hear=("(lip|skin) ... white",),
                floor=Disposition.D1,
                next="screen",
                row="3",
            ),
            Universal(
                name="sight",
                priority=100,
                hear=("can't see", "lost my sight"),
                floor=Disposition.D0,
                next="emergency",
                row="1",
            ),
            Universal(name="decline_recording", priority=1, hear=(), floor=None, next="same", key="5"),
        ),
        sounds_like=(("botox", ("buttocks",)),),
        states=(
            PromptState(
                name="opening", line=1, say=prompt("opening", "Emergency words.", must_hear=True), next="notice"
            ),
            PromptState(
                name="notice",
                line=2,
                say=prompt("notice", "This call is recorded."),
                next="again",
                starts_recording=True,
            ),
            Branch(
                name="again",
                line=3,
                cases=(
                    Case(of="contacts_96h", test="at_least", value=("1",), next="screen", floor=Disposition.D1),
                ),
                otherwise="reason",
            ),
            Menu(
                name="reason",
                line=4,
                say=prompt("reason", "Are you worried?"),
                choices=(
                    Choice(name="worried", key="1", hear=("yes", "worried"), next="screen"),
                    Choice(name="appointments", key="2", hear=("appointments", "booking"), next="before"),
                ),
                unclear="screen",
                reprompts=reprompts("reason"),
            ),
            Collect(
                name="before",
                line=5,
                result="answer",
                type="yes_no",
                say=prompt("before", "Is anything worrying you?"),
                yes="screen",
                next="hours",
                unclear="screen",
                reprompts=reprompts("before"),
            ),
            Screen(
                name="screen",
                line=6,
                questions=(sight, pain),
                any_yes="hold",
                all_no="message",
                emergency="emergency",
                reprompts=reprompts("screen"),
            ),
            PromptState(
                name="emergency",
                line=7,
                say=prompt("emergency", "Hang up and dial nine nine nine.", must_hear=True),
                next="number",
            ),
            Escalation(
                name="hold",
                line=8,
                say=prompt("hold", "Stay on the line."),
                every_ms=20_000,
                limit_ms=60_000,
                acknowledged="connected",
                exhausted="number",
            ),
            Collect(
                name="number",
                line=9,
                result="callback_number",
                type="phone",
                say=prompt("number", "Key your number."),
                offer=Prompt(name="number.offer", parts=(Words("Shall we ring "), Slot("caller_number"))),
                next="read_back",
                unclear="goodbye",
                reprompts=reprompts("number"),
            ),
            Confirm(
                name="read_back",
                line=10,
                say=Prompt(name="read_back", parts=(Slot("callback_number"), Words("Is that right?"))),
                yes="goodbye",
                no="number",
                unclear="goodbye",
                reprompts=reprompts("read_back"),
            ),
            Schedule(name="hours", line=11, open="booked", closed="message", holiday="message"),
            RecordState(
                name="message", line=12, say=prompt("message", "After the beep."), next="listed", empty="listed"
            ),
            NotifyState(
                name="listed", line=13, channel="message", template="booking", ok="booked", failed="booked"
            ),
            End(
                name="goodbye",
                line=14,
                disposition=Disposition.D2,
                say=Prompt(name="goodbye", parts=(Words("We ring you by"), Slot("promise_time"))),
                promise=True,
                say_without_promise=prompt("goodbye.plain", "Dial nine nine nine if it gets worse."),
            ),
            End(
                name="connected",
                line=15,
                disposition=Disposition.D1,
                say=prompt("connected", "Connecting."),
                promise=False,
            ),
            End(
                name="booked",
                line=16,
                disposition=Disposition.D5,
                say=prompt("booked", "Goodbye."),
                promise=False,
            ),
            End(
                name="silent",
                line=17,
                disposition=Disposition.DU,
                say=prompt("silent", "We will ring you back."),
                promise=False,
            ),
        ),
    )
