"""One module per kind of state: its schema, how it is built, and the faults only it can have.

A new kind is one new module and its line in ``registry``.
"""

from __future__ import annotations
