"""Settings of a line that takes calls: the tables ``[sip]``, ``[rtp]`` and ``[serve]`` of `nightbell.toml`.

Values alone: which address to listen on, whom to trust, how much to take. What they are used for is the business
of ``line`` and ``reception``. A password never stands here: a file that only the service can read holds it.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["ANYWHERE", "Listen", "RtpSettings", "ServeSettings", "SipSettings", "SipUser", "Trunk"]

ANYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - these are recognised here, not bound
"""Addresses that mean every interface."""

_WAY_OUT: Final = r"^$|^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(;transport=(udp|tcp|tls))?$"

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Port = Annotated[int, Field(ge=1024, le=65_535)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Listen(_Table):
    """One address that SIP is spoken on, written ``udp:192.0.2.7:5060`` or ``tls:[2001:db8::7]:5061``."""

    transport: Literal["udp", "tcp", "tls"]
    host: str
    port: Annotated[int, Field(ge=0, le=65_535)]
    """0 lets the system choose, for tests."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}:{host}:{self.port}"


def _listen(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    transport, _, rest = value.partition(":")
    host, _, port = rest.rpartition(":")
    return {"transport": transport, "host": host.strip("[]") or "127.0.0.1", "port": port or "5060"}


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


Address = Annotated[Listen, BeforeValidator(_listen)]
Network = Annotated[str, AfterValidator(_network)]


class Trunk(_Table):
    """Whom calls come from: a carrier or a PBX, known by its addresses, by a registration, or both."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
    """For logs and metrics; no number."""
    trust: tuple[Network, ...] = ()
    """Networks that calls are taken from without a password, such as 192.0.2.0/24."""
    registrars: tuple[str, ...] = ()
    """Where to register, the first that answers: sip:sip.example.com;transport=tcp. Empty: never register."""
    user: str = ""
    """Name that the trunk knows this line by: for its registrar, and for calls out that it challenges."""
    password_file: Path | None = None
    """File whose first line is the password."""
    expires_s: Seconds = 300
    """Registration that is asked for; renewed at half of it. Shorter keeps a NAT's hole open."""

    @model_validator(mode="after")
    def _can_register(self) -> Trunk:
        if self.registrars and not self.user:
            raise ValueError("a trunk with registrars needs a user")
        return self


class SipUser(_Table):
    """Who may call from anywhere with a password: a PBX or a telephone whose address changes."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
    """What it logs in as."""
    password_file: Path
    """File whose first line is the password."""


class SipSettings(_Table):
    """``[sip]``: where SIP is spoken, and with whom."""

    listen: tuple[Address, ...] = (
        Listen(transport="udp", host="127.0.0.1", port=5060),
        Listen(transport="tcp", host="127.0.0.1", port=5060),
    )
    """Loopback until an operator says otherwise: nobody should find an open SIP port that they did not ask for."""
    advertise: str = ""
    """Address that others reach this machine at, for Contact and SDP; "" is the one that is listened on. Behind
    NAT it is the router's own."""
    certificate: Path | None = None
    """Certificate chain in PEM, for tls."""
    private_key: Path | None = None
    """Its key in PEM."""
    authorities: Path | None = None
    """Certificates in PEM of whom trunks and PBXs are believed by when this line connects to them over TLS; the
    system's list when not given. It takes the list's place."""
    calls_out: Annotated[str, Field(pattern=_WAY_OUT)] = ""
    """Trunk or PBX that people are rung by, as host, host:port or host:port;transport=tls; "" rings nobody, and
    transfers fail."""
    calls_out_trunk: str = ""
    """Name of the trunk whose user and password_file are shown where calls out are challenged; "" is the only
    trunk that has a user, if it is the only one."""
    trunks: tuple[Trunk, ...] = ()
    """Who may call. Calls from this machine itself are always taken."""
    users: tuple[SipUser, ...] = ()
    """Who may call from any other address, with a password. With none, all others meet silence."""
    realm: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)] = "nightbell"
    """What users are asked their password for; their telephone may show it."""
    digests: Annotated[tuple[Literal["SHA-256", "MD5"], ...], Field(min_length=1)] = ("SHA-256",)
    """What users may answer by, as it is offered. Old equipment knows MD5 alone, and much of it looks at the first
    offer alone: ["MD5"] is what it needs."""

    @model_validator(mode="after")
    def _has_what_tls_needs(self) -> SipSettings:
        if any(one.transport == "tls" for one in self.listen) and not (self.certificate and self.private_key):
            raise ValueError("tls needs certificate and private_key")
        return self

    @model_validator(mode="after")
    def _knows_whose_account(self) -> SipSettings:
        if self.calls_out_trunk and not (self.account_trunk and self.account_trunk.user):
            raise ValueError("calls_out_trunk is the name of a trunk that has a user")
        if len({one.name for one in self.users}) != len(self.users):
            raise ValueError("two users of one name")
        return self

    @property
    def account_trunk(self) -> Trunk | None:
        """The trunk whose account calls out are made with; None where there is none, or more than one."""
        named = [one for one in self.trunks if one.user and self.calls_out_trunk in {"", one.name}]
        return named[0] if len(named) == 1 else None


class RtpSettings(_Table):
    """``[rtp]``: where the sound goes."""

    first_port: Port = 20_000
    """Even; each call takes this one or a later one for RTP and the next for RTCP."""
    last_port: Port = 20_999
    """500 calls' worth; open exactly this range in a firewall."""
    media_timeout_s: Seconds = 20
    """Sound from the caller missing for so long means that they are gone without a BYE. Longer than any
    re-route."""

    @model_validator(mode="after")
    def _is_a_range(self) -> RtpSettings:
        if self.first_port % 2 or self.last_port <= self.first_port:
            raise ValueError("first_port is even and less than last_port")
        return self


class ServeSettings(_Table):
    """``[serve]``: how many calls are taken, how fast, and where health is told."""

    calls: Annotated[int, Field(ge=1, le=2_000)] = 100
    """Calls at one time; one more is 486, and the trunk's overflow takes it. A third of what one core holds."""
    calls_per_s: Annotated[float, Field(gt=0, le=1_000)] = 20
    """New calls a second; more are answered 503 before they are parsed. Setting up 80 a second stalled the sound
    of live calls for 0.6 s."""
    burst: Annotated[int, Field(ge=1, le=1_000)] = 40
    """New calls at once after a quiet time."""
    source_calls_per_s: Annotated[float, Field(gt=0, le=1_000)] = 10
    """The same from one address: one trunk gone mad must leave room for the other."""
    source_burst: Annotated[int, Field(ge=1, le=1_000)] = 20
    """The same at once."""
    retry_after_s: Annotated[int, Field(ge=1, le=600)] = 5
    """What a 503 tells the trunk; it goes elsewhere at once, and comes back here after that."""
    drain_s: Seconds = 600
    """Time that live calls have after SIGTERM; then they hear the recorded emergency words."""
    stop_s: Seconds = 20
    """Time for those words and for closing; what is still there then is stopped."""
    stalled_s: Seconds = 5
    """A call that has taken no sound for so long hangs; its caller hears the recorded words and is rung back."""
    dead_air_s: Seconds = 150
    """Nothing said, heard or decided for so long is dead air. Longer than a spoken message may last."""
    loop_blocked_ms: Annotated[int, Field(gt=0, le=60_000)] = 250
    """The event loop not running for so long is recorded: every live call has a hole by then."""
    loop: Literal["uvloop", "asyncio"] = "uvloop"
    """The event loop of the process that takes calls; uvloop carries three times as many."""
    self_test_s: Annotated[float, Field(ge=0, le=86_400)] = 900
    """From one test call of the line's own to the next; two that fail in a row sound the alarm. 0 makes none."""
    health: Annotated[str, Field(pattern=r"^\S+:\d{1,5}$")] = "127.0.0.1:8060"
    """Address of /livez, /readyz and /metrics; it tells no number, and asks for no password."""
    test_numbers: tuple[Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")], ...] = ()
    """Callers, E.164, who may reach a flow whose wording is not signed, beside this machine itself."""
