"""Binding and TlsFiles: where the agent listens, and with which certificates. Values only."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from nightbell.errors import SettingsError
from nightbell.line.sip.peer import Transport

__all__ = ["Binding", "TlsFiles"]


@dataclass(frozen=True, slots=True)
class Binding:
    """One address to listen on."""

    transport: Transport
    host: str
    port: int = 0
    """0 takes a free one."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates, in PEM."""

    certificate: Path
    key: Path
    authorities: Path | None = None
    """Whom we believe when we connect; the system's list unless given."""
    ask_for_certificate: bool = False
    """Whether who connects has to show a certificate that ``authorities`` signed."""

    def server_context(self) -> ssl.SSLContext:
        """Return what we listen with.

        Raises:
            SettingsError: a file is missing or is no certificate.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key)
            if self.ask_for_certificate:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.authorities)
        except (OSError, ssl.SSLError, TypeError) as fault:
            raise SettingsError(
                "the SIP certificate cannot be used", hint="certificate and key are PEM files"
            ) from fault
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return what we connect with: the other side is always checked, by name.

        Raises:
            SettingsError: a file is missing or is no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.authorities)
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as fault:
            raise SettingsError(
                "the SIP certificate cannot be used", hint="certificate and key are PEM files"
            ) from fault
        return context
