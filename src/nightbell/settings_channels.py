"""Settings of who carries messages: the tables ``[channels.sms]``, ``.email``, ``.push`` and ``.webhook``.

A table that is there sets a carrier up; a way of ``oncall.yaml`` that has none is refused by ``serve``. Values
alone: nothing is opened or read here. A secret stands in a file that only the service can read, or in the
environment; it never shows itself.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

__all__ = ["ChannelsSettings", "EmailSettings", "PushSettings", "SmsSettings", "WebhookSettings", "given_once"]

_NONE: Final = SecretStr("")


class _Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _address(value: str) -> str:
    """Hold an address against what a secret may be sent to."""
    parts = urlsplit(value)
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address such as https://example.org, without user or query")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
        raise ValueError("https; http is for this machine alone, because secrets go there")
    return value


Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]


def given_once(value: SecretStr, file: Path | None, name: str) -> None:
    """Hold a secret to one place. Raises ValueError for none and for two."""
    if bool(value.get_secret_value()) == (file is not None):
        raise ValueError(f"give {name}_file, or {name} in the environment, and not both")


class SmsSettings(_Table):
    """``[channels.sms]``: text messages over Twilio's API, or one of its shape."""

    base: Address = "https://api.twilio.com"
    """Where the API is; its path is added."""
    account: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    """The account's sid."""
    token: SecretStr = _NONE
    """Its secret: NIGHTBELL_CHANNELS__SMS__TOKEN."""
    token_file: Path | None = None
    """File whose first line is the secret."""
    sender: Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|MG[0-9A-Za-z]{1,32}|[A-Za-z0-9 ]{1,11})$")]
    """The clinic's number, E.164; a messaging service's sid; or a name, where carriers take one."""

    @model_validator(mode="after")
    def _has_a_token(self) -> SmsSettings:
        given_once(self.token, self.token_file, "token")
        return self


class EmailSettings(_Table):
    """``[channels.email]``: mail through an SMTP server."""

    host: Host
    """The server."""
    port: Port = 587
    """465 speaks TLS from the first byte; any other begins with STARTTLS."""
    tls: bool = True
    """False only for a server on this machine."""
    user: str = ""
    """For a server that asks for one."""
    password: SecretStr = _NONE
    """NIGHTBELL_CHANNELS__EMAIL__PASSWORD."""
    password_file: Path | None = None
    """File whose first line is the password."""
    sender: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=254)]
    """The clinic's own mailbox; never a person's."""

    @model_validator(mode="after")
    def _fits(self) -> EmailSettings:
        if self.user:
            given_once(self.password, self.password_file, "password")
        if not self.tls and not _is_here(self.host):
            raise ValueError("tls = false is for a server on this machine alone")
        return self


class PushSettings(_Table):
    """``[channels.push]``: notifications through an ntfy server; the topic stands in ``oncall.yaml``."""

    server: Address
    """Such as ``https://example.org``."""
    token: SecretStr = _NONE
    """NIGHTBELL_CHANNELS__PUSH__TOKEN; for a server that asks for one."""
    token_file: Path | None = None
    """File whose first line is the token."""


class WebhookSettings(_Table):
    """``[channels.webhook]``: pages as JSON; the address stands in ``oncall.yaml``."""

    secret: SecretStr = _NONE
    """NIGHTBELL_CHANNELS__WEBHOOK__SECRET; signs each body, so that the other side knows it is ours."""
    secret_file: Path | None = None
    """File whose first line is the secret."""

    @model_validator(mode="after")
    def _has_a_secret(self) -> WebhookSettings:
        given_once(self.secret, self.secret_file, "secret")
        return self


class ChannelsSettings(_Table):
    """``[channels]``: who carries messages; a table that is missing is a way that nobody can be reached by."""

    sms: SmsSettings | None = None
    """Text messages."""
    email: EmailSettings | None = None
    """Mail."""
    push: PushSettings | None = None
    """Notifications."""
    webhook: WebhookSettings | None = None
    """JSON to an address of the clinic's."""
