"""Bootstrap of trunks: the settings of SIP as the agent and its registrations want them."""

from __future__ import annotations

from typing import Final

from nightbell.bootstrap.secret import secret_in
from nightbell.errors import SettingsError
from nightbell.flow.parts import Clinic
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.config import AgentConfig
from nightbell.line.sip.dialler import Way
from nightbell.line.sip.digest import Account
from nightbell.line.sip.registering import Registration, RegistrationConfig
from nightbell.line.sip.transport.binding import Binding, TlsFiles
from nightbell.line.sip.trust import Trust
from nightbell.settings import Settings
from nightbell.settings_line import Trunk

__all__ = ["account_out", "agent_config", "registration", "way_out"]

_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""Calls from this machine itself are always taken."""


def agent_config(settings: Settings, *, country: str) -> AgentConfig:
    """Return what the SIP agent is told.

    Raises:
        SettingsError: two addresses of one transport, a trusted network is none, or a user's password cannot be
            read.
    """
    sip = settings.sip
    if len({one.transport for one in sip.listen}) != len(sip.listen):
        raise SettingsError("two SIP addresses of one transport", hint="listen on one each of udp, tcp and tls")
    networks = (*_LOOPBACK, *(network for trunk in sip.trunks for network in trunk.trust))
    tls = None
    if sip.certificate and sip.private_key:
        tls = TlsFiles(sip.certificate, sip.private_key, sip.authorities)
    users = {user.name: secret_in(user.password_file, "a user's password_file") for user in sip.users}
    if not all(users.values()):
        raise SettingsError("a SIP user has an empty password", hint="put one into its password_file")
    return AgentConfig(
        bindings=tuple(Binding(one.transport, one.host, one.port) for one in sip.listen),
        advertised=sip.advertise,
        trust=Trust(networks=networks, users=users, realm=sip.realm, digests=sip.digests),
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


def account_out(settings: Settings) -> Account | None:
    """Return what is shown where calls out are challenged; None where no trunk has an account.

    Raises:
        SettingsError: its password cannot be read.
    """
    trunk = settings.sip.account_trunk
    return (
        Account(trunk.user, secret_in(trunk.password_file, "a trunk's password_file"))
        if trunk is not None
        else None
    )


def way_out(settings: Settings, clinic: Clinic, account: Account | None) -> Way:
    """Return how the people of a clinic are rung."""
    return Way(
        from_number=clinic.number.replace(" ", ""),
        display=clinic.title,
        host=settings.sip.calls_out,
        advertise=settings.sip.advertise,
        account=account,
    )
