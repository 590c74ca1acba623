"""AgentConfig: all that one SIP agent is told. Built by bootstrap from settings; a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from nightbell.line.sip.guard import DialGuard
from nightbell.line.sip.transaction.timers import Timers
from nightbell.line.sip.transport.binding import Binding, TlsFiles
from nightbell.line.sip.trust import Trust

__all__ = ["AgentConfig"]


@dataclass(frozen=True)
class AgentConfig:
    """Everything has a default under which nobody is let in and nobody is rung."""

    bindings: tuple[Binding, ...] = (Binding("udp", "127.0.0.1"),)
    """One address for each transport."""
    advertised: str = ""
    """The address that peers reach us at, where a router translates; else our own."""
    trust: Trust = field(default_factory=Trust)
    guard: DialGuard = field(default_factory=DialGuard)
    country: str = ""
    """ISO 3166 alpha-2: how numbers without a country code are read."""
    tls: TlsFiles | None = None
    timers: Timers = field(default_factory=Timers)
    answer_limit_s: float = 180.0
    """Longest that an INVITE may wait for us to answer or refuse it; carriers give up at about three minutes
    (RFC 3261's timer C). Then it is refused with 480."""
    message_limit_s: float = 10.0
    """Longest that one message may take to arrive over TCP or TLS."""
    close_limit_s: float = 2.0
    """Longest wait, when the agent closes, for the other sides to agree to our hanging up."""
