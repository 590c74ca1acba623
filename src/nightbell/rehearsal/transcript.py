"""Transcript: a call shown while it happens - time, who, words. An Observer; it changes nothing and keeps nothing.

For terminals of rehearsals and talks, where the caller is a script or oneself. It is no log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from nightbell.call.effects import Close, Escalate, Play, RingBack, Transfer
from nightbell.call.events import (
    EarsFailed,
    EscalationChanged,
    Heard,
    HungUp,
    KeyPressed,
    MessageRecorded,
    Played,
    TransferEnded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from nightbell.call.effects import Effect
    from nightbell.call.events import Event

__all__ = ["Transcript"]

_STYLES: Final = {
    "clinic": "cyan",
    "caller": "yellow",
    "page": "bold magenta",
    "handset": "magenta",
    "end": "bold",
    "state": "dim",
}


class Transcript:
    """Prints a call line by line."""

    def __init__(self, console: Console, *, name: str = "", show_states: bool = False) -> None:
        """Print to a console.

        Args:
            console: where to.
            name: put before every line, to tell calls that run side by side apart.
            show_states: say also where the call stands.
        """
        self._console = console
        self._name = name
        self._show_states = show_states
        self._next: Play | None = None
        self._state = ""
        self._now = 0
        self.waiting = False
        """The call waits for the caller: it listens and nothing is being said."""

    def take_turn(self) -> bool:
        """Tell once per prompt whether the call waits for the caller."""
        waiting, self.waiting = self.waiting, False
        return waiting

    def tell(self, words: str) -> None:
        """Print what the handset of the person on call does."""
        self._print(self._now, "handset", words)

    def happened(self, event: Event, effects: Sequence[Effect], audio_ms: int) -> None:
        """Print what the caller did, and what came of it."""
        self._now = audio_ms
        heard = _caller_words(event)
        if heard:
            self._print(audio_ms, "caller", heard)
        if isinstance(event, Played):
            self.waiting = True
        for effect in effects:
            self._effect(effect, audio_ms)
        match event:
            case HungUp(by="caller"):
                self._print(audio_ms, "caller", "[hangs up]")
            case EscalationChanged(status=status):
                self._print(audio_ms, "page", status)
            case TransferEnded(outcome=outcome):
                self._print(audio_ms, "page", f"transfer: {outcome.replace('_', ' ')}")
            case EarsFailed(reason=reason):
                self._print(audio_ms, "state", f"ears out: {reason}, keys only")
            case _:
                pass

    def speaking(self, prompt: str, audio_ms: int) -> None:
        """Print a prompt as its first sample goes out."""
        if self._next is not None and self._next.prompt == prompt:
            words = " ".join(segment.text.strip() for segment in self._next.segments)
            self._print(audio_ms, "clinic", words)
            self._next = None
        else:
            self._print(audio_ms, "clinic", f"[{prompt}]")

    def _effect(self, effect: Effect, audio_ms: int) -> None:
        match effect:
            case Play(state=state):
                self._next, self.waiting = effect, False
                self._enter(state, audio_ms)
            case Escalate(disposition=disposition, state=state):
                self._print(audio_ms, "page", f"a person is paged: {disposition.value}, raised in {state}")
            case Transfer(to=to):
                self._print(audio_ms, "page", f"dialling the {to}")
            case RingBack(times=times):
                often = f"up to {times} times" if times > 1 else "once"
                self._print(audio_ms, "page", f"to be rung back, {often}")
            case Close(disposition=disposition, reason=reason):
                self.waiting = False
                self._print(audio_ms, "end", f"{disposition.value} ({reason})")
            case _:
                pass

    def _enter(self, state: str, audio_ms: int) -> None:
        if self._show_states and state != self._state:
            self._print(audio_ms, "state", state)
        self._state = state

    def _print(self, audio_ms: int, who: str, words: str) -> None:
        seconds = audio_ms / 1000
        line = Text(f"{self._name}  " if self._name else "", style="dim")
        line.append(f"{int(seconds // 60)}:{seconds % 60:04.1f}  ", style="dim")
        line.append(f"{who:<8}", style=_STYLES[who])
        line.append(words)
        self._console.print(line)


def _caller_words(event: Event) -> str:
    match event:
        case KeyPressed(key=key):
            return f"[key {key}]"
        case Heard(cause="phrase", phrase=phrase):
            return phrase or ""
        case Heard():
            words = event.open_text or event.text
            return (
                f"{words} [not one of the answers]"
                if event.cause == "rejected" and words
                else words or "[a sound]"
            )
        case MessageRecorded(text=text):
            return f"[message] {text}"
        case _:
            return ""
