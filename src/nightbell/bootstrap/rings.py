"""Bootstrap of what rings: the Ring port over each adapter, and the line that is made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nightbell.errors import LineFailed
from nightbell.line.port import Line
from nightbell.line.rtp.engine import RtpEngine
from nightbell.line.sip.invitation import Invitation
from nightbell.line.sip.line import SipLine
from nightbell.line.stream.ring import StreamRing
from nightbell.reception.port import LineMaker, Ring

__all__ = ["SipRing", "line_maker"]


@dataclass(frozen=True, slots=True)
class SipRing:
    """The Ring port over an Invitation."""

    invitation: Invitation

    @property
    def id(self) -> str:
        """See the port."""
        return self.invitation.request.call_id

    @property
    def caller(self) -> str | None:
        """See the port."""
        return self.invitation.caller

    @property
    def called(self) -> str:
        """See the port."""
        return self.invitation.called

    @property
    def source(self) -> str:
        """See the port."""
        return self.invitation.source.host

    @property
    def display(self) -> str:
        """See the port."""
        quoted = re.match(r'\s*"([^"]*)"', self.invitation.request.headers.get("from"))
        return quoted[1] if quoted else ""

    @property
    def test(self) -> bool:
        """See the port; the line's own test call shows a name instead."""
        return False

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> None:
        """See the port."""
        self.invitation.reject(code, reason, headers)


def line_maker(engine: RtpEngine, advertise: str) -> LineMaker:
    """Return what makes a line of whatever rings."""

    def line_of(ring: Ring) -> Line:
        if isinstance(ring, StreamRing):
            if ring.line is None:
                raise LineFailed("a call without its stream", provider="stream")
            return ring.line
        assert isinstance(ring, SipRing)
        return SipLine(ring.invitation, engine, advertise=advertise)

    return line_of
