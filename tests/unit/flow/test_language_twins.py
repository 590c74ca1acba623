"""Broken twins of the flow with the newer parts of the language: each fault at its place, with its code."""

from __future__ import annotations

import re

import pytest
from tests.unit.flow.mooring import CLINIC, FILES, FLOW, OWN, SHARED, changed, faults_of
from tests.unit.flow.sound import diagnostics

from nightbell.document.codes import CODES
from nightbell.errors import FlowError
from nightbell.flow.reading.reader import read_with_places

TWINS = [
    (FLOW, "    any_yes: hold\n", "    any_yes: hold\n    timers: {timeout:8s}\n", "flow:68:14:NB121"),
    (FLOW, "say: I am ringing the clinic.", "routes: {asr_error: hold}, say: Hello.", "flow:69:35:NB191"),
    (FLOW, "hear_yes: {en: [it is blurred]", 'hear_yes: {en: ["my {area} is blurred"]', "flow:66:82:NB196"),
    (FLOW, '"yes": {en: ["yes", "yes please"]', '"yes": {en: ["yes", <worried>]', "flow:10:23:NB196"),
    (FLOW, '"my {area} <is_white>"', '"my lip <is_white>"', "flow:57:26:NB192"),
    (FLOW, "result: code, digits", "result: area, digits", "flow:50:47:NB126 flow:58:26:NB192"),
    (FLOW, "{noinput: silence, asr", "{noinputs: silence, asr", "flow:47:14:NB191"),
    (FLOW, "{noinput: silence, asr", "{exhausted: silence, asr", "flow:47:14:NB191"),
    (FLOW, "{noinput: silence, asr", "{noinput: silense, asr", "flow:47:23:NB130"),
    (FLOW, "{noinput: silence, asr", "{noinput: same, asr", "flow:47:23:NB191"),
    (FLOW, '"universal:blind"', '"universal:blnd"', "flow:47:66:NB191"),
    (FLOW, "next: hold, priority: 60}", "next: hold, priority: 6000}", "flow:21:118:NB124"),
    (
        FLOW,
        "say: I am ringing the clinic.",
        "routes: {noinput: hold, nine: emergency}, say: I am ringing the clinic.",
        "flow:69:35:NB191",
    ),
    (FLOW, "limits: {turns: 40, duration: 10m, visits: 2, watchdog: 8s}", "limits: [turns]", "flow:12:9:NB123"),
    (FLOW, "counts: asked", "counts: 2asked", "flow:40:13:NB126"),
    (FLOW, "{count: {sorting: {at_least", "{count: {sortin: {at_least", "flow:54:25:NB193"),
    (FLOW, 'at_least: "2"', 'at_least: "4"', "flow:54:45:NB124"),
    (FLOW, '{at_least: "2"}', '{at_least: "2", equals: "3"}', "flow:54:34:NB124"),
    (FLOW, '{count: {sorting: {at_least: "2"}}}', "{count: {}}", "flow:54:16:NB124"),
    (FLOW, '{count: {sorting: {at_least: "2"}}}', "{count: {sorting: {}}}", "flow:54:34:NB124"),
    (FLOW, '{count: {sorting: {at_least: "2"}}}', "{}", "flow:54:16:NB124"),
    (FLOW, '{count: {sorting: {at_least: "2"}}}', "{count: sorting}", "flow:54:24:NB123"),
    (
        FLOW,
        '{count: {sorting: {at_least: "2"}}}',
        '{count: {sorting: {at_least: "2"}}, cover: {equals: full}}',
        "flow:54:16:NB124",
    ),
    (FLOW, '{count: {sorting: {at_least: "2"}}}', '{counts: {sorting: {at_least: "2"}}}', "flow:54:17:NB121"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {sinc: {equals: today}}}", "flow:55:26:NB192"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {since: {equals: tody}}}", "flow:55:42:NB192"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {since: {at_least: today}}}", "flow:55:44:NB124"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {how_bad: {equals: worse}}}", "flow:55:26:NB192"),
    (
        FLOW,
        "{result: {since: {equals: today}}}",
        "{result: {callback_number: {equals: known}}}",
        "flow:55:26:NB192",
    ),
    (FLOW, "in: [booking]", "in: [booking, bookings]", "flow:56:49:NB192"),
    (FLOW, "{area: {equals: lip}}", "{area: {equals: lips}}", "flow:57:41:NB192"),
    (FLOW, "{code: {equals: unknown}}", "{code: {equals: unknwn}}", "flow:58:41:NB192"),
    (FLOW, "{language: {equals: cy}}", "{language: {equals: cz}}", "flow:59:36:NB197"),
    (FLOW, "in: [solo, none]", "in: [solo, nobody]", "flow:60:36:NB124"),
    (FLOW, "result: reason", "result: Reason", "flow:39:13:NB126 flow:56:26:NB192"),
    (SHARED, "{how_bad: {equals: worse}}", "{how_bod: {equals: worse}}", "asking:34:30:NB192"),
    (FLOW, "digits: {min: 4, max: 6}", "digits: {min: 6, max: 4}", "flow:50:61:NB124"),
    (FLOW, "digits: {min: 4, max: 6}", "digits: four", "flow:50:61:NB124"),
    (FLOW, "digits: {min: 4, max: 6}, ", "", "flow:50:3:NB122"),
    (FLOW, "digits: {min: 4, max: 6}", "digits: 21", "flow:50:61:NB124"),
    (FLOW, "result: code,", "result: callback_number,", "flow:50:47:NB124 flow:58:26:NB192"),
    (FLOW, "no: closed, unclear", "next: closed, unclear", "flow:62:3:NB138 flow:62:115:NB121"),
    (FLOW, "clears: true", "clears: yes", "flow:62:61:NB124"),
    (FLOW, "type: digits", "type: digit", "flow:50:31:NB124"),
    (FLOW, "type: digits,", "type: digits, clears: true,", "flow:50:39:NB121"),
    (SHARED, "        next: how_bad\n", "", "asking:10:7:NB138"),
    (SHARED, 'key: "2", hear: [earlier', 'key: "1", hear: [earlier', "asking:17:26:NB142"),
    (SHARED, "hear: [earlier, before that]", "hear: [today, before that]", "asking:17:38:NB143"),
    (SHARED, "not_hear: [ear]", "not_hear: [earlier]", "asking:17:72:NB143"),
    (FLOW, "priority: 10", "priority: high", "flow:45:88:NB124"),
    (FLOW, "language: en}", "language: eng}", "flow:34:68:NB197"),
    (FLOW, "dialog: sort_out, counts", "dialog: sort_oot, counts", "flow:48:35:NB194 flow:54:25:NB193"),
    (FLOW, "dialog: sort_out, counts: sorting, ", "counts: sorting, ", "flow:48:3:NB122 flow:54:25:NB193"),
    (
        FLOW,
        "{thing: {text: bump, in: {cy: lwmp}}}",
        "{thig: {text: bump, in: {cy: lwmp}}}",
        "flow:48:3:NB122 flow:48:69:NB194",
    ),
    (FLOW, "{thing: {text: bump, in: {cy: lwmp}}}", "{thing: {text: bump, in: {cym: lwmp}}}", "flow:48:94:NB197"),
    (FLOW, "{thing: {text: bump, in: {cy: lwmp}}}", "{thing: bump}", "asking:14:88:NB197 asking:37:104:NB197"),
    (FLOW, "{thing: {text: bump, in: {cy: lwmp}}}", '{thing: "{{ clinc }}"}', "flow:48:80:NB132"),
    (
        FLOW,
        "returns: {worse: sight, done: fork}",
        "returns: {worse: sight, don: fork}",
        "flow:48:3:NB138 flow:48:131:NB194",
    ),
    (FLOW, "returns: {worse: sight, done: fork}", "returns: {worse: sigt, done: fork}", "flow:48:124:NB130"),
    (
        FLOW,
        "returns: {worse: sight, done: fork}",
        "return: {worse: sight, done: fork}",
        "flow:48:3:NB138 flow:48:3:NB138 flow:48:107:NB121",
    ),
    (FLOW, "next: bump}", "next: bump.since}", "flow:44:60:NB130"),
    (FLOW, "next: bump}", 'next: "return:done"}', "flow:44:60:NB194"),
    (FLOW, "next: bump}", "next: bmp}", "flow:44:60:NB130"),
    (SHARED, "unclear: return:worse", "unclear: return:wors", "asking:20:18:NB194"),
    (SHARED, "starts_at: since", "starts_at: sinze", "asking:8:16:NB130"),
    (SHARED, "starts_at: since\n", "\n", "asking:4:3:NB122"),
    (SHARED, "returns: [worse, done]", "returns: [worse, done, worse]", "asking:6:28:NB194"),
    (SHARED, "results: [since]", "results: [sinze]", "flow:55:26:NB192 asking:7:15:NB192"),
    (SHARED, "params: [thing]", "params: [thing, Other]", "flow:48:3:NB122 flow:49:3:NB122 asking:5:21:NB126"),
    (SHARED, "routes: {noinput: since}", "routes: {noinput: opening}", "asking:30:27:NB130"),
    (SHARED, "dialog: is_right", "dialog: sort_out", "asking:37:40:NB195 asking:38:3:NB139"),
    (SHARED, "  is_right:\n", "  Is_right:\n", "asking:37:40:NB194 asking:38:3:NB126 asking:38:3:NB139"),
    (SHARED, "      right: {kind", "      same: {kind", "asking:35:69:NB130 asking:37:7:NB126"),
    (SHARED, "Is the {{ thing }} worse", "Is the {{ thng }} worse", "asking:23:24:NB132"),
    (SHARED, "kind: collect\n        type: yes_no", "kind: colect\n        type: yes_no", "asking:44:15:NB125"),
    (SHARED, "unclear: return:wrong\n", "\n", "asking:43:7:NB138"),
    (FLOW, '"[i\'m] <worried>"', '"[i\'m] <woried>"', "flow:44:41:NB196"),
    (FLOW, '"[i\'m] <worried>"', '"[i\'m] {are}"', "flow:44:41:NB196"),
    (FLOW, '"[i\'m] <worried>"', '"[i\'m] <>"', "flow:44:41:NB196"),
    (FLOW, '"[i\'m] <worried>"', '"[i\'m] <worried"', "flow:44:41:NB146"),
    (FLOW, '"my {area} <is_white>"', '"my {area} <worried>"', "flow:16:53:NB196 flow:44:41:NB196"),
    (FLOW, '"my {area} <is_white>"', '"my {area} <is_wite>"', "flow:16:53:NB196 flow:44:41:NB196"),
    (FLOW, '"is (white|pale)"', '"is ... pale"', "flow:16:53:NB196 flow:44:41:NB196"),
    (FLOW, '"<is_white>"], unless', '"my {area}"], unless', "flow:21:53:NB196"),
    (FLOW, '"<is_white>"], unless', '"<worried>"], unless', "flow:21:49:NB196"),
    (FLOW, "unless: [not faint]", 'unless: ["(not"]', "flow:21:73:NB146"),
    (FLOW, "unless: [not faint]", "unles: [not faint]", "flow:21:64:NB121"),
    (FLOW, "is_white: [", "isWhite: [", "flow:16:53:NB196 flow:17:3:NB126 flow:21:49:NB196 flow:44:41:NB196"),
    (
        FLOW,
        "slots:\n  area: {lip",
        "slots:\n  Area: {lip",
        "flow:16:46:NB196 flow:19:3:NB126 flow:44:41:NB196 flow:57:26:NB192",
    ),
    (FLOW, "nose: [nose, tip of my nose]", "nose: nose", "flow:19:54:NB123"),
    (FLOW, "nose: [nose, tip of my nose]", "nose: []", "flow:19:54:NB128"),
    (
        FLOW,
        "{lip: {en: [lip, lips], cy: [gwefus]}, nose: [nose, tip of my nose]}",
        "{}",
        "flow:16:46:NB196 flow:19:9:NB128 flow:44:41:NB196",
    ),
    (FLOW, "languages: [en, cy]", "languages: [en, cyg]", "flow:5:17:NB197"),
    (FLOW, "languages: [en, cy]", "languages: [en, cy, en]", "flow:5:21:NB197"),
    (FLOW, "languages: [en, cy]", "languages: []", "flow:5:12:NB128"),
    (FLOW, "languages: [en, cy]", "languages: en", "flow:5:12:NB123"),
    (FLOW, 'in: {cy: "Cymraeg', 'in: {en: "Cymraeg', "flow:32:45:NB197"),
    (FLOW, 'in: {cy: "Cymraeg, pwyswch ddau."}', "in: [cy]", "flow:32:44:NB123"),
    (FLOW, 'in: {cy: "Cymraeg, pwyswch ddau."}', 'in: {cy: "{{ clinc }}"}', "flow:32:53:NB132"),
    (FLOW, 'in: {cy: "Cymraeg, pwyswch ddau."}', "in: {cy: }", "flow:32:45:NB128"),
    (FLOW, "{en: [welsh], cy: [cymraeg]}", "{en: [welsh], ci: [cymraeg]}", "flow:35:45:NB197"),
    (FLOW, "{en: [welsh], cy: [cymraeg]}", "{en: [welsh], cy: cymraeg}", "flow:35:49:NB123"),
    (FLOW, "{en: [welsh], cy: [cymraeg]}", "{}", "flow:35:31:NB128"),
    (
        FLOW,
        "{en: [welsh], cy: [cymraeg]}",
        '{cy: [cymraeg, "(a"], en: ["b)"]}',
        "flow:35:46:NB146 flow:35:60:NB146",
    ),
    (FLOW, "confirm: Did you say {{ heard }}?", "confirm: Is that so?", "flow:42:14:NB198"),
    (
        FLOW,
        "timers: {low_confidence_level: 0.3}",
        "timers: {low_confidence_level: 0.5}",
        "flow:42:5:NB198 asking:18:9:NB198",
    ),
    (
        FLOW,
        "timers: {low_confidence_level: 0.3}",
        "timers: {low_confidence_level: 0.7}",
        "flow:14:32:NB198 flow:42:5:NB198 asking:18:9:NB198",
    ),
    (
        FLOW,
        "timers: {low_confidence_level: 0.3}",
        "timers: {low_confidence_level: nan}",
        "flow:14:32:NB124 flow:42:5:NB198 asking:18:9:NB198",
    ),
    (FLOW, "say: Are you worried", 'say: "{{ heard }}. Are you worried', "flow:41:10:NB110"),
    (FLOW, "say: Thank you.}", 'say: "You said {{ heard }}."}', "flow:72:55:NB198"),
    (FLOW, "mistake: If you", 'mistake: "{{ heard }}" #', "flow:8:11:NB198"),
    (FLOW, "to: clinician", 'to: "+44 20 7946 0001"', "flow:69:61:NB199"),
    (FLOW, "to: clinician", "to: Clinician", "flow:69:61:NB126"),
    (FLOW, "busy: hold, ", "", "flow:69:3:NB138"),
    (FLOW, "limit: 30s, answered", "limit: 30, answered", "flow:69:79:NB124"),
    (FLOW, "limit: 30s, answered", "limit: 2h, answered", "flow:69:79:NB124"),
    (FLOW, "visits: 2", "visits: 4", "flow:12:44:NB124"),
    (FLOW, "turns: 40", "turn: 40", "flow:12:10:NB121"),
    (FLOW, "duration: 10m", "duration: 10", "flow:12:31:NB124"),
    (FLOW, "seconds: 30", "seconds: 30s", "flow:13:47:NB124"),
    (FLOW, "escalate_within: {", "escalate_withn: {", "flow:13:10:NB121"),
    (OWN, "cover: solo", "cover: alone", "clinic:8:8:NB124"),
    (OWN, "cover: solo", "covr: solo", "clinic:8:1:NB121"),
    (FLOW, "next: hold, priority: 60}", "next: same, floor: D9}", "flow:21:108:NB112"),
    (FLOW, "grammars:\n", "gramars:\n", "flow:15:1:NB121 flow:21:49:NB196 flow:44:41:NB196 flow:57:26:NB192"),
    (FLOW, 'spec: "1.1"', 'spec: "1.0"', "flow:2:7:NB190"),
    (FLOW, 'spec: "1.1"', 'spec: "1.2"', "flow:2:7:NB127"),
    (FLOW, 'spec: "1.1"', "spec: [1]", "flow:2:7:NB123"),
    (FLOW, 'spec: "1.1"\n', "", "flow:2:1:NB122"),
    (SHARED, 'spec: "1.1"', 'spec: "1.0"', "asking:2:7:NB190"),
    (SHARED, 'spec: "1.1"', "languages: [en]", "asking:2:1:NB121"),
]

MISSPELT = [
    (FLOW, "starts_at: opening", "starts_at: openin", "opening"),
    (FLOW, "next: bump}", "next: bmp}", "bump"),
    (FLOW, "dialog: sort_out, counts", "dialog: sort_oot, counts", "sort_out"),
    (FLOW, "{thing: {text: bump", "{thig: {text: bump", "thing"),
    (FLOW, "returns: {worse: sight, done: fork}", "returns: {worse: sight, don: fork}", "done"),
    (SHARED, "unclear: return:worse", "unclear: return:wors", "worse"),
    (SHARED, "Is the {{ thing }} worse", "Is the {{ thng }} worse", "thing"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {sinc: {equals: today}}}", "since"),
    (FLOW, "{result: {since: {equals: today}}}", "{result: {since: {equals: tody}}}", "today"),
    (SHARED, "results: [since]", "results: [sinze]", "since"),
    (FLOW, "{count: {sorting: {at_least", "{count: {sortin: {at_least", "sorting"),
    (FLOW, '"universal:blind"', '"universal:blnd"', "blind"),
    (FLOW, "{noinput: silence, asr", "{noinptu: silence, asr", "noinput"),
    (FLOW, '<worried>"]', '<woried>"]', "worried"),
    (FLOW, '"my {area} <is_white>"', '"my {are} <is_white>"', "area"),
    (FLOW, "language: en}", "language: eng}", "en"),
    (FLOW, "{en: [welsh], cy: [cymraeg]}", "{en: [welsh], cym: [cymraeg]}", "cy"),
    (FLOW, "uses: [shared/universals, shared/asking]", "uses: [shared/universals, shared/askin]", "shared/asking"),
    (FLOW, "kind: transfer", "kind: transfr", "transfer"),
    (FLOW, "kind: subdialog, dialog: sort_out, counts", "kind: subdialg, dialog: sort_out, counts", "subdialog"),
    (FLOW, "no_answer: hold", "no_anser: hold", "no_answer"),
    (FLOW, 'spec: "1.1"', 'spec: "1.2"', "1.1"),
    (FLOW, "when: {language:", "when: {langage:", "language"),
    (OWN, "cover: solo", "covr: solo", "cover"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), TWINS, ids=[row[3][:40] for row in TWINS])
def test_a_broken_twin(file: str, old: str, new: str, expected: str) -> None:
    assert " ".join(fault.split(" ")[0] for fault in faults_of(changed(old, new, file))) == expected


@pytest.mark.parametrize(("file", "old", "new", "meant"), MISSPELT, ids=[row[3] for row in MISSPELT])
def test_a_misspelt_name_is_asked_about(file: str, old: str, new: str, meant: str) -> None:
    assert any(fault.endswith(f"did you mean {meant!r}?") for fault in faults_of(changed(old, new, file)))


def test_every_fault_has_a_hint_and_every_code_a_row() -> None:
    seen = set()
    for file, old, new, _ in TWINS:
        try:
            found = list(read_with_places(changed(old, new, file), CLINIC).warnings)
        except FlowError as error:
            found = diagnostics(error)
        for fault in found:
            assert fault.hint
            assert fault.code in CODES
            seen.add(fault.code)
    assert {f"NB{code}" for code in range(190, 200)} <= seen


def test_a_language_that_is_left_out_is_unknown_wherever_it_is_used() -> None:
    found = faults_of(changed("languages: [en, cy]", "languages: [en]"))
    assert {fault.split(" ")[0].split(":")[-1] for fault in found} == {"NB197"}
    assert len(found) == sum(len(re.findall(r"\bcy(?:: |\})", text)) for text in (FILES[FLOW], FILES[SHARED]))


def test_a_message_has_an_outcome_when_the_recogniser_fails_and_none_when_tries_are_used_up() -> None:
    record = "  note: {kind: record, say: Speak., next: closed, empty: closed, routes: {asr_error: hold}}\n"
    assert faults_of({**FILES, FLOW: FILES[FLOW].replace("  ring: {", record + "  ring: {")}) == []
    wrong = record.replace("asr_error", "nomatch")
    (found,) = faults_of({**FILES, FLOW: FILES[FLOW].replace("  ring: {", wrong + "  ring: {")})
    assert found.startswith("flow:69:75:NB191 ")


def test_a_colon_without_a_space_is_named() -> None:
    (found,) = faults_of(changed("    any_yes: hold\n", "    any_yes: hold\n    timers: {timeout:8s}\n"))
    assert found.endswith("did you mean 'timeout: 8s'?")


def test_names_of_a_file_that_is_missing_are_no_faults() -> None:
    without = "uses: [shared/universals, shared/asking, shared/more]"
    files = changed("uses: [shared/universals, shared/asking]", without)
    files[FLOW] = (
        files[FLOW].replace("<is_white>", "<is_pale>").replace("{are", "{area").replace("[not faint]", '["<x>"]')
    )
    files[FLOW] = (
        files[FLOW].replace("dialog: sort_out, with", "dialog: sort_in, with").replace("sorting: {at", "x: {at")
    )
    assert [fault.split(" ")[0] for fault in faults_of(files)] == ["flow:4:42:NB133"]


def test_one_fault_in_the_languages_is_one_fault() -> None:
    for wrong, column in (("[en, cyg]", 17), ("en", 12), ("[]", 12), ("{en: cy}", 12)):
        found = faults_of(changed("languages: [en, cy]", f"languages: {wrong}"))
        assert [fault.split(" ")[0].rsplit(":", 1)[0] for fault in found] == [f"flow:5:{column}"], wrong
