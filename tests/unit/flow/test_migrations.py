"""Older versions of the language: what they meant is what they mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.flow.sound import CLINIC, FILES, diagnostics

from nightbell.document.node import Mapping
from nightbell.document.reader import read
from nightbell.errors import FlowError
from nightbell.flow.reading.migrations.registry import MIGRATIONS, NEWEST, VERSIONS, migrated
from nightbell.flow.reading.reader import read_flow, read_with_places

FLOW = "harbour/flow.yaml"
OLD = FILES[FLOW].replace('spec: "1.1"', 'spec: "1.0"').replace("    no: closed\n", "    next: closed\n")


def with_fragment(flow: str, fragment: str) -> dict[str, str]:
    state = FILES[FLOW][FILES[FLOW].index("  wants_more:") : FILES[FLOW].index("  promised:")]
    assert state in FILES[FLOW]
    flow = flow.replace(state, "").replace(state.replace("no: closed", "next: closed"), "")
    flow = flow.replace("uses: [shared/universals]", "uses: [shared/universals, shared/more]")
    return {**FILES, FLOW: flow, "shared/more.yaml": fragment}


STATE = """states:
  wants_more:
    {kind: collect, result: answer, type: yes_no, say: Is there anything else?, yes: reason, unclear: sight,
     KEY: closed}
"""


def test_an_old_file_means_what_it_meant() -> None:
    loaded = read_with_places({**FILES, FLOW: OLD}, CLINIC)
    new = read_flow(FILES, CLINIC)
    assert loaded.flow.hash == new.hash
    assert loaded.flow == replace(new, states=loaded.flow.states)
    (warning,) = loaded.warnings
    assert (warning.code, warning.severity, str(warning.place)) == ("NB190", "warning", "harbour/flow.yaml:1:7")
    assert "`next` is now `no`" in warning.hint


def test_a_fault_in_an_old_file_stands_where_it_was_written() -> None:
    with pytest.raises(FlowError) as caught:
        read_flow({**FILES, FLOW: OLD.replace("next: closed\n", "next: closd\n")}, CLINIC)
    faults = [fault for fault in diagnostics(caught.value) if fault.severity == "error"]
    assert [(fault.code, fault.place.line, fault.place.column) for fault in faults] == [("NB130", 74, 11)]


@pytest.mark.parametrize(
    ("flow", "head", "key", "sound"),
    [
        (OLD, "", "next", True),
        (FILES[FLOW], "", "no", True),
        (FILES[FLOW], 'spec: "1.0"\n', "next", True),
        (OLD, 'spec: "1.1"\n', "no", True),
        (FILES[FLOW], "", "next", False),
        (OLD, 'spec: "1.1"\n', "next", False),
    ],
)
def test_a_fragment_is_in_its_own_version_or_that_of_the_flow(
    flow: str, head: str, key: str, *, sound: bool
) -> None:
    files = with_fragment(flow, head + STATE.replace("KEY", key))
    if sound:
        assert read_flow(files, CLINIC).state("wants_more") == replace(
            read_flow(FILES, CLINIC).state("wants_more"), line=read_flow(files, CLINIC).state("wants_more").line
        )
    else:
        with pytest.raises(FlowError) as caught:
            read_flow(files, CLINIC)
        assert {fault.code for fault in diagnostics(caught.value)} - {"NB190"} == {"NB121", "NB138"}


def test_a_migration_never_makes_a_key_stand_twice() -> None:
    both = OLD.replace("    next: closed\n", "    no: closed\n    next: closed\n")
    with pytest.raises(FlowError) as caught:
        read_flow({**FILES, FLOW: both}, CLINIC)
    assert {fault.code for fault in diagnostics(caught.value)} == {"NB190", "NB121"}


def test_a_new_file_is_left_as_it_is() -> None:
    node, _ = read(FILES[FLOW], FLOW)
    assert isinstance(node, Mapping)
    assert migrated(node, NEWEST) is node
    assert migrated(node, "0.1") is node


def test_every_version_leads_to_the_newest_and_says_what_changes() -> None:
    assert VERSIONS[-1] == NEWEST
    for version in VERSIONS[:-1]:
        at, steps = version, 0
        while at != NEWEST and steps <= len(MIGRATIONS):
            assert MIGRATIONS[at].what
            at, steps = MIGRATIONS[at].to, steps + 1
        assert at == NEWEST
