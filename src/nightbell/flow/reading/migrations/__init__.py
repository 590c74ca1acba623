"""One module per step from one version of the flow language to the next, each a small function on a file's tree.

A new version is one new module and its line in ``registry``. Places are kept, so that a fault in an old file is
still shown where it stands.
"""

from __future__ import annotations
