"""Run one bench or soak by name: `python -m scripts.measure benches NAME [--json]`; alone it lists them.

What has `options(parser)` can be asked for less: `measure` is then given what was asked for, by name.

A bench is a module in scripts/benches (a soak in scripts/soaks); its docstring's first line says what it is.
It has `MINUTES: float`, how long it takes on two cores, and `measure(say) -> list[Figure]`, where `say(text)`
shows progress on standard error. Exit codes: 0 every goal met, 1 a goal missed, 2 usage, 3 a provider missing.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from types import ModuleType
from typing import Final

from scripts.figures import as_json, as_table, missed

from nightbell.cli.terminal import console, progress_console
from nightbell.errors import NightbellError

KINDS: Final = {"benches": "bench", "soaks": "soak"}


def find(kind: str) -> dict[str, ModuleType]:
    """Return the modules of `scripts/<kind>`, by name."""
    folder = importlib.import_module(f"scripts.{kind}")
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__) if not found.name.startswith("_"))
    return {name: importlib.import_module(f"scripts.{kind}.{name}") for name in names}


def main(argv: list[str]) -> int:
    """Measure what `argv` names; return the exit code."""
    out, progress = console(), progress_console()
    kind, words = argv[0], [word for word in argv[1:] if word != "--json"]
    modules = find(kind)
    if not words:
        for name, module in modules.items():
            about = (module.__doc__ or "").partition("\n")[0]
            out.print(f"{name:12} {module.MINUTES:g} min   {about}")
        if not modules:
            out.print(f"There is no {KINDS[kind]} yet.")
        return 0
    name = words[0].replace("-", "_")
    if name not in modules or (len(words) > 1 and not hasattr(modules[name], "options")):
        progress.print(f"No such {KINDS[kind]}: {' '.join(words)}. There are: {', '.join(modules) or 'none'}.")
        return 2
    module = modules[name]
    parser = argparse.ArgumentParser(prog=f"scripts/{KINDS[kind]} {words[0]}")
    getattr(module, "options", lambda _: None)(parser)
    asked = vars(parser.parse_args(words[1:]))
    try:
        figures = module.measure(lambda text: progress.print(f"[dim]{name}[/dim] {text}"), **asked)
    except NightbellError as error:
        progress.print(str(error), markup=False)
        return error.exit_code
    out.print(as_table(name, figures))
    if "--json" in argv:
        print(json.dumps(as_json(name, figures)))
    return 1 if missed(figures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
