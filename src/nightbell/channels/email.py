"""Email: a message through an SMTP server. A 4xx reply may be tried again, a 5xx may not (RFC 5321 4.2.1)."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import aiosmtplib

from nightbell.channels.port import SEND_LIMIT_S, Message, Receipt
from nightbell.errors import ChannelBusy, ChannelFailed

__all__ = ["EmailChannel"]


class EmailChannel:
    """The Channel port over aiosmtplib; one connection a message, so that none goes stale overnight."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        user: str = "",
        password: str = "",
        tls: bool = True,
        provider: str = "email",
    ) -> None:
        """Keep where to send.

        Args:
            host: the server.
            port: its port; 465 speaks TLS from the first byte, others begin with STARTTLS where ``tls`` is on.
            sender: the clinic's own mailbox.
            user: for servers that ask for one.
            password: likewise.
            tls: off for a server on this machine alone.
            provider: shown in errors.
        """
        self._host, self._port, self._sender = host, port, sender
        self._user, self._password, self._tls, self._provider = user, password, tls, provider

    async def send(self, message: Message, *, limit_s: float = SEND_LIMIT_S) -> Receipt:
        """See the port."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, message.to, message.subject
        mail["X-Nightbell-Page"] = message.id
        if message.urgent:
            mail["Importance"] = "high"
        mail.set_content(message.text)
        implicit = self._tls and self._port == 465
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user or None,
            password=self._password or None,
            use_tls=implicit,
            start_tls=self._tls and not implicit,
            timeout=limit_s,
        )
        try:
            async with asyncio.timeout(limit_s):
                await client.connect()
                _, told = await client.send_message(mail)
        except TimeoutError as error:
            raise ChannelBusy(f"no answer within {limit_s:g} s", provider=self._provider) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise self._refused(max(each.code for each in error.recipients)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelBusy(f"no connection ({type(error).__name__})", provider=self._provider) from None
        finally:
            client.close()  # not QUIT: a server that hangs would hold the message's sender with it
        return Receipt(reference=told[:128])

    def _refused(self, code: int) -> ChannelFailed:
        if code < 500:
            return ChannelBusy(f"answered {code}", provider=self._provider)
        return ChannelFailed(
            f"answered {code}", provider=self._provider, hint="look at the mailbox and the sender"
        )

    async def aclose(self) -> None:
        """See the port."""
