"""Bootstrap of trunks: the settings of SIP as the agent and its registrations want them."""

from __future__ import annotations

from typing import Final

from nightbell.bootstrap_secret import secret_in
from nightbell.errors import SettingsError
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.digest import Account
from nightbell.line.sip.registering import Registration, RegistrationConfig
from nightbell.line.sip.transport.binding import Binding, TlsFiles
from nightbell.line.sip.trust import Trust
from nightbell.settings import Settings
from nightbell.settings_line import Trunk

__all__ = ["agent_config", "registration"]

_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""Calls from this machine itself are always taken."""


def agent_config(settings: Settings, *, country: str) -> AgentConfig:
    """Return what the SIP agent is told.

    Raises:
        SettingsError: two addresses of one transport, or a trusted network is none.
    """
    sip = settings.sip
    if len({one.transport for one in sip.listen}) != len(sip.listen):
        raise SettingsError("two SIP addresses of one transport", hint="listen on one each of udp, tcp and tls")
    networks = (*_LOOPBACK, *(network for trunk in sip.trunks for network in trunk.trust))
    tls = TlsFiles(sip.certificate, sip.private_key) if sip.certificate and sip.private_key else None
    return AgentConfig(
        bindings=tuple(Binding(one.transport, one.host, one.port) for one in sip.listen),
        advertised=sip.advertise,
        trust=Trust(networks=networks),
        country=country,
        tls=tls,
    )


def registration(agent: SipAgent, trunk: Trunk) -> Registration:
    """Return a trunk's registration, not begun.

    Raises:
        SettingsError: its password cannot be read.
    """
    account = Account(trunk.user, secret_in(trunk.password_file, "a trunk's password_file"))
    return Registration(
        agent,
        RegistrationConfig(
            registrars=trunk.registrars, user=trunk.user, account=account, expires_s=int(trunk.expires_s)
        ),
    )
