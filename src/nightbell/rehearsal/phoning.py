"""Phoning: one script against a line that is served by another process, over SIP and RTP, followed by its feed.

What the audio tier judges is judged here too. Times of the two ends are brought together by the clock that all
processes of a machine share; the caller's turns are told in the served line's time.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.errors import NightbellError
from nightbell.rehearsal.browsed.page import Page, PagePhone
from nightbell.rehearsal.expectations import Evidence
from nightbell.rehearsal.follower import Follower
from nightbell.rehearsal.telephone import Phone, Talked, talk
from nightbell.rehearsal.timing import responses

if TYPE_CHECKING:
    from nightbell.conversation.observer import Observer
    from nightbell.line.scripted import ScriptedLine
    from nightbell.line.webhook.carrier import RequestedCall
    from nightbell.rehearsal.caller import ScriptedCaller, Turn
    from nightbell.rehearsal.repro.playing import ReplayedCaller
    from nightbell.rehearsal.requested.asking import People
    from nightbell.rehearsal.script import Script
    from nightbell.rehearsal.witness import Witness

__all__ = ["ServedLine", "in_served_time", "phone"]

_AFTER_S: Final = 10.0
"""What the served line may take to close its record once the telephones are down."""
_HEARD_LATER_MS: Final = 200
"""From a frame's leaving to its being heard at the other end: its tick and the jitter buffer, with room for a busy
machine. A stretch of the line's words is looked for so much longer."""


@dataclass(frozen=True, slots=True)
class ServedLine:
    """A line that another process serves, for rehearsals."""

    place: Callable[[str | None, str], Awaitable[Phone]]
    """Given the caller's number and the name to show, places a call and waits until it is picked up. Raises
    LineFailed when it is not."""
    feed: Path
    requests: Callable[[str | None, str], RequestedCall] | None = None
    """In the place of ``place``, for a line that is asked by requests alone: gives a carrier's end of a call."""
    people: People | None = None
    """Whom such a line rings at its carrier."""
    page: Callable[[str], Awaitable[PagePhone]] | None = None
    """In the place of ``place``, for calls from the phone page: given the name to know it by."""


async def phone(
    script: Script,
    served: ServedLine,
    *,
    line: ScriptedLine,
    caller: ScriptedCaller | ReplayedCaller,
    witness: Witness,
    observers: Sequence[Observer],
) -> Evidence:
    """Place the call, play the script, and return what it left behind.

    Args:
        script: what is played.
        served: the line that is phoned.
        line: the caller's end.
        caller: plays the script on the line's handset; one of the observers, as is the witness.
        witness: keeps what is judged.
        observers: told what happens in the served process.
    """
    token = f"rehearsal-{secrets.token_hex(6)}"
    talked, crash = Talked("lost", 0.0), ""
    page = Page(script, witness.flow, served.page) if served.page is not None else None
    follower = Follower(
        served.feed,
        token=token,
        now=script.now,
        fakes=script.fakes if page is None else page.fakes,
        observers=observers if page is None else (*observers, page),
        caller=script.caller if page is not None else None,  # a browser shows no number: the line is told it
    )
    try:
        async with follower:
            following = asyncio.create_task(follower.run(), name="follow")
            try:
                handset: Phone
                handset = await (served.place(script.caller, token) if page is None else page.call(token))
                talked = await talk(handset, line)
                await asyncio.wait({following}, timeout=_AFTER_S)
                crash = _fault(following)
            finally:
                if page is not None:
                    await page.close()
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
    except NightbellError as error:
        crash = str(error)
    if not crash and talked.by == "limit":
        crash = f"the call did not end within {script.limit_ms // 1000} s"
    witness.finish()
    if page is not None and not crash:
        crash = page.wrong(witness, put_down=talked.by != "line")
    ahead_ms = round((follower.answered - talked.began) * 1000) if follower.answered and talked.began else 0
    turns = in_served_time(caller.turns, ahead_ms)

    def loudest_dbfs(start_ms: int, end_ms: int) -> float:
        return line.loudest_dbfs(max(start_ms + ahead_ms, 0), end_ms + ahead_ms + _HEARD_LATER_MS)

    return Evidence(
        script=script,
        witness=witness,
        turns=turns,
        unused=caller.unused,
        responses=responses(turns, witness, witness.flow),
        disposition=follower.disposition,
        loudest_dbfs=loudest_dbfs,
        sound=lambda start_ms, end_ms: line.said(max(start_ms + ahead_ms, 0), end_ms + ahead_ms + _HEARD_LATER_MS),
        crash=crash,
    )


def _fault(following: asyncio.Task[None]) -> str:
    """Return what went wrong with following a call that is over; "" for nothing."""
    if not following.done():
        return "the served line did not close the call"
    error = following.exception()
    return "" if error is None else f"the call could not be followed: {type(error).__name__}: {error}"


def in_served_time(turns: Sequence[Turn], ahead_ms: int) -> list[Turn]:
    """Return turns in the served line's audio time; ``ahead_ms`` is how much sooner the caller's end began."""
    return [
        replace(
            turn,
            start_ms=turn.start_ms - ahead_ms,
            last_sound_ms=turn.last_sound_ms - ahead_ms,
            end_ms=turn.end_ms - ahead_ms,
        )
        for turn in turns
    ]
