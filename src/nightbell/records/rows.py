"""Rows: an append as statements for any database. It opens and commits nothing, and reads nothing back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Integer, String, Text, Update, bindparam, case, func, or_, update

from nightbell.call.effects import Effect
from nightbell.call.events import Event
from nightbell.records.encoding import effects_to_json, event_to_json
from nightbell.records.projection import Projection, effect_id, project, route_to_text
from nightbell.records.tables import calls, notifications, pages

__all__ = [
    "CHANGE_CALL",
    "CHANGE_NOTIFICATION",
    "CHANGE_PAGE",
    "CHANGE_ROUTE",
    "Append",
    "Row",
]

Row = dict[str, Any]
"""Column (or parameter) name to value."""

_NO_FLOOR: Final = -1

# Typed, because PostgreSQL's driver wants to know what a parameter is before it is compared.
_SEQ: Final = bindparam("b_seq", type_=Integer)
_SESSION: Final = bindparam("b_session", type_=Text)
_AT: Final = bindparam("b_at", type_=BigInteger)
_AUDIO: Final = bindparam("b_audio", type_=BigInteger)
_SPOKE: Final = bindparam("b_spoke", type_=Boolean)
_SCREENED: Final = bindparam("b_screened", type_=Boolean)
_RANK: Final = bindparam("b_rank", type_=Integer)
_FLOOR: Final = bindparam("b_floor", type_=String)
_NEXT: Final = bindparam("b_next", type_=Integer)
_CLOSED: Final = bindparam("b_closed", type_=BigInteger)
_DISPOSITION: Final = bindparam("b_disposition", type_=String)
_REASON: Final = bindparam("b_reason", type_=String)
_END_STATE: Final = bindparam("b_end_state", type_=String)
_PRODUCT: Final = bindparam("b_product", type_=String)
_FREQUENT: Final = bindparam("b_frequent", type_=Boolean)

CHANGE_CALL: Final[Update] = (
    update(calls)
    .where(calls.c.call == bindparam("b_call"))
    .values(
        last_seq=case((calls.c.last_seq < _SEQ, _SEQ), else_=calls.c.last_seq),
        # A late repeat from the spill must not put an older session over a newer one.
        session=case(((calls.c.last_seq <= _SEQ) & (_SESSION != ""), _SESSION), else_=calls.c.session),
        last_utc=case((calls.c.last_seq <= _SEQ, _AT), else_=calls.c.last_utc),
        audio_ms=case((calls.c.last_seq <= _SEQ, _AUDIO), else_=calls.c.audio_ms),
        spoke=or_(calls.c.spoke, _SPOKE),
        screened=or_(calls.c.screened, _SCREENED),
        product=func.coalesce(_PRODUCT, calls.c.product),
        frequent=or_(calls.c.frequent, _FREQUENT),
        floor=case((calls.c.floor_rank < _RANK, _FLOOR), else_=calls.c.floor),
        floor_rank=case((calls.c.floor_rank < _RANK, _RANK), else_=calls.c.floor_rank),
        next_effect=case((calls.c.next_effect < _NEXT, _NEXT), else_=calls.c.next_effect),
        closed_utc=func.coalesce(calls.c.closed_utc, _CLOSED),
        disposition=func.coalesce(calls.c.disposition, _DISPOSITION),
        reason=func.coalesce(calls.c.reason, _REASON),
        end_state=case((calls.c.end_state == "", _END_STATE), else_=calls.c.end_state),
    )
)
"""What any event changes in its call; floors only rise, the first outcome stays."""

CHANGE_PAGE: Final[Update] = (
    update(pages).where(pages.c.id == bindparam("b_id")).values(status=bindparam("b_status"))
)
CHANGE_ROUTE: Final[Update] = (
    update(pages)
    .where(pages.c.call == bindparam("b_call"))
    .values(treating=bindparam("b_treating"), route=bindparam("b_route"))
)
CHANGE_NOTIFICATION: Final[Update] = (
    update(notifications).where(notifications.c.id == bindparam("b_id")).values(ok=bindparam("b_ok"))
)


@dataclass(frozen=True, slots=True)
class Append:
    """One append, encoded before it meets the database so that encoding never holds a transaction open."""

    event: Event
    session: str
    event_json: str
    effects_json: str
    changes: Projection

    @classmethod
    def of(cls, event: Event, effects: Sequence[Effect], session: str) -> Append:
        """Encode an append."""
        return cls(event, session, event_to_json(event), effects_to_json(effects), project(event, effects))

    def new_call(self) -> Row | None:
        """Return the row of a call that this opens."""
        opens = self.changes.opens
        if opens is None:
            return None
        return {
            "call": opens.call,
            "clinic": opens.clinic,
            "flow": opens.flow,
            "line": opens.line,
            "caller": opens.caller,
            "called": opens.called,
            "started_utc": opens.at_utc,
            "floor_rank": _NO_FLOOR,
            "end_state": "",
            "spoke": False,
            "screened": False,
            "last_seq": opens.seq,
            "last_utc": opens.at_utc,
            "audio_ms": opens.audio_ms,
            "next_effect": 0,
            "session": self.session,
        }

    def new_event(self) -> Row:
        """Return the journal's row."""
        return {
            "call": self.event.call,
            "seq": self.event.seq,
            "clinic": self.event.clinic,
            "kind": self.event.kind,
            "at_utc": self.event.at_utc,
            "audio_ms": self.event.audio_ms,
            "event": self.event_json,
            "effects": self.effects_json,
        }

    def changed_call(self) -> Row:
        """Return the parameters of CHANGE_CALL."""
        changes = self.changes
        close = changes.close
        return {
            "b_call": self.event.call,
            "b_seq": self.event.seq,
            "b_session": self.session,
            "b_at": self.event.at_utc,
            "b_audio": self.event.audio_ms,
            "b_spoke": changes.spoke,
            "b_screened": changes.screened,
            "b_floor": None if changes.floor is None else str(changes.floor),
            "b_rank": _NO_FLOOR if changes.floor is None else changes.floor.rank,
            "b_next": changes.next_effect,
            "b_closed": None if close is None else self.event.at_utc,
            "b_disposition": None if close is None else str(close.disposition),
            "b_reason": None if close is None else close.reason,
            "b_end_state": "" if close is None else close.state,
            "b_product": changes.product,
            "b_frequent": changes.frequent,
        }

    def new_pages(self) -> list[Row]:
        """Return a row per Escalate."""
        return [
            self._of(effect.n)
            | {
                "disposition": str(effect.disposition),
                "state": effect.state,
                "question": effect.question,
                "triage_row": effect.row,
                "status": "recorded",
                "treating": effect.treating,
                "route": route_to_text(effect.route),
            }
            for effect in self.changes.pages
        ]

    def new_escalations(self) -> list[Row]:
        """Return a row per Escalate: what must reach a person, durable with the event that asks for it."""
        return [
            self._of(effect.n)
            | {
                "disposition": str(effect.disposition),
                "origin": "flag",
                "place": "armed",
                "owner": "",
                "worded": False,
                "last_seq": 0,
                "next_utc": self.event.at_utc,
                "moved_utc": self.event.at_utc,
            }
            for effect in self.changes.pages
        ]

    def new_ring_backs(self) -> list[Row]:
        """Return a row per RingBack."""
        return [
            self._of(effect.n)
            | {
                "times": effect.times,
                "within_ms": effect.within_ms,
                "then_do": effect.then,
                "number": effect.number,
            }
            for effect in self.changes.ring_backs
        ]

    def new_notifications(self) -> list[Row]:
        """Return a row per Notify."""
        return [
            self._of(effect.n)
            | {"channel": effect.channel, "template": effect.template, "number": effect.number, "ok": None}
            for effect in self.changes.notifications
        ]

    def new_promises(self) -> list[Row]:
        """Return the row of a promise that was made."""
        made = self.changes.promise
        if made is None:
            return []
        return [
            self._of(made.seq)
            | {
                "who": made.who,
                "from_number": made.from_number,
                "by_utc": made.by_utc,
                "by_spoken": made.by_spoken,
            }
        ]

    def changed_pages(self) -> list[Row]:
        """Return the parameters of CHANGE_PAGE."""
        changed = self.changes.page_changed
        if changed is None:
            return []
        return [{"b_id": effect_id(changed.call, changed.effect), "b_status": changed.status}]

    def changed_routes(self) -> list[Row]:
        """Return the parameters of CHANGE_ROUTE."""
        found = self.changes.treated
        if found is None:
            return []
        return [{"b_call": found.call, "b_treating": found.treating, "b_route": route_to_text(found.route)}]

    def changed_notifications(self) -> list[Row]:
        """Return the parameters of CHANGE_NOTIFICATION."""
        told = self.changes.notified
        return [] if told is None else [{"b_id": effect_id(told.call, told.effect), "b_ok": told.ok}]

    def _of(self, n: int) -> Row:
        event = self.event
        return {
            "id": effect_id(event.call, n),
            "clinic": event.clinic,
            "call": event.call,
            "n": n,
            "at_utc": event.at_utc,
        }
