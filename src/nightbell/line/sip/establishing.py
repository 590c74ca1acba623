"""How a dialog begins: from an INVITE that we answer, or from the answer to ours (RFC 3261 section 12.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nightbell.line.sip.dialog import Dialog
from nightbell.line.sip.login import credentials

if TYPE_CHECKING:
    from nightbell.line.sip.agent import SipAgent
    from nightbell.line.sip.message.model import Request, Response
    from nightbell.line.sip.peer import Peer

__all__ = ["incoming", "outgoing"]

_ROUTES: Final = 20
"""Record-Routes that are followed; more are no honest path."""


def incoming(agent: SipAgent, invite: Request, tag: str, peer: Peer) -> Dialog:
    """Make the dialog of a call that came in, with our tag."""
    contact = invite.contact
    found = Dialog(
        agent,
        call_id=invite.call_id,
        local=invite.headers.get("to") + f";tag={tag}",
        remote=invite.headers.get("from"),
        target=contact.uri.text if contact else invite.sender.uri.text,
        peer=peer,
    )
    found.routes = invite.headers.all("record-route")[:_ROUTES]
    found.remote_cseq = invite.cseq.number
    return found


def outgoing(agent: SipAgent, invite: Request, response: Response, peer: Peer) -> Dialog:
    """Make the dialog of a call that was answered.

    Raises:
        ValueError: the answer has no To that can be read.
    """
    try:
        contact = response.contact
    except ValueError:
        contact = None  # somebody picked up all the same: they are where they were rung
    found = Dialog(
        agent,
        call_id=invite.call_id,
        local=invite.headers.get("from"),
        remote=response.headers.get("to"),
        target=contact.uri.text if contact else invite.target,
        peer=peer,
    )
    found.routes = list(reversed(response.headers.all("record-route")))[:_ROUTES]
    found.local_cseq = invite.cseq.number
    found.shown = credentials(invite)
    return found
