"""Write docs/triage.md: `python -m scripts.make_triage [--store]`; --store keeps the last soak's run first."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from nightbell.cli.triage import as_page, rows_of
from nightbell.settings import load_settings

__all__ = ["CLINICS", "PAGE", "RUN", "main", "text"]

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "triage.md"
RUN: Final = ROOT / "docs" / "triage-run.json"
CLINICS: Final = tuple(sorted(path.parent for path in (ROOT / "flows").glob("*/flow.yaml")))


def text() -> str:
    """Return the page as it should be now."""
    return as_page(*rows_of(CLINICS, RUN))


def main() -> int:
    """Write it."""
    if "--store" in sys.argv[1:]:
        shutil.copyfile(load_settings().data_dir / "triage" / "run.json", RUN)
    PAGE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
