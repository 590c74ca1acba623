"""A flow made worse in one place: what notices it, what does not, and a script that would."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nightbell.call.compile import Plan, compile_flow
from nightbell.cli.app import build
from nightbell.document.spans import spans, without
from nightbell.errors import FlowError, ScriptError
from nightbell.flow.model import End, PromptState
from nightbell.rehearsal.mutation.court import Court
from nightbell.rehearsal.mutation.edit import Edit
from nightbell.rehearsal.mutation.killers import killers_of
from nightbell.rehearsal.mutation.phrases import Reworded, reworded
from nightbell.rehearsal.mutation.sameness import doings, same_calls
from nightbell.rehearsal.mutation.score import Tally, why_survived
from nightbell.rehearsal.mutation.trial import chosen, tried
from nightbell.rehearsal.runner import rehearse

FLOWS = Path(__file__).parents[2] / "flows"

SIGHT = """\
script: sight
about: Cannot see
tier: text
answers:
  reason: {press: "1"}
  sight.vision: {words: it is blurred, red_flag: true}
  hold: {hang_up: true}
expect: {disposition: D0, red_flag: true, states: [reason, sight, emergency, hold]}
"""
BOOKING = """\
script: booking
about: Wants an appointment
tier: text
answers: {reason: {words: appointments}, wants_more: {words: "no"}}
expect: {disposition: D5, states: [reason, booking, wants_more, closed]}
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinic with two scripts, so that much of it is shown by nobody."""
    folder = tmp_path_factory.mktemp("mutants")
    shutil.copytree(FLOWS, folder / "flows")
    clinic = folder / "flows" / "harbour"
    (clinic / "calls").mkdir()
    (folder / "audio").mkdir()
    (clinic / "calls" / "sight.yaml").write_text(SIGHT, encoding="utf-8")
    (clinic / "calls" / "booking.yaml").write_text(BOOKING, encoding="utf-8")
    return clinic


@pytest.fixture(scope="module")
def court(harbour: Path) -> Court:
    return Court(harbour, harbour.parents[1] / "audio")


def edit_of(court: Court, operator: str, path: str, new: str = "") -> Edit:
    (found,) = (
        edit
        for edit in court.edits()
        if edit.operator == operator and ".".join(map(str, edit.path)) == path and new in edit.what
    )
    return found


@pytest.mark.parametrize(
    ("operator", "path", "new", "noticed"),
    [
        ("drop-edge", "states.reason.unclear", "", "load NB138"),
        ("drop-edge", "states.sight.questions.vision", "", "script sight"),
        ("drop-edge", "states.known.cases.0", "", "survived"),
        ("redirect-edge", "states.reason.unclear", "booking", "rule NB326"),
        ("redirect-edge", "states.hours.closed", "put_through", "script booking"),
        ("redirect-edge", "states.wants_more.unclear", "known", "survived"),
        ("delete-phrase", "states.reason.choices.booking.hear.0", "", "script booking"),
        ("delete-phrase", "states.reason.choices.booking.hear.1", "", "survived"),
        ("weaken-threshold", "states.reason.timers.confidence_level", "", "rule NB349"),
        ("lower-floor", "states.sight.questions.vision.yes", "", "script sight"),
        ("lower-floor", "states.sight.questions.colour.yes", "", "survived"),
        ("open-to-barge-in", "states.opening.say.must_hear", "", "rule NB308"),
        ("swap-prompts", "states.hold.say", "", "rule NB322"),
        ("swap-prompts", "states.closed.say", "", "survived"),
        ("remove-universal", "universals.blind", "", "survived"),
        ("lengthen-timer", "states.hold.limit", "", "survived"),
        ("lengthen-timer", "timers.timeout", "30s for 6s", "same"),
    ],
)
def test_each_way_to_make_it_worse_is_noticed_where_something_looks(
    court: Court, operator: str, path: str, new: str, noticed: str
) -> None:
    fate = court.try_(edit_of(court, operator, path, new))
    assert f"{fate.noticed} {fate.by}".strip() == noticed


def test_a_call_that_goes_round_and_round_in_no_time_is_noticed(harbour: Path, court: Court) -> None:
    text = (harbour / "flow.yaml").read_text(encoding="utf-8")
    at = text.index("reason", text.index("closed: reason"))
    edit = edit_of(court, "redirect-edge", "states.hours.closed", "put_through")
    fate = court.try_(replace(edit, pieces=((at, at + len("reason"), "hours"),)))
    assert (fate.noticed, fate.by) == ("script", "booking")


def test_what_keeps_a_caller_safe_is_told_from_what_does_not(court: Court) -> None:
    unsafe = court.try_(edit_of(court, "remove-universal", "universals.blind"))
    calm = court.try_(edit_of(court, "redirect-edge", "states.read_back.no", "message"))
    assert (unsafe.safety, calm.safety) == (True, False)
    tally = Tally([unsafe, calm])
    assert (tally.safety_edges.noticed, tally.safety_edges.of) == (0, 1)
    assert tally.survivors == (unsafe, calm)
    assert tally.same_by_operator == {"remove-universal": 0, "redirect-edge": 0}
    assert not tally.good
    assert why_survived(calm) == "no script in writing comes here"
    assert why_survived(unsafe) == "2 scripts come here, and none of them minds"
    assert court.shown(unsafe.edit).endswith("shared/universals.yaml:3:10")


def test_a_script_is_asked_only_where_it_comes_to_what_changed(court: Court) -> None:
    """The one that loses its sight comes to the screen, and leaves it before the second question."""
    beyond = court.try_(edit_of(court, "lower-floor", "states.sight.questions.colour.yes"))
    before = court.try_(edit_of(court, "lower-floor", "states.sight.questions.vision.yes"))
    assert (beyond.noticed, beyond.asked) == ("survived", 0)
    assert (before.by, before.asked) == ("sight", 1)


def test_where_only_words_differ_only_who_says_them_is_asked(court: Court) -> None:
    """Both scripts come to the menu; one says "appointments" there, and nobody "book"."""
    said = court.try_(edit_of(court, "delete-phrase", "states.reason.choices.booking.hear.0"))
    unsaid = court.try_(edit_of(court, "delete-phrase", "states.reason.choices.booking.hear.1"))
    blurred = court.try_(edit_of(court, "remove-universal", "universals.blind"))
    assert (said.by, said.asked) == ("booking", 1)
    assert (unsaid.noticed, unsaid.asked) == ("survived", 0)
    assert blurred.asked == 2  # more than words


def test_who_is_not_asked_makes_the_same_call(court: Court) -> None:
    phrases = [edit for edit in court.edits() if edit.operator == "delete-phrase"]
    failed = 0
    for edit in phrases:
        try:
            plan = court.plan_of(edit)
        except FlowError:
            continue  # the last phrase of a choice
        words = reworded(court.plan, plan)
        assert words is not None
        for script in court.scripts:
            passed = asyncio.run(rehearse(script, court.stage(plan.flow))).passed
            assert passed or words.is_said_in(script), (edit.id, script.name)
            failed += not passed
    assert failed


def test_words_are_found_where_they_are_said_and_not_inside_others(court: Court) -> None:
    sight, booking = sorted(court.scripts, key=lambda script: script.name, reverse=True)
    said = Reworded(phrases=frozenset({("is", "blurred")}), patterns=frozenset(), sounds_like=())
    part = Reworded(phrases=frozenset({("appointment",)}), patterns=frozenset(), sounds_like=())
    pattern = Reworded(phrases=frozenset(), patterns=frozenset({"(it|sight) ... blurred"}), sounds_like=())
    assert [each.is_said_in(sight) for each in (said, part, pattern)] == [True, False, True]
    assert [each.is_said_in(booking) for each in (said, part, pattern)] == [False, False, False]


@pytest.mark.parametrize(("kind", "same"), [(End, True), (PromptState, False)])
def test_last_words_are_heard_out_whether_they_must_be_or_not(
    court: Court, kind: type[End | PromptState], *, same: bool
) -> None:
    states = tuple(
        replace(state, say=replace(state.say, must_hear=not state.say.must_hear))
        if isinstance(state, kind)
        else state
        for state in court.flow.states
    )
    other = compile_flow(replace(court.flow, states=states, hash=f"{kind.__name__} otherwise"))
    assert same_calls(doings(court.plan), doings(other)) is same


def test_what_no_call_ever_comes_to_is_nobodys_mutant(harbour: Path, tmp_path: Path) -> None:
    clinic = Path(shutil.copytree(harbour.parent, tmp_path / "flows")) / "harbour"
    flow = (clinic / "flow.yaml").read_text(encoding="utf-8")
    always = """\
  asked:
    kind: branch
    cases:
      - {when: {cover: {in: [full, solo, none]}}, next: wants_more}
    otherwise: never_said
  never_said: {kind: prompt, say: Nobody hears this., next: closed}
  wants_more:
"""
    flow = flow.replace('{{ parking }}.", next: wants_more}', '{{ parking }}.", next: asked}')
    (clinic / "flow.yaml").write_text(flow.replace("  wants_more:\n", always), encoding="utf-8")
    changed = Court(clinic, tmp_path)
    fates = [
        changed.try_(edit)
        for edit in changed.edits()
        if edit.operator == "redirect-edge" and ".".join(map(str, edit.path)) == "states.never_said.next"
    ]
    assert {fate.noticed for fate in fates} == {"same"}
    edit = edit_of(changed, "redirect-edge", "states.asked.cases.0.next", "never_said")
    assert changed.try_(edit).noticed == "script"


def test_a_script_that_would_have_noticed_is_offered_and_notices(
    harbour: Path, court: Court, tmp_path: Path
) -> None:
    survivor = court.try_(edit_of(court, "remove-universal", "universals.blind"))
    assert survivor.noticed == "survived"
    ((name, text),) = killers_of(court, [survivor]).items()
    clinic = Path(shutil.copytree(harbour.parent, tmp_path / "flows")) / "harbour"
    (clinic / "calls" / f"{name}.yaml").write_text(text, encoding="utf-8")
    words = ["rehearse", str(clinic), "--tier", "text", "--keep-paths", "--report", str(tmp_path / "report")]
    assert CliRunner().invoke(build("rehearse"), words).exit_code == 0
    again = Court(clinic, tmp_path)
    fate = again.try_(edit_of(again, "remove-universal", "universals.blind"))
    assert (fate.noticed, fate.by) == ("script", name)


def test_scripts_that_fail_already_notice_nothing(harbour: Path, tmp_path: Path) -> None:
    shutil.copytree(harbour.parent, tmp_path / "flows")
    script = tmp_path / "flows" / "harbour" / "calls" / "booking.yaml"
    script.write_text(BOOKING.replace("D5", "D3"), encoding="utf-8")
    with pytest.raises(ScriptError, match="booking fails before anything is changed"):
        Court(script.parents[1], tmp_path)


def test_a_sample_is_the_same_for_the_same_seed(court: Court) -> None:
    edits = court.edits()
    assert chosen(edits, ["drop-edge"], 5, 1) == chosen(edits, ["drop-edge"], 5, 1)
    assert chosen(edits, ["drop-edge"], 5, 1) != chosen(edits, ["drop-edge"], 5, 2)
    assert {edit.operator for edit in chosen(edits, ["drop-edge"], 0, 1)} == {"drop-edge"}


def test_a_mutant_leaves_nothing_behind(harbour: Path, court: Court) -> None:
    edits = chosen(court.edits(), ["redirect-edge"], 4, seed=5)
    plans = sum(isinstance(each, Plan) for each in gc.get_objects())
    assert len(tried(harbour, Path("audio"), edits, jobs=1)) == 4
    assert sum(isinstance(each, Plan) for each in gc.get_objects()) <= plans + 1  # the court's own


def test_a_text_is_cut_where_an_entry_stands_and_nowhere_else() -> None:
    text = "a: # why\n  b: {c: 1, d: 2}\n  e: [x, y]\nf: 3\n"
    cut = {".".join(map(str, span.path)): without(text, span) for span in spans(text)}
    assert cut["a.b"] == "a: # why\n  e: [x, y]\nf: 3\n"
    assert cut["a.b.c"] == "a: # why\n  b: {d: 2}\n  e: [x, y]\nf: 3\n"
    assert cut["a.b.d"] == "a: # why\n  b: {c: 1}\n  e: [x, y]\nf: 3\n"
    assert cut["a.e.1"] == "a: # why\n  b: {c: 1, d: 2}\n  e: [x]\nf: 3\n"
    assert cut["f"] == "a: # why\n  b: {c: 1, d: 2}\n  e: [x, y]\n"


def test_the_verb_tells_what_survived_and_fails_by_it(harbour: Path) -> None:
    words = ["mutate", str(harbour), "--audio", str(harbour), "--only", "remove-universal", "--jobs", "1"]
    result = CliRunner().invoke(build("mutate"), words)
    assert result.exit_code == 1
    assert "SAFETY remove-universal: without the universal blind" in result.output.replace("\n", " ")
    assert "Safety edges: 0 of 2 (0.0 %), by a script: 0 of 2 (0.0 %)" in result.output


def test_what_changes_no_call_is_told_of_each_way(harbour: Path) -> None:
    words = ["mutate", str(harbour), "--audio", str(harbour), "--only", "lengthen-timer", "--jobs", "1", "--json"]
    result = CliRunner().invoke(build("mutate"), words)
    (told,) = json.loads(result.stdout.splitlines()[-1])["by_operator"].values()
    assert told["same"] >= 1  # one timer that nothing in the flow has
    assert 0 <= told["noticed"] < told["of"]


def test_an_unknown_way_is_usage(harbour: Path) -> None:
    result = CliRunner().invoke(build("mutate"), ["mutate", str(harbour), "--only", "paint-it"])
    assert result.exit_code == 2
    assert "redirect-edge" in result.output


def test_nothing_that_could_be_made_worse_is_no_good_result(harbour: Path) -> None:
    words = ["mutate", str(harbour), "--audio", str(harbour), "--only", "drop-not-sure", "--jobs", "1"]
    result = CliRunner().invoke(build("mutate"), words)
    assert result.exit_code == 2
    assert "nothing here can be made worse by drop-not-sure" in result.output


def test_a_folder_for_scripts_that_cannot_be_written_to_is_told_before_a_mutant_is_tried(
    harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightbell.cli.mutate.Court", lambda *_: pytest.fail("it came to try something"))
    below = str(harbour / "flow.yaml" / "x")
    result = CliRunner().invoke(build("mutate"), ["mutate", str(harbour), "--scripts", below])
    assert (result.exit_code, "--scripts" in result.output) == (2, True)


def test_a_script_that_somebody_has_worked_on_is_not_written_over(
    harbour: Path, court: Court, tmp_path: Path
) -> None:
    survivor = court.try_(edit_of(court, "remove-universal", "universals.blind"))
    ((name, text),) = killers_of(court, [survivor]).items()
    mine = tmp_path / f"{name}.yaml"
    mine.write_text("# worked on\n", encoding="utf-8")
    words = ["mutate", str(harbour), "--audio", str(harbour), "--only", "remove-universal", "--jobs", "1"]
    result = CliRunner().invoke(build("mutate"), [*words, "--scripts", str(tmp_path)])
    assert mine.read_text(encoding="utf-8") == "# worked on\n"
    assert f"not written over, for others are there: {name}.yaml" in result.output.replace("\n", " ")
    mine.unlink()
    for _ in range(2):  # the same script again is none that somebody worked on
        again = CliRunner().invoke(build("mutate"), [*words, "--scripts", str(tmp_path)])
        assert "not written over" not in again.output
    assert mine.read_text(encoding="utf-8") == text


def children(parent: int) -> set[int]:
    """Return the processes that one started and that are still there; a dead one that nobody waited for is not."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, above = stat.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found.add(int(stat.parent.name))
    return found


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_broken_off_leaves_no_process_behind(harbour: Path, stop: signal.Signals) -> None:
    """A real run in a terminal: SIGKILL reaches it alone, Ctrl-C everything in the terminal."""
    ours, theirs = pty.openpty()
    words = ["mutate", str(harbour), "--audio", str(harbour), "--jobs", "2"]
    run = subprocess.Popen(
        [sys.executable, "-c", "from nightbell.cli.app import main; main()", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    ends: list[int] = []
    try:
        shown = b""
        while not re.search(rb"\d of \d+ mutants", shown):  # at work: what is idle later would stay for ever
            shown += os.read(ours, 4096)
        ends = [os.pidfd_open(child) for child in children(run.pid)]
        assert len(ends) >= 2
        (run.send_signal if stop == signal.SIGKILL else partial(os.killpg, run.pid))(stop)
        with suppress(OSError):  # EIO: nobody holds the terminal any more; unread, it would fill and hold the run
            while select.select([ours], [], [], 30)[0] and os.read(ours, 4096):
                pass
        assert run.wait(timeout=10) != 0
        for end in ends:
            assert select.select([end], [], [], 10)[0], "a worker is still there"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        for handle in (ours, *ends):
            os.close(handle)
