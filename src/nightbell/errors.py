"""Every error that Nightbell raises on purpose, as one tree.

    NightbellError                      .code  .message  .hint
    ├── SettingsError                   a setting is missing or makes no sense
    ├── TermError                       a value that is no telephone number, key, instant ...
    ├── AudioError                      a recording that cannot be used
    │   └── CaptureRefused              a caller's recording that may not be kept or used
    ├── FlowError                       .diagnostics: every fault of a flow at once
    │   └── PatternError                .offset: a phrase pattern that cannot be read
    │       └── UnknownWords            it names a grammar or slot that cannot stand there
    ├── EscalationError                 something that cannot happen to an escalation where it stands
    │   └── Conflict                    somebody else moved it first: it has to be read again
    ├── ScriptError, CallersError       .diagnostics: every fault of a call script, of the callers' files
    ├── SessionError                    a saved session or a journal that does not fit its flow
    │   └── UnsupportedVersion          an event or session written by a newer Nightbell
    ├── ProviderError                   .provider: a recogniser, voice, line or store let us down
    │   ├── ModelMissing                a model is not set up
    │   ├── ModelCorrupt                a model's file is not the one it should be
    │   ├── SourceUnreachable           a model's archive cannot be had from one place
    │   ├── CodecMissing                a line's codec is not installed
    │   ├── RecognitionFailed           a recogniser raised, hung or died
    │   ├── SynthesisFailed             a voice raised, hung or died
    │   ├── LineFailed                  the line is gone or never came
    │   │   ├── OfferRefused            an offer of media that cannot be taken
    │   │   ├── DialRefused             a number or address that is never rung
    │   │   ├── StreamRefused           .close: a stream that does not keep to its protocol
    │   │   └── WebhookRefused          .status: a request about a call that is late, out of turn, or of none
    │   ├── ChannelFailed               a message could not be handed to whoever carries it
    │   │   └── ChannelBusy             not now; the same message may be handed over later
    │   ├── Fenced                      another process took over what this one was doing
    │   └── RecordsFailed               .again: an event could not be made durable in time
    └── RecordNotFound                  no such call

Raise the leaf, catch the branch, chain with ``from``. A message never holds a number, a name or what was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "AudioError",
    "CallersError",
    "CaptureRefused",
    "ChannelBusy",
    "ChannelFailed",
    "CodecMissing",
    "Conflict",
    "DialRefused",
    "EscalationError",
    "Fenced",
    "FlowError",
    "LineFailed",
    "ModelCorrupt",
    "ModelMissing",
    "NightbellError",
    "OfferRefused",
    "PatternError",
    "ProviderError",
    "RecognitionFailed",
    "RecordNotFound",
    "RecordsFailed",
    "ScriptError",
    "SessionError",
    "SettingsError",
    "SourceUnreachable",
    "StreamRefused",
    "SynthesisFailed",
    "TermError",
    "UnknownWords",
    "UnsupportedVersion",
    "WebhookRefused",
]


class NightbellError(Exception):
    """The root: a message for a person, a code for a machine, a hint what to do."""

    code: ClassVar[str] = "NB000"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.code} {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class _Diagnosed(NightbellError):
    """Has every fault of a file at once, in its order."""

    def __init__(self, message: str, *, diagnostics: Sequence[object] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.diagnostics = tuple(diagnostics)


class SettingsError(NightbellError):
    """A setting is missing or makes no sense."""

    code = "NB010"
    exit_code = 2


class TermError(NightbellError, ValueError):
    """A value that is no telephone number, key, instant or disposition."""

    code = "NB020"


class AudioError(NightbellError):
    """A recording that cannot be used: empty, lying header, unknown format."""

    code = "NB030"


class CaptureRefused(AudioError):
    """A caller's recording that may not be kept or used: no consent, time that is over, words that tell whom."""

    code = "NB031"


class FlowError(_Diagnosed):
    """A flow that does not load; ``diagnostics`` holds every fault, in the order of the file."""

    code = "NB100"


class PatternError(FlowError):
    """A phrase pattern that cannot be read; ``offset`` is where, counted in characters from 0."""

    code = "NB101"

    def __init__(self, message: str, *, offset: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


class UnknownWords(PatternError):
    """A phrase names a grammar or a slot that does not exist, leads in a ring, or may not stand there."""

    code = "NB102"


class ScriptError(_Diagnosed):
    """A call script that does not load; ``diagnostics`` holds every fault."""

    code = "NB200"


class EscalationError(NightbellError):
    """Something that cannot happen to an escalation where it stands: a page after it was taken, a second owner."""

    code = "NB510"


class Conflict(EscalationError):
    """Somebody else moved an escalation first; it has to be read again."""

    code = "NB511"


class CallersError(_Diagnosed):
    """Files of callers that do not load; ``diagnostics`` holds every fault."""

    code = "NB220"


class SessionError(NightbellError):
    """A saved session or a journal that does not fit its flow."""

    code = "NB500"


class UnsupportedVersion(SessionError):
    """An event or a session that a newer Nightbell wrote."""

    code = "NB501"


class ProviderError(NightbellError):
    """Something outside the call let us down; ``provider`` names it."""

    code = "NB600"
    exit_code = 3

    def __init__(self, message: str, *, provider: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.provider = provider


class ModelMissing(ProviderError):
    """A model is not set up."""

    code = "NB601"


class ModelCorrupt(ProviderError):
    """A model's file is not the one it should be."""

    code = "NB602"


class SourceUnreachable(ProviderError):
    """A model's archive cannot be had from one place; set-up tries the next."""

    code = "NB603"


class CodecMissing(ProviderError):
    """A line's codec is not installed."""

    code = "NB604"


class RecognitionFailed(ProviderError):
    """A recogniser raised, hung or died."""

    code = "NB610"


class SynthesisFailed(ProviderError):
    """A voice raised, hung or died."""

    code = "NB620"


class LineFailed(ProviderError):
    """The line is gone, or never came."""

    code = "NB630"


class OfferRefused(LineFailed):
    """An offer or answer of media that cannot be taken: no common codec, or an address that is not safe."""

    code = "NB631"


class DialRefused(LineFailed):
    """A number or address that is never rung: an emergency or crisis number, or one outside the clinic's list."""

    code = "NB632"


class StreamRefused(LineFailed):
    """A stream that does not keep to its protocol; ``close`` is what a WebSocket is told (RFC 6455 7.4)."""

    code = "NB633"

    def __init__(self, message: str, *, provider: str, close: int = 1002, hint: str = "") -> None:
        super().__init__(message, provider=provider, hint=hint)
        self.close = close


class WebhookRefused(LineFailed):
    """A request about a call by requests that is late, out of its turn, or of no call; ``status`` is HTTP's."""

    code = "NB634"

    def __init__(self, message: str, *, provider: str, status: int, hint: str = "") -> None:
        super().__init__(message, provider=provider, hint=hint)
        self.status = status


class RecordsFailed(ProviderError):
    """An event could not be made durable in time; ``again`` tells whether it may be later."""

    code = "NB640"
    again = True


class ChannelFailed(ProviderError):
    """A message could not be handed over, and handing over the same one again would not help."""

    code = "NB660"


class ChannelBusy(ChannelFailed):
    """A message could not be handed over now: a time-out, too many, or a fault on the other side."""

    code = "NB661"

    def __init__(self, message: str, *, provider: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, provider=provider, hint=hint)
        self.retry_after_s = retry_after_s


class Fenced(ProviderError):
    """Another process took over what this one was doing: it was silent for too long, and must stop."""

    code = "NB670"


class RecordNotFound(NightbellError, LookupError):
    """No such call in the records."""

    code = "NB650"
