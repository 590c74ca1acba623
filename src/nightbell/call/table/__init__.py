"""Table: a compiled flow as the finite table that the proof searches. ``maker`` puts it together."""

from __future__ import annotations

from nightbell.call.table.maker import table_of

__all__ = ["table_of"]
