"""Looks at a clinic's folder before it is served: loaded, sound by every rule and the proof, its wording signed.

`nightbell serve` does so when it starts. For a reload the process that takes calls starts this module as one of
its own and reads what it leaves: the work of a check would delay the sound of live calls.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nightbell.cli.checking import examine
from nightbell.cli.serve_flows import Served
from nightbell.cli.signature import recording_sums, signed_in, today_at
from nightbell.errors import FlowError, NightbellError, SettingsError
from nightbell.flow.load import load_flow
from nightbell.flow.signoff import compare
from nightbell.reception.directory import Entry
from nightbell.settings import Settings, load_settings

__all__ = ["examined", "main"]


def examined(folder: Path, settings: Settings, *, allow_draft: bool) -> Entry:
    """Return a clinic that may be served.

    Raises:
        SettingsError: it is no folder.
        FlowError: it does not load, is not sound, or its wording is not signed and drafts are not allowed.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder", hint="give a clinic's folder, such as flows/rosewood")
    errors = examine(folder, settings).errors
    if errors:
        raise FlowError(
            f"{folder} is not served: the check finds {len(errors)} error{'s' if len(errors) != 1 else ''}",
            diagnostics=errors,
            hint=f"nightbell check {folder} shows them",
        )
    flow = load_flow(folder)
    standing = compare(flow, recording_sums(folder), signed_in(folder), today_at(flow))
    if not standing.good and not allow_draft:
        changed = f"{len(standing.unsigned)} prompts unsigned, {len(standing.changed)} changed"
        raise FlowError(
            f"{folder} is not served: {'its signature has expired' if standing.expired else changed}",
            hint="`nightbell sign --show` lists them; --allow-draft serves them to test callers alone",
        )
    return Entry(flow=flow, folder=folder.resolve(), draft=not standing.good)


def main(words: list[str]) -> int:
    """Look at ``FOLDER``, leave what may be served in ``RUN``; ``--allow-draft``. Return the exit code."""
    folder, run, *rest = words
    try:
        entry = examined(Path(folder), load_settings(), allow_draft=bool(rest))
    except NightbellError as error:
        return error.exit_code
    Served(Path(run)).write([entry])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
