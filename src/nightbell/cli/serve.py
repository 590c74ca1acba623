"""`nightbell serve`: take calls. Looks at the flows, then keeps the processes of the line running.

This process takes no call: ``cli/serve_calls`` is the one that does, and ``cli/serve_duty`` gets people; both are
started from here and started again when they die. Health, metrics and signals come and go through here.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer

from nightbell.bootstrap.carriers import require_carriers
from nightbell.bootstrap.self_test import agree_on_name
from nightbell.cli.logs import configure_service_logs, log_loop_faults
from nightbell.cli.serve_check import examined
from nightbell.cli.serve_flows import Served
from nightbell.errors import LineFailed, SettingsError
from nightbell.reception.directory import Directory
from nightbell.reception.health import health_app, serve_health
from nightbell.reception.supervisor import Child, Supervisor
from nightbell.settings import Settings, load_settings
from nightbell.settings_line import Listen

__all__ = ["serve"]

_log = structlog.get_logger(__name__)

_CLOSING_S: Final = 15.0
"""From the last call's end to the process's: records, models, registrations."""


def serve(
    flows: Annotated[list[Path], typer.Argument(help="Clinics' folders, such as flows/rosewood.")],
    *,
    allow_draft: Annotated[
        bool,
        typer.Option("--allow-draft", help="Serve wording that is not signed: to this machine and test callers."),
    ] = False,
    test_number: Annotated[
        list[str] | None, typer.Option(help="Caller, +44..., who may reach a draft; beside those of the settings.")
    ] = None,
    listen: Annotated[
        list[str] | None, typer.Option(help="SIP address, such as udp:192.0.2.7:5060; instead of the settings'.")
    ] = None,
    health: Annotated[str | None, typer.Option(help="Address of /livez, /readyz, /metrics.")] = None,
    stage: Annotated[Path | None, typer.Option(hidden=True, help="Socket on which a rehearsal follows.")] = None,
) -> int:
    """Take calls until SIGTERM, which drains; a second one stops; SIGHUP reads flows again. 2: cannot start."""
    settings = _settings(listen or [], test_number or [], health)
    _refuse_stage(settings, stage, allow_draft=allow_draft)
    entries = [examined(flow, settings, allow_draft=allow_draft) for flow in flows]
    Directory(entries)
    if stage is None:  # a rehearsal plays the people: nothing goes out to them
        require_carriers(settings, entries)
    configure_service_logs(settings.log_level, "supervisor")
    with tempfile.TemporaryDirectory(prefix="nightbell-") as run:
        plan = _Plan(settings=settings, run=Path(run), allow_draft=allow_draft, stage=stage)
        Served(plan.run).write(entries)
        agree_on_name(plan.run)
        return asyncio.run(_serve(plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    settings: Settings
    run: Path
    """Sockets, and what is served; of this user alone, and gone at the end."""
    allow_draft: bool
    stage: Path | None


def _settings(listen: list[str], test_numbers: list[str], health: str | None) -> Settings:
    """Return the settings with what was typed in place of what stands in them."""
    settings = load_settings()
    changes: dict[str, object] = {}
    if listen:
        changes["sip"] = {**settings.sip.model_dump(), "listen": tuple(listen)}
    serving = {**settings.serve.model_dump()}
    if test_numbers:
        serving["test_numbers"] = (*settings.serve.test_numbers, *test_numbers)
    if health is not None:
        serving["health"] = health
    changes["serve"] = serving
    try:
        made = {name: type(getattr(settings, name)).model_validate(value) for name, value in changes.items()}
    except ValueError as error:
        raise SettingsError(f"what was typed does not fit: {error}", hint="nightbell serve --help") from error
    return settings.model_copy(update=made)


def _refuse_stage(settings: Settings, stage: Path | None, *, allow_draft: bool) -> None:
    """Let a rehearsal follow only a line that nobody else can reach."""
    here = all(Listen.model_validate(one).host in {"127.0.0.1", "::1"} for one in settings.sip.listen)
    web = settings.http.listen.rpartition(":")[0] in {"", "127.0.0.1", "[::1]"}
    if stage is not None and not (here and web and allow_draft and not settings.sip.trunks):
        raise SettingsError(
            "a rehearsal follows a line on loopback without trunks alone",
            hint="add --allow-draft, listen on 127.0.0.1",
        )


async def _serve(plan: _Plan) -> int:
    log_loop_faults(asyncio.get_running_loop())
    serving = plan.settings.serve
    calls = Child(
        name="calls",
        command=_command(plan),
        socket=plan.run / "calls.sock",
        stop_s=serving.drain_s + serving.stop_s + _CLOSING_S,
    )
    children = [calls]
    if plan.stage is None:  # who follows a rehearsal plays the people too: nobody is rung because of it
        children.append(
            Child(
                name="duty",
                command=[sys.executable, "-m", "nightbell.cli.serve_duty", str(plan.run), *_listen(plan)],
                socket=plan.run / "duty.sock",
                stop_s=calls.stop_s + _CLOSING_S,
            )
        )
    supervisor = Supervisor(children)
    app = health_app(ready=supervisor.ready, metrics=supervisor.metrics)
    try:
        async with serve_health(app, at=serving.health) as address:
            _log.info("serving", health=address)
            return await supervisor.run()
    except OSError as error:
        raise LineFailed(
            f"the health address {serving.health} cannot be had", provider="health", hint="set serve.health"
        ) from error


def _listen(plan: _Plan) -> list[str]:
    return [word for one in plan.settings.sip.listen for word in ("--listen", str(one))]


def _command(plan: _Plan) -> list[str]:
    serving = plan.settings.serve
    numbers = [word for one in serving.test_numbers for word in ("--test-number", one)]
    draft = ["--allow-draft"] if plan.allow_draft else []
    stage = ["--stage", str(plan.stage)] if plan.stage is not None else []
    return [
        sys.executable,
        "-m",
        "nightbell.cli.serve_calls",
        str(plan.run),
        *_listen(plan),
        *numbers,
        *draft,
        *stage,
    ]
