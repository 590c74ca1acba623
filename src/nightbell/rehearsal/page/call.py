"""Call: one call as a section of the page - verdict, sound, what was said and heard, the way it took."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from nightbell.audio.wav import read_channels
from nightbell.errors import AudioError
from nightbell.rehearsal.page.wave import wave

if TYPE_CHECKING:
    from nightbell.rehearsal.result import CallResult

__all__ = ["anchor", "section", "verdict"]

_ORDER: Final = ("heard", "page", "line", "caller")
"""What comes first of what happens in the same moment: what was heard leads to what is said."""
_BLAMED: Final = {
    "ear": "the ear",
    "flow": "the flow or its script",
    "recording": "perhaps the recording, in which no speech was found",
    "unknown": "the ear or the flow",
}


def anchor(result: CallResult) -> str:
    """Return the section's id."""
    return f"call-{escape(result.script.name, quote=True)}"


def verdict(result: CallResult) -> str:
    """Return passed, failed or known, in a word."""
    if not result.passed:
        return "failed"
    return "known" if result.excused else "passed"


def section(result: CallResult) -> str:
    """Return the HTML; a call that failed stands open."""
    script = result.script
    word = verdict(result)
    ended = result.disposition.value if result.disposition is not None else "no end"
    opened = " open" if word == "failed" else ""
    about = f"{escape(script.expect.label)} expected, {ended}; {result.audio_ms / 1000:.0f} s"
    return "\n".join(
        [
            f'<details id="{anchor(result)}" class="call {word}"{opened}>',
            f"<summary><b>{escape(script.name)}</b> <span class=mark>{word}</span> {about}</summary>",
            f"<p>{escape(script.about)} <code>{escape(script.file)}</code></p>",
            *_failures(result),
            *_sound(result),
            *_talk(result),
            *_way(result),
            "</details>",
        ]
    )


def _failures(result: CallResult) -> Iterator[str]:
    found = [*result.failures, *result.excused]
    if found:
        yield "<ul class=failures>"
        for failure in found:
            yield f"<li><b>{escape(failure.kind.value)}</b> {escape(failure.detail)}</li>"
        if result.excused and (known := result.script.known) is not None:
            told = f"Known until {known.until.isoformat()} ({known.owner}): {known.why}"
            yield f"<li>{escape(told)}</li>"
        if result.blame:
            yield f"<li>It was {_BLAMED[result.blame]}: the same words were played in writing.</li>"
        yield "</ul>"


def _sound(result: CallResult) -> Iterator[str]:
    path = result.recording
    if path is None:
        yield "<p>In writing: there is no sound.</p>"
        return
    try:
        caller, line = read_channels(path)
        digest = sha256(path.read_bytes()).hexdigest()
    except (AudioError, OSError):
        yield "<p>The recording is gone.</p>"
        return
    name = escape(result.script.name)
    link = escape(quote(path.name, safe="@"), quote=True)  # a noise's own name may hold what ends an address
    yield wave(caller, line, f"{name}: caller above, line below")
    yield (
        f'<p><audio controls preload="none" src="{link}"></audio> '
        f'<a href="{link}">{escape(path.name)}</a> <small>sha256 {digest}</small></p>'
    )


def _talk(result: CallResult) -> Iterator[str]:
    rows = [(said.start_ms, "line", said.place, said.words) for said in result.said]
    rows += [(turn.start_ms, "caller", turn.place, _done(turn.kind, turn.what)) for turn in result.turns]
    rows += [
        (found.at_ms, "heard", found.place, f"{found.phrase or found.cause} ({found.mode})")
        for found in result.understood
        if found.mode != "key"
    ]
    rows += [
        (page.at_ms, "page", page.state, f"a person is asked for: {page.disposition}") for page in result.pages
    ]
    yield "<div class=wide><table class=talk><tr><th>at</th><th>who</th><th>place</th><th>what</th></tr>"
    for at, who, place, what in sorted(rows, key=lambda row: (row[0], _ORDER.index(row[1]))):
        cells = "".join(f"<td>{escape(each)}</td>" for each in (f"{at / 1000:.1f} s", who, place, what))
        yield f"<tr class={who}>{cells}</tr>"
    yield "</table></div>"


def _done(kind: str, what: str) -> str:
    return {"say": f"says {what}", "press": f"presses {what}"}.get(kind, "hangs up")


def _way(result: CallResult) -> Iterator[str]:
    yield "<ol class=way>"
    for state in result.states:
        yield f"<li>{escape(state)}</li>"
    yield "</ol>"
