"""What YAML does behind an author's back, at the reader of flows: nothing of it changes a flow unseen."""

from __future__ import annotations

import pytest
from tests.unit.flow.mooring import CLINIC, FILES, FLOW, OWN, changed, faults_of

from nightbell.flow.model import Menu
from nightbell.flow.reading.reader import read_flow, read_with_places

STATE = "  closed: {kind: end, disposition: D5, say: Thank you.}\n"


def codes(files: dict[str, str]) -> list[str]:
    return [fault.split(" ")[0] for fault in faults_of(files)]


def hints(files: dict[str, str]) -> list[str]:
    return [fault.split(" ", 1)[1] for fault in faults_of(files)]


@pytest.mark.parametrize("word", ["no", "on", "off", "yes", "null", "~x", "true", "y", "n"])
def test_a_word_that_looks_like_another_type_is_what_was_typed(word: str) -> None:
    phrase = word.removeprefix("~")
    flow = read_flow(changed("hear: [english]", f"hear: [{phrase}]"), CLINIC)
    state = flow.state("tongue")
    assert isinstance(state, Menu)
    assert state.choices[0].hear == (phrase,)
    named = read_flow(changed("english: {key", f"{phrase}: {{key"), CLINIC).state("tongue")
    assert isinstance(named, Menu)
    assert named.choices[0].name == phrase


@pytest.mark.parametrize("typed", ["012", "1:30", "0x1F", "1_000", "1e3", "2026-01-01", ".5", "+1"])
def test_a_number_that_looks_like_another_is_what_was_typed(typed: str) -> None:
    flow = read_flow(changed("parking: behind the fish market", f"parking: {typed}", OWN), CLINIC)
    assert dict(flow.clinic.facts)["parking"] == typed


def test_norway_is_a_language() -> None:
    files = changed("languages: [en, cy]", "languages: [en, cy, no]")
    assert read_flow(files, CLINIC).languages == ("en", "cy", "no")


def test_a_key_that_looks_like_a_number_is_a_key() -> None:
    assert codes(changed('english: {key: "1"', "english: {key: 01")) == ["flow:34:22:NB140"]
    flow = read_flow(changed('english: {key: "1"', "english: {key: 1"), CLINIC)
    state = flow.state("tongue")
    assert isinstance(state, Menu)
    assert state.choices[0].key == "1"


@pytest.mark.parametrize(
    "wrong", ["01", "0o2", "2.5", "two", "1_0", "٢", "99999999999999999999", "1e1", " ", "-1"]
)
def test_a_limit_is_a_plain_number(wrong: str) -> None:
    assert codes(changed("visits: 2,", f'visits: "{wrong}",')) in (["flow:12:44:NB124"], ["flow:12:44:NB128"])


def test_a_key_that_stands_twice() -> None:
    assert codes(changed("    result: reason\n", "    result: reason\n    result: other\n")) == ["flow:40:5:NB112"]


def test_a_state_that_stands_twice() -> None:
    assert codes(changed(STATE, STATE + STATE)) == ["flow:73:3:NB112"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (STATE, f"\t{STATE[2:]}", "flow:72:1:NB111"),
        (STATE, STATE.replace("say: ", "say:\t"), ""),
        (STATE, STATE.replace("kind: end", "kind:end"), "flow:72:12:NB122"),
        (STATE, STATE.replace("{", "&c {") + "  <<: *c\n", "flow:73:3:NB126"),
        ("clinic: mooring", "<<: {clinic: mooring}\nclinic: mooring", "flow:3:1:NB121"),
        ("counts: asked", "<<: {counts: asked}", "flow:40:5:NB121"),
        (STATE, STATE.replace("Thank", "!!python/name:os.system Thank"), "flow:72:45:NB113"),
        (STATE, STATE.replace("Thank", "Th\x00ank"), "flow:72:47:NB116"),
        (STATE, STATE.replace("Thank", "Th\u0007ank"), "flow:72:47:NB116"),
        (STATE, STATE.replace("Thank you.", "Thank you: bye."), "flow:72:54:NB110"),
        (STATE, STATE + "---\nstates: {}\n", "flow:73:1:NB117"),
        (STATE, STATE + "  *closed : x\n", "flow:73:3:NB114 flow:73:3:NB123 flow:73:3:NB126"),
        (STATE, STATE + "  ? [a, b]\n  : x\n", "flow:73:5:NB119"),
        (STATE, STATE.replace("D5", "&d D5").replace("Thank you.", "*d"), ""),
    ],
)
def test_a_trap_is_a_fault_at_its_place_or_nothing(old: str, new: str, expected: str) -> None:
    assert sorted(codes(changed(old, new))) == sorted(expected.split())


def test_a_merge_key_is_said_to_be_unknown() -> None:
    assert hints(changed("counts: asked", "<<: {counts: asked}"))[0].startswith("write the entries out")


def test_a_byte_order_mark_and_windows_lines_change_nothing() -> None:
    flow = read_flow(FILES, CLINIC)
    windows = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in FILES.items()}
    assert read_flow(windows, CLINIC) == flow
    wrong = {**windows, FLOW: windows[FLOW].replace("{{ emergency_spoken }} now", "{{ emergncy }} now")}
    assert codes(wrong) == ["flow:74:55:NB132"]


def test_old_mac_lines_and_odd_line_ends_are_read_or_refused() -> None:
    for end in ("\r", "\x85", "\u2028"):
        for fault in faults_of({**FILES, FLOW: FILES[FLOW].replace("\n", end)}):
            assert fault.startswith("flow:")


def test_anchors_that_explode_stop_at_the_limit() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    found = codes({**FILES, FLOW: bomb + FILES[FLOW]})
    assert "NB115" in {fault.split(":")[-1] for fault in found}


def test_an_anchor_inside_of_itself() -> None:
    assert codes(changed(STATE, STATE + "  round: &round {a: *round}\n")) == [
        "flow:73:3:NB122",
        "flow:73:21:NB114",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 60_000,
        "- " * 100_000,
        "a: " + "[" * 40 + "]" * 40,
        "x: [" + "1," * 130_000 + "]",
        "".join(f"k{n}: 1\n" for n in range(30_000)),
        "x" * 300_000,
        "? " * 50_000,
        "&a " * 50_000,
        "!" * 100_000,
        "|" * 1000,
        "a: >\n" + " " * 200_000,
        "'" * 200_001,
        "%YAML 9.9\n---\na: b",
        "%TAG ! tag:x,2000:\n---\na: !b c",
        "\ufeff\ufeff",
        "",
        "#",
        "...",
        "--- --- ---",
        "\u2028",
    ],
    ids=range(21),
)
def test_a_file_made_to_hurt_is_refused(text: str) -> None:
    assert faults_of({**FILES, FLOW: text})
    assert faults_of({**FILES, OWN: text})
    found = faults_of({**FILES, "shared/asking.yaml": text})
    assert found or not text.strip("\ufeff#.\u2028")


def test_a_million_phrases_and_a_thousand_dialogs_stop_at_the_limit() -> None:
    wide = "grammars:\n" + "".join(f"  g{n}: [{', '.join([f'<g{n + 1}>', 'a', 'b'])}]\n" for n in range(7))
    assert faults_of({**FILES, FLOW: FILES[FLOW].replace("grammars:\n", wide)})
    many = "".join(
        f"  d{n}: {{returns: [out], starts_at: a, states: {{"
        + ", ".join(
            f"{name}: {{kind: subdialog, dialog: d{n + 1}, returns: {{out: 'return:out'}}}}" for name in "abcdefgh"
        )
        + "}}\n"
        for n in range(7)
    )
    last = "  d7: {returns: [out], starts_at: a, states: {a: {kind: prompt, say: Hello., next: 'return:out'}}}\n"
    found = faults_of({**FILES, FLOW: FILES[FLOW] + "dialogs:\n" + many + last})
    assert "NB195" in {fault.split(" ")[0].split(":")[-1] for fault in found}


def test_many_small_fragments_do_not_add_up() -> None:
    uses = ", ".join(["shared/universals", "shared/asking", *(f"shared/f{n}" for n in range(100))])
    files = changed("uses: [shared/universals, shared/asking]", f"uses: [{uses}]")
    files |= {f"shared/f{n}.yaml": "answers: {}\n" for n in range(100)}
    assert [fault.split(":")[-1].split(" ")[0] for fault in faults_of(files)] == ["NB115"]


def test_large_fragments_do_not_add_up() -> None:
    uses = ", ".join(["shared/universals", "shared/asking", *(f"shared/f{n}" for n in range(5))])
    files = changed("uses: [shared/universals, shared/asking]", f"uses: [{uses}]")
    files |= {f"shared/f{n}.yaml": "# " + "x" * 262_000 + "\nanswers: {}\n" for n in range(5)}
    assert codes(files) == [f"flow:4:{files[FLOW].splitlines()[3].index('shared/f3') + 1}:NB115"]


def test_the_trap_files_are_sound_before_they_are_touched() -> None:
    assert read_with_places(FILES, CLINIC).warnings == ()
