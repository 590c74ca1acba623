"""Broken twins of a sound flow: each fault is found at its place, with its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.flow.sound import CLINIC as NAME
from tests.unit.flow.sound import FILES, broken, diagnostics

from nightbell.document.codes import CODES
from nightbell.errors import FlowError
from nightbell.flow.reading.reader import read_flow

FLOW, CLINIC, SHARED = "harbour/flow.yaml", "harbour/clinic.yaml", "shared/universals.yaml"

TWINS = [
    (FLOW, "next: reason}\n      - {when: {floor", "next: raeson}\n      - {when: {floor", "flow:24:55:NB130"),
    (FLOW, "    unclear: sight\n    reprompts", "    reprompts", "flow:27:3:NB138"),
    (FLOW, "    exhausted: number\n", "", "flow:44:3:NB138"),
    (FLOW, 'key: "2"', 'key: "1"', "flow:32:22:NB142"),
    (FLOW, 'key: "2"', 'key: "9"', "flow:32:22:NB141"),
    (FLOW, 'key: "2"', 'key: "12"', "flow:32:22:NB140"),
    (FLOW, 'key: "2", ', "", "flow:32:7:NB147"),
    (FLOW, "hear: [appointments, ", "hear: [worried, ", "flow:32:34:NB143"),
    (FLOW, '"it (hurts|aches)"', '"it (hurts|aches"', "flow:31:47:NB146"),
    (FLOW, '"it (hurts|aches)"', '"it ... aches"', "flow:31:47:NB146"),
    (FLOW, "max_time: 2m", "max_time: 2 minutes", "flow:65:111:NB124"),
    (FLOW, "max_time: 2m", "max_time: 20m", "flow:65:111:NB124"),
    (FLOW, "kind: deflect", "kind: deflekt", "flow:67:19:NB125"),
    (FLOW, "kind: deflect, ", "", "flow:67:3:NB122"),
    (FLOW, "{{ parking }}", "{{ parkng }}", "flow:67:74:NB132"),
    (FLOW, "{{ parking }}", "{{ parking | upper }}", "flow:67:74:NB150"),
    (FLOW, "{{ parking }}", "{% if parking %}", "flow:67:71:NB150"),
    (FLOW, "{{ parking }}", "{{ promise_time }}", "flow:67:74:NB152"),
    (FLOW, "We are {{ parking }}.", "{{ parking ", "flow:67:64:NB150"),
    (FLOW, "say: Is there anything else?", 'say: ""', "flow:72:10:NB151"),
    (FLOW, "say: Is there anything else?", "say:", "flow:72:5:NB128"),
    (FLOW, "say: Is there anything else?", "say: [a]", "flow:72:10:NB123"),
    (FLOW, "any_yes: hold", "anyyes: hold", "flow:37:3:NB138 flow:42:5:NB121"),
    (FLOW, "yes: D0, hear", "yes: D9, hear", "flow:40:58:NB124"),
    (
        FLOW,
        "hear_yes: [it is blurred]",
        'hear_yes: [it is blurred], hear_no: ["it is [very] blurred"]',
        "flow:40:99:NB143",
    ),
    (FLOW, "not_sure: neutral", "not_sure: benign", "flow:41:94:NB124"),
    (FLOW, 'at_least: "2"', 'at_least: "7"', "flow:23:42:NB124"),
    (FLOW, '{at_least: "2"}', '{at_least: "2", equals: "2"}', "flow:23:31:NB124"),
    (FLOW, "person: hold, ", "", "flow:5:1:NB122"),
    (FLOW, "mistake: If you pressed nine by mistake, press one now.\n", "", "flow:5:62:NB122"),
    (FLOW, 'spec: "1.1"', 'spec: "2.0"', "flow:1:7:NB127"),
    (FLOW, "clinic: harbour", "clinic: harbor", "flow:2:9:NB137"),
    (FLOW, "uses: [shared/universals]", "uses: [shared/universal]", "flow:3:8:NB133"),
    (FLOW, "uses: [shared/universals]", "uses: [../shared/universals]", "flow:3:8:NB135"),
    (FLOW, "uses: [shared/universals]", "uses: shared/universals", "flow:3:7:NB123"),
    (
        FLOW,
        "    say_without_promise: If it gets worse, dial {{ emergency }}. We will ring you.\n",
        "",
        "flow:76:3:NB160",
    ),
    (FLOW, "by {{ promise_time }}", "soon", "flow:80:10:NB160"),
    (FLOW, "    promise: true\n", "", "flow:76:3:NB161 flow:79:14:NB152 flow:79:51:NB152 flow:79:75:NB152"),
    (FLOW, "starts_at: opening", "starts_at: openin", "flow:4:12:NB130"),
    (FLOW, "timers: {timeout: 8s}", "timers: {timeout: 8s, timeot: 2s}", "flow:9:23:NB121"),
    (FLOW, "    type: phone\n", "    type: words\n", "flow:53:13:NB124 flow:55:5:NB121"),
    (FLOW, "    yes: reason\n    no: closed", "    no: closed", "flow:68:3:NB138"),
    (FLOW, "  silence: {", "  Silence: {", "flow:5:39:NB130 flow:84:3:NB126"),
    (FLOW, "  known:\n", "  hours:\n", "flow:20:3:NB112"),
    (FLOW, "next: hours\n", "next: hours\n\tx: y\n", "flow:19:1:NB111"),
    (FLOW, "next: hours\n", "next: !now hours\n", "flow:18:11:NB113"),
    (FLOW, "next: hours\n", "next: *hours\n", "flow:18:5:NB128 flow:18:11:NB114"),
    (CLINIC, "zone: Europe/London", "zone: Europe/Lodnon", "clinic:4:7:NB170"),
    (CLINIC, "country: GB", "country: UK", "clinic:3:10:NB170"),
    (CLINIC, '"+44 20 7946 0000"', '"999"', "clinic:5:9:NB172"),
    (CLINIC, 'emergency: "999"', 'emergency: "911"', "clinic:6:12:NB172"),
    (CLINIC, '"09:00-12:30"', '"12:30-09:00"', "clinic:10:8:NB171"),
    (CLINIC, '"13:30-17:30"', '"12:00-17:30"', "clinic:10:8:NB171"),
    (CLINIC, "{D2: 30m", "{D7: 30m", "clinic:12:12:NB124"),
    (CLINIC, "mon:", "monday:", "clinic:10:3:NB124"),
    (CLINIC, "emergency_department: Saint Mary's Hospital\n", "", "flow:83:84:NB153"),
    (CLINIC, "name: harbour", "name: harbor", "clinic:1:7:NB137"),
    (SHARED, 'key: "9", floor: D0, next: emergency', 'key: "9", floor: D0, next: hold', "universals:2:94:NB162"),
    (SHARED, 'key: "9"', 'key: "1"', "flow:31:22:NB141 universals:2:72:NB141"),
    (SHARED, 'key: "9"', 'key: "2"', "flow:32:22:NB141 universals:2:72:NB141"),
    (SHARED, '"(can\'t|cannot) ... see"', '"..."', "universals:3:18:NB146"),
    (SHARED, "priority: 90", "priority: high", "universals:3:106:NB124"),
    (SHARED, "universals:\n  em", 'spec: "1.2"\nuniversals:\n  em', "universals:1:7:NB127"),
    (SHARED, "universals:\n  em", "starts_at: hours\nuniversals:\n  em", "universals:1:1:NB121"),
    (
        SHARED,
        '"Sorry, I did not hear you."',
        "Sorry, I did not hear you.",
        "universals:8:13:NB154 universals:8:20:NB154",
    ),
    (SHARED, "timers:", "uses: [shared/universals]\ntimers:", "universals:6:8:NB134"),
]


def faults_of(files: dict[str, str]) -> list[str]:
    with pytest.raises(FlowError) as caught:
        read_flow(files, NAME)
    return [
        f"{Path(fault.place.file).stem}:{fault.place.line}:{fault.place.column}:{fault.code}"
        for fault in diagnostics(caught.value)
    ]


@pytest.mark.parametrize(("file", "old", "new", "expected"), TWINS, ids=[f"{row[3]}" for row in TWINS])
def test_a_broken_twin(file: str, old: str, new: str, expected: str) -> None:
    assert " ".join(faults_of(broken((old, new), file=file))) == expected


def test_three_faults_at_once_schema_reference_and_rule() -> None:
    files = broken(
        ("kind: deflect", "kind: deflekt"), ("any_yes: hold", "any_yes: holdd"), ('key: "2"', 'key: "1"')
    )
    files[CLINIC] = FILES[CLINIC].replace("Europe/London", "Europe/Lodnon")
    assert faults_of(files) == ["clinic:4:7:NB170", "flow:32:22:NB142", "flow:42:14:NB130", "flow:67:19:NB125"]


def test_a_fault_at_the_very_start_of_a_folded_text_stands_in_the_text() -> None:
    assert faults_of(broken(("{{ clinic }}. For", "{ clinic }. For"))) == ["flow:15:9:NB150"]


def test_two_unknown_names_in_one_folded_text_are_both_found() -> None:
    files = broken(
        ("{{ clinic }}. For", "{{ clinc }}. For"), ("dial {{ emergency_spoken }}.", "dial {{ emergncy }}.")
    )
    assert faults_of(files) == ["flow:15:12:NB132", "flow:16:44:NB132"]


def test_a_fifth_choice_and_a_sixth_question() -> None:
    choices = "".join(f'      more{key}: {{key: "{key}", hear: [word{key}], next: sight}}\n' for key in "345")
    questions = "".join(f"      more{key}: {{ask: Is it {key}?, yes: D1}}\n" for key in "abcd")
    files = broken(("    unclear: sight\n    reprompts", choices + "    unclear: sight\n    reprompts"))
    assert [fault.split(":")[-1] for fault in faults_of(files)] == ["NB144"]
    files = broken(("    any_yes: hold", questions + "    any_yes: hold"))
    assert [fault.split(":")[-1] for fault in faults_of(files)] == ["NB145"]


def test_two_fragments_with_one_name_and_the_flow_settles_it() -> None:
    files = broken(("uses: [shared/universals]", "uses: [shared/universals, shared/more]"))
    files["shared/more.yaml"] = "sounds_like: {botox: [bottocks]}\n"
    assert faults_of(files) == ["more:1:15:NB136"]
    files["harbour/flow.yaml"] += "sounds_like: {botox: [boat ox]}\n"
    assert dict(read_flow(files, NAME).sounds_like)["botox"] == ("boat ox",)


def test_a_ring_of_fragments() -> None:
    files = broken(("uses: [shared/universals]", "uses: [shared/universals, shared/a]"))
    files["shared/a.yaml"] = "uses: [shared/b]\n"
    files["shared/b.yaml"] = "uses: [shared/a]\n"
    assert faults_of(files) == ["b:1:8:NB134"]


def test_missing_files_are_faults() -> None:
    assert faults_of({}) == ["clinic:0:0:NB120", "flow:0:0:NB120"]


def test_every_fault_has_a_hint_and_every_code_a_row() -> None:
    for file, old, new, _ in TWINS:
        with pytest.raises(FlowError) as caught:
            read_flow(broken((old, new), file=file), NAME)
        for fault in diagnostics(caught.value):
            assert fault.hint
            assert fault.code in CODES


def test_the_table_and_the_source_name_the_same_codes() -> None:
    source = Path(__file__).parents[3] / "src" / "nightbell"
    used = {
        code
        for room in ("flow", "document", "cli")
        for path in (source / room).rglob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(NB1[1-9]\d)"', path.read_text(encoding="utf-8"))
    }
    assert used == {code for code in CODES if code.startswith("NB1")}
