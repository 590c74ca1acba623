"""The schemas for editors: as the code has them, true of every shipped file, and false of broken ones."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from scripts.make_schemas import FOLDER, SCHEMAS, text_of
from tests.unit.flow.sound import FILES

from nightbell.document.examples import Example, examples
from nightbell.errors import ScriptError
from nightbell.flow.reading.states.registry import KINDS
from nightbell.rehearsal.load import load_script
from nightbell.rehearsal.recordings import Recordings

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = [
    folder
    for parent in (ROOT / "flows", ROOT / "tests" / "flows", ROOT / "tests" / "flows" / "broken")
    for folder in sorted(parent.iterdir())
    if folder.is_dir() and folder.name != "broken" and any(folder.glob("*.yaml"))
]


def schema_of(path: Path) -> str:
    if path.parent.name == "calls":
        return "call-script"
    return {"flow.yaml": "flow", "clinic.yaml": "clinic"}.get(path.name, "fragment")


SHIPPED = [
    path for folder in FOLDERS for path in sorted([*folder.glob("*.yaml"), *folder.glob("calls/*.yaml")])
    if path.name not in {"oncall.yaml", "signoff.yaml"}
]  # fmt: skip


@cache
def validator(name: str) -> Draft202012Validator:
    schema = SCHEMAS[name]()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, text: str) -> list[str]:
    typed: Any = YAML(typ="safe", pure=True).load(text)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(typed)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_committed_schema_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == text_of(name), (
        "run scripts/make-schemas"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_shipped_file_keeps_its_schema(path: Path) -> None:
    assert faults(schema_of(path), path.read_text(encoding="utf-8")) == []


SHAPES = {
    "NB121": "a key that is not known", "NB122": "a key that is missing", "NB123": "another shape",
    "NB124": "a value", "NB125": "a kind", "NB126": "a name", "NB127": "a version", "NB128": "no value",
    "NB138": "an outcome", "NB140": "a key of a telephone", "NB141": "a key that is taken",
}  # fmt: skip


@pytest.mark.parametrize("code", SHAPES)
def test_a_fault_of_shape_is_seen(code: str) -> None:
    example: Example = examples()[code]
    broken = FILES[example.file].replace(example.mended, example.broken)
    name = schema_of(Path(example.file))
    assert faults(name, FILES[example.file]) == []
    assert faults(name, broken) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nanswers:", "\nanswerz:"),
        ("disposition: D1", "disposition: D9"),
        ("at_least: D1", "at_least: D9"),
        ("script:", "scrpt:"),
        ("expect:", "expects:"),
    ],
)
def test_a_broken_call_script_is_seen(old: str, new: str) -> None:
    scripts = [path.read_text(encoding="utf-8") for path in SHIPPED if schema_of(path) == "call-script"]
    with_it = [text for text in scripts if old in text]
    assert with_it
    assert all(faults("call-script", text.replace(old, new, 1)) for text in with_it)


CALM = "script: s\nabout: x\ntier: text\n"
GOOD, D5 = "default: {press: '2'}\n", "expect: {disposition: D5}\n"


def known(kinds: str, owner: str = "ada") -> str:
    return f"{GOOD}{D5}known_failure: {{owner: {owner}, until: '2026-12-31', kinds: {kinds}, why: slow}}"


@pytest.mark.parametrize(
    "taken",
    [
        GOOD + D5,
        GOOD + "expect: {at_least: D4}",
        *(f"{GOOD}expect: {{disposition: D5, paged: {flag}}}" for flag in ("true", "'true'", "'false'")),
        *(f"{GOOD}expect: {{disposition: D5, paged: {flag}}}" for flag in ("True", "FALSE", "'TRUE'")),
        *(f"{GOOD}{D5}repeats: {number}" for number in ("2", "'2'")),
        *(f"{GOOD}expect: {{disposition: D5, turns: {turns}}}" for turns in ("'1'", "{at_least: '1'}")),
        "default: {words: x, confidence: '0.3'}\n" + D5,
        *(f"{GOOD}{D5}caller: {{number: {number}}}" for number in ("null", "NULL", "Null", "~", "")),
        GOOD + D5 + "fakes: {escalation: {acknowledged_after: 9s, failed: False}}",
        known("turns", owner="7"),
        GOOD + "expect: {disposition: D5, eventually: {state: reason}}",
        GOOD + "expect: {disposition: D5, eventually: [{state: reason}]}",
        GOOD + "expect: {disposition: D5, prompts_heard: reason}",
        "default: {press: '2', red_flag: true}\nexpect: {disposition: D1, red_flag: true, within_turns: 1}",
        known("turns"),
        known("[turns, timing]"),
        *(f"{D5}default: {{{answer}}}" for answer in ("press: 1", "press: '*9#'", "words: 'no'", "words: 12")),
        *(f"{D5}default: {{{answer}}}" for answer in ("hang_up: true", "hang_up: 'true'", "silence: true")),
        D5 + "default: {silence: true, hang_up: false}",
        *(f"{GOOD}{D5}now: '2026-11-21T22:40:00{zone}'" for zone in ("Z", "+00:00", "-05:30", ".250+01:00")),
    ],
)
def test_what_the_loader_takes_the_schema_takes(tmp_path: Path, taken: str) -> None:
    assert loaded(tmp_path, CALM + taken) == []
    assert faults("call-script", CALM + taken) == []


@pytest.mark.parametrize(
    "refused",
    [
        GOOD + "expect: {paged: true}",
        GOOD + "expect: {disposition: D5, at_least: D5}",
        GOOD + "expect: {disposition: D5, paged: 'yes'}",
        GOOD + "expect: {disposition: D5, within_turns: 1}",
        *(f"{GOOD}expect: {{disposition: D5, {empty}: []}}" for empty in ("states", "never", "eventually")),
        *(f"{GOOD}expect: {{disposition: D5, {empty}: {{}}}}" for empty in ("heard", "turns", "prompts_heard")),
        *(f"{GOOD}expect: {{disposition: D5, {empty}: ''}}" for empty in ("final", "effects", "prompts_heard")),
        GOOD + "expect: {disposition: D5, prompts_heard: []}",
        GOOD + "expect: {disposition: D5, turns: {at_least: 0}}",
        *(f"{GOOD}expect: {{disposition: D5, {key}: }}" for key in ("paged", "ended", "ring_backs", "at_least")),
        *(f"{GOOD}{D5}{key}:" for key in ("impair", "limit", "known_failure", "fakes")),
        "default: {press: '1', barge_in_ms: }\n" + D5,
        *(f"{GOOD}{D5}repeats: {number}" for number in ("' 2 '", "'2 '", "two", "''")),
        *(f"{GOOD}expect: {{disposition: D5, {key}: ' 1 '}}" for key in ("turns", "ring_backs")),
        "default: {words: x, confidence: ' 0.3'}\n" + D5,
        "default: {press: '1', red_flag: True}\nexpect: {disposition: D1, red_flag: TRUE, paged: False}",
        GOOD + D5 + "fakes: {escalation: {acknowledged_after: 9s, failed: True}}",
        GOOD + D5 + "fakes: {escalation: {acknowledged_after: 9s, exhausted_after: 9s}}",
        *(known("turns", owner=owner) for owner in ("' '", "''")),
        known("[]"),
        known("''"),
        *(f"{D5}default: {{{answer}}}" for answer in ("press: 'x'", "press: ''", "press: 1.5", "press: true")),
        *(f"{D5}default: {{{answer}}}" for answer in ("", "optional: true", "hang_up: false", "words: '  '")),
        *(f"{D5}default: {{silence: {silence}}}" for silence in ("false", "true, press: '1'")),
        *(f"{GOOD}{D5}now: {now}" for now in ("'2026-11-21T22:40:00'", "'2026-11-21'", "5", "soon", "'22:40Z'")),
    ],
)
def test_what_the_loader_refuses_by_its_shape_the_schema_refuses(tmp_path: Path, refused: str) -> None:
    assert loaded(tmp_path, CALM + refused) != []
    assert faults("call-script", CALM + refused) != []


def loaded(folder: Path, text: str) -> list[str]:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        load_script(path, Recordings(folder, today=date(2026, 12, 1)))
    except ScriptError as error:
        return [str(fault) for fault in error.diagnostics]
    return []


def test_states_are_told_apart_by_their_kind() -> None:
    parts = SCHEMAS["flow"]()["$defs"]
    kinds = {
        parts[one["$ref"].rpartition("/")[2]]["properties"]["kind"]["const"] for one in parts["State"]["oneOf"]
    }
    assert kinds == {*KINDS, "subdialog"} == set(parts["State"]["properties"]["kind"]["enum"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_says_what_it_is_for(name: str) -> None:
    schema = SCHEMAS[name]()
    silent = [
        f"{part}.{key}"
        for part, value in {"": schema, **schema.get("$defs", {})}.items()
        for key, about in value.get("properties", {}).items()
        if not about.get("description") and key != "kind"
    ]
    assert silent == []
