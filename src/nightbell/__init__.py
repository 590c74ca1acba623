"""Nightbell: the line that answers a clinic's phone when the clinic is shut.

The rooms of the package are described in ``docs/rooms.md``; the way of a call is
``line -> speech -> call -> speech -> line``, with ``records`` written before anything is said.
"""

from __future__ import annotations

__version__ = "0.1.0"
