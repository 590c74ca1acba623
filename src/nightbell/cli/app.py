"""The `nightbell` command: picks the verb, and turns errors into a message and an exit code.

It knows the names of the verbs and one line about each; what a verb does is in `cli/<module>.py`, which is
imported only when that verb is typed: `nightbell --help` stays quick, and a verb that cannot be loaded takes no
other with it.

To add a verb: write `cli/NAME.py` with one function whose name is the verb, typed as typer wants it, that
returns the exit code (0 good, 1 findings or failed, 2 usage, 3 a provider is missing or broken) or None for 0,
and raises `NightbellError` for what it cannot do; then add one row to `VERBS`. The function's docstring is its
`--help`; `emit_json` and `console` of `cli/terminal.py` are for its output.
"""

from __future__ import annotations

import functools
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from nightbell import __version__
from nightbell.errors import NightbellError

__all__ = ["VERBS", "Verb", "build", "main"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A word after `nightbell`, and where the function of that name lives."""

    name: str
    about: str
    """One line, as `nightbell --help` shows it."""

    @property
    def module(self) -> str:
        """Where the verb is written."""
        return f"nightbell.cli.{self.name}"


VERBS: Final[tuple[Verb, ...]] = (
    Verb("new", "Ask seven questions and make a clinic's folder that passes."),
    Verb("check", "Load a flow, report every fault at once; 0 sound, 1 findings."),
    Verb("explain", "Say what a code means and how its fault is mended; alone, list all codes."),
    Verb("talk", "Be the caller in the terminal: type what you would say, or a key."),
    Verb("diagram", "Draw a flow as SVG or Mermaid: danger signs red, the longest way to a person thick."),
    Verb("record", "Record the prompts in your own voice; each take is checked against its words."),
    Verb("sign", "Put a name to a flow's wording, or show what of it is unsigned or changed."),
    Verb("rehearse", "Run call scripts through the real line: recorded callers, real recogniser, real voice."),
    Verb("repro", "Make a call script of a call that was taken, with its sound, and play it again."),
    Verb("capture", "Take a caller's recording into the caller audio, with consent, licence and last day."),
    Verb("compare", "Play the same callers to two versions of a clinic; fails where a call is less safe."),
    Verb("sweep", "Play red flags under worse and worse lines: what is missed, and where it breaks."),
    Verb("mutate", "Make a flow worse in one place at a time; show what no rule, proof or script notices."),
    Verb("serve", "Take calls over SIP, routed by the number that was called."),
    Verb("link", "Make a link that lets somebody try the line in a browser, for a call and a day."),
    Verb("dial", "Phone a line over SIP with a call script, and judge what came of it."),
    Verb("rota", "Show who is on call, now and over a month, with gaps and overlaps; never a number."),
    Verb("triage", "Show what holds each row of the triage table: places, wordings, scripts, callers."),
    Verb("calls", "List the calls that were taken."),
    Verb("call", "Show one call: path, answers, confidence, disposition, promise."),
    Verb("setup", "Bring the speech models, check every file, try them once."),
    Verb("doctor", "Show what is there, missing or broken, and how to mend it."),
)

_YOUNG: Final = 10_000
"""Objects that are made before the collector looks for rings among them. Of a flow that is read, compiled and
proved some hundred thousand stay: with Python's own 700, a quarter of a check is the collector's. The process that
holds live calls begins elsewhere, and puts aside what stays."""
_VERB_MISSING: Final = 3
_PIPE_CLOSED: Final = 141
"""128 + SIGPIPE, as a shell reports a program whose reader went away."""


def _report(error: NightbellError) -> None:
    typer.echo(f"{error.code} {error.message}", err=True)
    for diagnostic in getattr(error, "diagnostics", ()):
        typer.echo(f"  {diagnostic}", err=True)
        if hint := getattr(diagnostic, "hint", ""):
            typer.echo(f"    hint: {hint}", err=True)
    if error.hint:
        typer.echo(f"  hint: {error.hint}", err=True)


def _guarded(verb: Callable[..., int | None]) -> Callable[..., None]:
    """Wrap a verb so that its return value and its errors become the exit code."""

    @functools.wraps(verb)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = verb(*args, **kwargs)
            sys.stdout.flush()
        except NightbellError as error:
            _report(error)
            code = error.exit_code
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit is quiet
            code = _PIPE_CLOSED
        raise typer.Exit(code or 0)

    return run


def _load(verb: Verb) -> Callable[..., None]:
    try:
        module = importlib.import_module(verb.module)
    except ModuleNotFoundError as fault:
        if fault.name != verb.module:
            raise
        return _absent(verb)
    function: Callable[..., int | None] = getattr(module, verb.name)
    importlib.import_module("nightbell.cli.logs").configure_logs()
    return _guarded(function)


def _absent(verb: Verb) -> Callable[..., None]:
    def absent(_rest: Annotated[list[str] | None, typer.Argument()] = None) -> None:
        typer.echo(f"`nightbell {verb.name}` is not part of this version ({__version__}).", err=True)
        raise typer.Exit(_VERB_MISSING)

    return absent


def _unloaded() -> None:
    """Stand in `--help` for a verb that was not typed."""


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"nightbell {__version__}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Answer a clinic's phone when the clinic is shut."""


def build(typed: str = "") -> typer.Typer:
    """Return the command line with the verb `typed` loaded and the others as names only."""
    app = typer.Typer(
        name="nightbell",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for verb in VERBS:
        if verb.name == typed:
            function = _load(verb)
            context = {"ignore_unknown_options": True} if function.__name__ == "absent" else None
            app.command(verb.name, help=function.__doc__ or verb.about, context_settings=context)(function)
        else:
            app.command(verb.name, help=verb.about)(_unloaded)
    return app


def main(argv: Sequence[str] | None = None) -> None:
    """Run `nightbell`; ends the process with the verb's exit code. ``entry`` looks after Ctrl-C."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    words = list(sys.argv[1:] if argv is None else argv)
    typed = next((word for word in words if not word.startswith("-")), "")
    build(typed)(args=words, prog_name="nightbell")
