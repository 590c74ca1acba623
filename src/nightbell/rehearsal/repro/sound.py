"""Sound: what the recording of a replay must be, so that a green call means that somebody was heard.

It is the whole call as the line heard it, and it holds sound. A call in which the caller only pressed keys, hung
up or said nothing at all is silent; then the fingerprint must be there, for silence alone holds nothing against a
flow.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from nightbell.audio.edges import last_sound_ms, length_ms
from nightbell.audio.wav import read_line
from nightbell.errors import AudioError

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples
    from nightbell.rehearsal.schema import ScriptEntry
    from nightbell.rehearsal.script import Script

__all__ = ["is_silent", "sound_of", "why_unusable"]

_SHORTEST_MS: Final = 1000
"""What is shorter is no call."""
_AGAIN: Final = "take it from nightbell repro again"


def sound_of(script: Script) -> Samples:
    """Read what the line heard in a call that is played again.

    Raises:
        AudioError: it cannot be read.
    """
    assert script.replay is not None
    return read_line(Path(script.file).with_name(f"{script.replay.sound}.wav"))


def is_silent(script: Script) -> bool:
    """Tell whether it is a call that is played again, and nobody made a sound in it. Raises AudioError."""
    return script.replay is not None and last_sound_ms(sound_of(script)) is None


def why_unusable(entry: ScriptEntry, sound: Path) -> tuple[str, str] | None:
    """Return what speaks against the recording of a replay, and what to do about it; None for nothing."""
    replay = entry.replay
    assert replay is not None
    try:
        samples = read_line(sound)
    except AudioError as error:
        return error.message, error.hint
    down = replay.hang_up
    done = max((key.at for key in replay.keys), default=0)
    wanted = down if down is not None else max(done, _SHORTEST_MS)
    if length_ms(samples) < wanted:
        return (
            f"{sound} ends at {length_ms(samples) / 1000:.1f} s, and the call at {wanted / 1000:.1f} s or later",
            _AGAIN,
        )
    if last_sound_ms(samples) is not None:
        return None
    nothing = not replay.keys and down is None and entry.expect.ended != "silent"
    if nothing or not entry.expect.effects:
        hint = f"{_AGAIN}; a call of keys or silence alone needs the effects that it writes"
        return f"{sound} is silent", hint
    return None
