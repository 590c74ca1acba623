"""Settings of calls that come over HTTP and beside it: ``[http]``, ``[http.twilio]``, ``[http.pbx]``.

Values alone: nothing listens until an address stands here. A secret stands in a file that only the service can
read, or in the environment; it never shows itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from nightbell.settings_channels import Address as PublicAddress
from nightbell.settings_channels import given_once
from nightbell.settings_line import Network

__all__ = ["HttpSettings", "PbxSettings", "PhoneSettings", "TwilioSettings"]

_NONE: Final = SecretStr("")
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
CarrierLanguage = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


def _bare(value: str) -> str:
    return value.rstrip("/")


class TwilioSettings(_Table):
    """``[http.twilio]``: a carrier's webhooks and media streams, as Twilio speaks them."""

    account: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    """The account's sid; requests of any other are refused."""
    token: SecretStr = _NONE
    """Its secret, which requests are signed with: NIGHTBELL_HTTP__TWILIO__TOKEN."""
    token_file: Path | None = None
    """File whose first line is the secret."""
    speech: dict[Language, CarrierLanguage] = {}
    """For calls by requests: languages of the flow that the carrier's recogniser knows, and what it calls them,
    such as {en = "en-GB"}. In a language that is not here, keys alone."""
    calls_out: bool = False
    """For calls by requests: have the carrier ring people, from the clinic's number, and bring both together."""
    api: PublicAddress = "https://api.twilio.com"
    """Where its REST API is; its path is added."""

    @model_validator(mode="after")
    def _has_a_token(self) -> TwilioSettings:
        given_once(self.token, self.token_file, "token")
        return self


class PbxSettings(_Table):
    """``[http.pbx]``: a PBX that announces calls over HTTP and brings their sound by AudioSocket or WebSocket."""

    audiosocket: Annotated[str, Field(pattern=r"^$|^\S+:\d{1,5}$")] = "127.0.0.1:9092"
    """Address of AudioSocket, "" for none; it is not encrypted: nothing but the PBX's own network may reach it."""
    peers: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that AudioSocket is spoken with, such as 192.0.2.20/32."""
    key: SecretStr = _NONE
    """What the PBX shows when it registers a call: NIGHTBELL_HTTP__PBX__KEY."""
    key_file: Path | None = None
    """File whose first line is the key."""

    @model_validator(mode="after")
    def _has_a_key(self) -> PbxSettings:
        given_once(self.key, self.key_file, "key")
        return self


class PhoneSettings(_Table):
    """``[http.phone]``: a page at /phone that calls the line from a browser, for trying: it rings nobody."""

    key: SecretStr = _NONE
    """The word that the link must have: NIGHTBELL_HTTP__PHONE__KEY."""
    key_file: Path | None = None
    """File whose first line is the word."""

    @model_validator(mode="after")
    def _has_a_key(self) -> PhoneSettings:
        given_once(self.key, self.key_file, "key")
        return self


class HttpSettings(_Table):
    """``[http]``: one port for everything that speaks HTTP to the process that takes calls."""

    listen: Annotated[str, Field(pattern=r"^$|^\S+:\d{1,5}$")] = ""
    """Address, such as 127.0.0.1:8070; "" listens nowhere, and nothing below is served."""
    public_url: Annotated[PublicAddress, AfterValidator(_bare)] | None = None
    """What others call it, such as https://line.example.org: behind a proxy the proxy's own address. Signatures
    are checked against it."""
    certificate: Path | None = None
    """Certificate chain in PEM; with it the port speaks TLS. Without, put a proxy before it that does."""
    private_key: Path | None = None
    """Its key in PEM."""
    requests_per_s: Annotated[float, Field(gt=0, le=10_000)] = 150
    """Requests a second, from everybody together; more are answered 429 unread. Half of them from one address, so
    that one gone mad leaves room for the carrier. Each call makes three."""
    burst: Annotated[int, Field(ge=1, le=10_000)] = 300
    """The same at once."""
    connections: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Connections at one time; a call holds one."""
    request_s: Annotated[float, Field(gt=0, le=60)] = 5
    """Time from a connection to its whole request; one that is slower is cut."""
    metrics: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that are told /metrics, such as 192.0.2.30/32; [] tells nobody. What shows that it came through a
    proxy is refused; a proxy that shows nothing, as nginx unless it is told to, must not pass it on."""
    twilio: TwilioSettings | None = None
    """A carrier's media streams."""
    pbx: PbxSettings | None = None
    """A PBX that brings calls without SIP."""
    phone: PhoneSettings | None = None
    """A page that calls the line, for trying."""

    @model_validator(mode="after")
    def _is_whole(self) -> HttpSettings:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together")
        if self.twilio is not None and self.public_url is None:
            raise ValueError("twilio needs public_url: its signatures are over the public address")
        return self
