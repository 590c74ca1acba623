"""Write schemas/*.schema.json anew out of the code: `python -m scripts.make_schemas`. A test holds them to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nightbell.flow.reading.json_schema import clinic_schema, flow_schema, fragment_schema
from nightbell.rehearsal.callers.json_schema import (
    answers_schema,
    negatives_schema,
    row_schema,
    signs_schema,
)
from nightbell.rehearsal.json_schema import script_schema

__all__ = ["FOLDER", "SCHEMAS", "text_of"]

FOLDER: Final = Path(__file__).resolve().parents[1] / "schemas"
SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "flow": flow_schema,
    "fragment": fragment_schema,
    "clinic": clinic_schema,
    "call-script": script_schema,
    "callers": row_schema,
    "callers-negative": negatives_schema,
    "callers-signs": signs_schema,
    "callers-answers": answers_schema,
}
"""Name of the file, without `.schema.json`, to what makes it."""


def text_of(name: str) -> str:
    """Return the text of a schema's file."""
    return json.dumps(SCHEMAS[name](), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name in SCHEMAS:
        (FOLDER / f"{name}.schema.json").write_text(text_of(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
