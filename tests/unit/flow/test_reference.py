"""docs/flow-language.md: it names every key there is, and what it shows loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.unit.flow.sound import CLINIC, FILES

from nightbell.flow.model import ROUTABLE
from nightbell.flow.reading.clinic import ClinicSchema
from nightbell.flow.reading.dialog import DialogSchema, SubdialogSchema
from nightbell.flow.reading.migrations.registry import VERSIONS
from nightbell.flow.reading.reader import read_flow
from nightbell.flow.reading.schema import FlowSchema
from nightbell.flow.reading.states.registry import KINDS
from nightbell.terms.disposition import Disposition

PAGE = (Path(__file__).parents[3] / "docs" / "flow-language.md").read_text(encoding="utf-8")
SCHEMAS: tuple[type[BaseModel], ...] = (
    ClinicSchema,
    FlowSchema,
    DialogSchema,
    SubdialogSchema,
    *(kind.schema for kind in KINDS.values()),
)
NAMED = set(
    re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))))
)


def keys(schema: type[BaseModel]) -> set[str]:
    described = schema.model_json_schema()
    parts = [described, *described.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


@pytest.mark.parametrize("schema", SCHEMAS, ids=[schema.__name__ for schema in SCHEMAS])
def test_every_key_is_named(schema: type[BaseModel]) -> None:
    assert keys(schema)
    assert keys(schema) - NAMED == set()


def test_every_key_says_what_it_is_in_an_editor() -> None:
    silent = []
    for schema in SCHEMAS:
        described = schema.model_json_schema()
        for name, part in {schema.__name__: described, **described.get("$defs", {})}.items():
            known = part.get("properties", {}).items()
            silent += [f"{name}.{key}" for key, of in known if "description" not in of and key != "kind"]
    assert silent == []


def test_every_kind_outcome_disposition_and_version_is_named() -> None:
    for word in (*KINDS, "subdialog", *ROUTABLE):
        assert f"`{word}`" in PAGE
    for word in (*Disposition, *VERSIONS):
        assert word in PAGE


def test_the_dialog_that_it_shows_loads() -> None:
    (shown,) = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "dialogs:" in block]
    dialogs, states = (
        shown.replace("today: screen", "today: sight")
        .replace("leave_message", "message")
        .split("states:\n  since")
    )
    flow = FILES["harbour/flow.yaml"].replace(
        'hear: [worried, "it (hurts|aches)"], next: sight', "hear: [worried], next: since"
    )
    text = dialogs + flow.replace("states:\n", f"states:\n  since{states}")
    loaded = read_flow({**FILES, "harbour/flow.yaml": text}, CLINIC)
    assert loaded.state("since.ask").dialog == "ask_since"
