"""`nightbell link`: one link to send to somebody who is to try the line in a browser, for a call and a day.

It asks no line that runs: the link is signed with the word of `[http.phone]`, which the line knows too.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

import typer

from nightbell.bootstrap.secret import secret_of
from nightbell.cli.terminal import emit_json
from nightbell.errors import SettingsError
from nightbell.line.browser.links import signed
from nightbell.settings import load_settings
from nightbell.settings_http import HttpSettings

__all__ = ["link"]

_HOUR_S: Final = 3600
_LOCAL: Final = ("127.", "localhost", "[::1]")


def link(
    *,
    calls: Annotated[int, typer.Option(min=1, max=100, help="How many calls it is good for.")] = 1,
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long it is good.")] = 24,
    clinic: Annotated[str, typer.Option(help="The clinic that it calls; the line's first when left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Make a link that lets somebody try the line in a browser; nobody is rung, and nothing is kept."""
    http = load_settings().http
    if http.phone is None or not http.listen:
        raise SettingsError("there is no page to link to", hint="set it up as docs/try-in-a-browser.md says")
    word = secret_of(http.phone.key, http.phone.key_file, "http.phone.key_file")
    until_s = round(time.time() + hours * _HOUR_S)
    told = signed(word, until_s=until_s, calls=calls, clinic=clinic)
    address = f"{_base(http)}/phone?{urlencode({'link': told})}"
    until = datetime.fromtimestamp(until_s, UTC)
    if json:
        emit_json({"link": address, "calls": calls, "until_utc": until.isoformat()})
        return 0
    typer.echo(address)
    many = "one call" if calls == 1 else f"{calls} calls"
    typer.echo(f"Good for {many} until {until:%Y-%m-%d %H:%M} UTC. It is a test line: nobody is rung.", err=True)
    if address.startswith("http:") and not address.removeprefix("http://").startswith(_LOCAL):
        typer.echo("Browsers give a page over http no microphone: set public_url to one over https.", err=True)
    elif address.startswith("http:"):
        typer.echo("It opens on this machine alone: set [http] public_url to send it to others.", err=True)
    return 0


def _base(http: HttpSettings) -> str:
    scheme = "https" if http.certificate is not None else "http"
    return http.public_url or f"{scheme}://{http.listen}"
