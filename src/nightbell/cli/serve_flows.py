"""Which flows a line serves: looked at once, then kept beside its processes' sockets as they were found sound.

A process that is started again reads them from there: quickly, and the version that was checked, whatever somebody
is writing in the clinic's folder meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nightbell.errors import SettingsError
from nightbell.flow.archive import flow_from_json, flow_to_json
from nightbell.reception.directory import Entry

__all__ = ["Served"]

_NAME: Final = "served.json"


@dataclass(frozen=True, slots=True)
class Served:
    """The folder in which a line's processes find what they serve."""

    folder: Path

    def write(self, entries: Sequence[Entry]) -> None:
        """Replace what is served; the list last, so that it never names a flow that is not there."""
        for entry in entries:
            (self.folder / f"{entry.flow.hash}.json").write_text(flow_to_json(entry.flow), encoding="utf-8")
        listed = [{"flow": e.flow.hash, "folder": str(e.folder), "draft": e.draft} for e in entries]
        part = self.folder / f".{_NAME}"
        part.write_text(json.dumps(listed), encoding="utf-8")
        part.replace(self.folder / _NAME)

    def read(self) -> tuple[Entry, ...]:
        """Return what is served.

        Raises:
            SettingsError: nothing was written there.
        """
        try:
            listed = json.loads((self.folder / _NAME).read_text(encoding="utf-8"))
            return tuple(
                Entry(
                    flow=flow_from_json((self.folder / f"{one['flow']}.json").read_text(encoding="utf-8")),
                    folder=Path(one["folder"]),
                    draft=bool(one["draft"]),
                )
                for one in listed
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsError(
                "there is nothing to serve", hint="start the line with `nightbell serve`"
            ) from error
