"""Bootstrap of carriers: who carries messages to people, as the settings say, and who is named without one.

The processes of a line each have their own: ``duty`` for pages, the one that takes calls for the auditor's alarm.
Nothing is connected until a message goes out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import structlog

from nightbell.bootstrap.rota import rota_of
from nightbell.bootstrap.secret import secret_of
from nightbell.channels.email import EmailChannel
from nightbell.channels.push import PushChannel
from nightbell.channels.sms import SmsChannel
from nightbell.channels.webhook import WebhookChannel
from nightbell.errors import SettingsError
from nightbell.oncall.alarms import uncarried

if TYPE_CHECKING:
    from collections.abc import Callable

    from nightbell.channels.port import Channel
    from nightbell.escalation.port import Channels
    from nightbell.oncall.person import MethodKind
    from nightbell.reception.directory import Entry
    from nightbell.settings import Settings
    from nightbell.settings_channels import EmailSettings, PushSettings, SmsSettings, WebhookSettings

__all__ = ["carried", "carriers", "open_carriers", "require_carriers"]

_log = structlog.get_logger(__name__)


def carried(settings: Settings) -> frozenset[MethodKind]:
    """Return the ways of messages that are set up."""
    return frozenset(carriers(settings))


def carriers(settings: Settings) -> dict[MethodKind, Callable[[], Channel]]:
    """Return what makes the channel of each way that is set up; it raises SettingsError without its secret."""
    there = settings.channels
    made: dict[MethodKind, Callable[[], Channel]] = {}
    if there.sms is not None:
        made["sms"] = partial(_sms, there.sms)
    if there.email is not None:
        made["email"] = partial(_email, there.email)
    if there.push is not None:
        made["push"] = partial(_push, there.push)
    if there.webhook is not None:
        made["webhook"] = partial(_webhook, there.webhook)
    return made


@asynccontextmanager
async def open_carriers(settings: Settings) -> AsyncIterator[Channels]:
    """Give the channels that are set up, and close them afterwards.

    A secret that cannot be read any more costs its own way alone: telephones ring all the same.
    """
    async with AsyncExitStack() as stack:
        found: Channels = {}
        for kind, make in carriers(settings).items():
            try:
                found[kind] = make()
            except SettingsError as error:
                _log.error("carrier_missing", carrier=kind, code=error.code)
                continue
            stack.push_async_callback(found[kind].aclose)
        yield found


def require_carriers(settings: Settings, entries: Iterable[Entry]) -> None:
    """See that every way of every person in a rota has somebody who carries it.

    Raises:
        SettingsError: one has none, or a secret's file cannot be read.
    """
    there = carriers(settings)
    for make in there.values():
        make()
    for entry in entries:
        rota = rota_of(entry.folder, entry.flow)
        missing = uncarried(rota, there.keys()) if rota is not None else ()
        if missing:
            people = ", ".join(f"{person} by {kind}" for person, kind in missing)
            tables = ", ".join(f"[channels.{kind}]" for kind in sorted({kind for _, kind in missing}))
            raise SettingsError(
                f"{entry.folder / 'oncall.yaml'} has people reached by what nothing carries: {people}",
                hint=f"write {tables} in nightbell.toml (docs/oncall.md), or take the way out of oncall.yaml",
            )


def _sms(table: SmsSettings) -> Channel:
    token = secret_of(table.token, table.token_file, "the token_file of [channels.sms]")
    return SmsChannel(table.base, account=table.account, token=token, sender=table.sender)


def _email(table: EmailSettings) -> Channel:
    password = secret_of(table.password, table.password_file, "the password_file of [channels.email]")
    return EmailChannel(
        table.host, table.port, sender=table.sender, user=table.user, password=password, tls=table.tls
    )


def _push(table: PushSettings) -> Channel:
    return PushChannel(
        table.server, token=secret_of(table.token, table.token_file, "the token_file of [channels.push]")
    )


def _webhook(table: WebhookSettings) -> Channel:
    secret = secret_of(table.secret, table.secret_file, "the secret_file of [channels.webhook]")
    return WebhookChannel(secret=secret)
