"""The command line: verbs are loaded when typed, errors become a message and an exit code."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated

import pytest
import structlog
import typer

from nightbell import __version__
from nightbell.cli.app import VERBS, main
from nightbell.cli.logs import configure_logs
from nightbell.document.diagnostic import Diagnostic, Place
from nightbell.errors import FlowError, ModelMissing, SettingsError

Verb = Callable[..., int | None]


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(words)
    out, err = capfd.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


@pytest.fixture
def as_check(monkeypatch: pytest.MonkeyPatch) -> Callable[[Verb], None]:
    """Put a function in the place of `nightbell check`."""

    def put(function: Verb) -> None:
        module = ModuleType("nightbell.cli.check")
        module.check = function  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "nightbell.cli.check", module)

    return put


def test_help_names_every_verb_and_loads_none() -> None:
    script = (
        "import sys\nfrom nightbell.cli.app import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('nightbell.cli.')"
        " or name in ('numpy', 'onnxruntime', 'sqlalchemy', 'vosk', 'pydantic')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    for verb in VERBS:
        assert f" {verb.name} " in done.stdout
    assert done.stdout.splitlines()[-1] == "['nightbell.cli.app']"


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "--version") == (0, f"nightbell {__version__}\n", "")


def test_the_collector_seldom_looks_through_a_flow(capfd: pytest.CaptureFixture[str]) -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 11, 12)
    try:
        run(capfd, "--version")
        assert gc.get_threshold() == (10_000, 11, 12)
    finally:
        gc.set_threshold(*before)


def test_a_verbs_return_value_is_the_exit_code(
    capfd: pytest.CaptureFixture[str], as_check: Callable[[Verb], None]
) -> None:
    def check(flow: str, code: Annotated[int, typer.Option()] = 0) -> int:
        typer.echo(f"checked {flow}")
        return code

    as_check(check)
    assert run(capfd, "check", "rosewood") == (0, "checked rosewood\n", "")
    assert run(capfd, "check", "rosewood", "--code", "1") == (1, "checked rosewood\n", "")
    assert run(capfd, "check")[0] == 2
    assert run(capfd, "check", "rosewood", "--nonsense")[0] == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (SettingsError("no such voice", hint="try heart"), 2, ["NB010 no such voice", "  hint: try heart"]),
        (ModelMissing("no model", provider="vosk"), 3, ["NB601 no model"]),
        (
            FlowError("2 faults", diagnostics=["flow.yaml:1:2 NB101 a", "flow.yaml:3:4 NB102 b"]),
            1,
            ["NB100 2 faults", "  flow.yaml:1:2 NB101 a", "  flow.yaml:3:4 NB102 b"],
        ),
    ],
)
def test_an_error_is_a_message_with_its_exit_code_and_no_traceback(
    capfd: pytest.CaptureFixture[str],
    as_check: Callable[[Verb], None],
    error: Exception,
    code: int,
    said: list[str],
) -> None:
    def check() -> None:
        raise error

    as_check(check)
    ended, out, err = run(capfd, "check")
    assert (ended, out, err.splitlines()) == (code, "", said)


def test_a_verb_that_is_not_there_takes_no_other_with_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightbell.cli.app.Verb.module", property(lambda verb: "nightbell.cli.not_there"))
    ended, out, err = run(capfd, "check", "rosewood", "--json")
    assert (ended, out) == (3, "")
    assert "`nightbell check` is not part of this version" in err
    assert run(capfd, "--help")[0] == 0


def test_an_unknown_verb_is_a_usage_error(capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capfd, "chek")
    assert code == 2
    assert "chek" in err


@pytest.mark.parametrize("where", ["nightbell.cli.app", "nightbell.cli.check"])
def test_ctrl_c_while_things_are_imported_is_quiet(where: str) -> None:
    program = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {where!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from nightbell.cli.entry import main\n"
        "main(['check', 'x'])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_the_hint_of_a_fault_stands_under_it(
    capfd: pytest.CaptureFixture[str], as_check: Callable[[Verb], None]
) -> None:
    def check() -> int:
        faults = (Diagnostic(Place("a.yaml", 3, 5), "NB130", "no state 'x'", "did you mean 'y'?"),)
        raise FlowError("does not load", diagnostics=faults)

    as_check(check)
    assert run(capfd, "check")[2].splitlines()[1:] == [
        "  a.yaml:3:5 NB130 no state 'x'",
        "    hint: did you mean 'y'?",
    ]


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = (
        "import sys, types, typer\nfrom nightbell.cli.app import main\n"
        "module = types.ModuleType('nightbell.cli.check')\n"
        "def check():\n    for _ in range(200_000): typer.echo('a line of output')\n"
        "module.check = check\nsys.modules['nightbell.cli.check'] = module\nmain(['check'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "a line of output\n"
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == ""


def test_doctor_as_json_tells_the_missing_model(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("NIGHTBELL_DATA", str(tmp_path))
    monkeypatch.delenv("NIGHTBELL_MODELS_DIR", raising=False)
    code, out, _ = run(capfd, "doctor", "--json")
    told = json.loads(out)
    vosk = next(finding for finding in told["findings"] if finding["name"] == "Vosk recogniser")
    assert (code, told["good"], vosk["state"]) == (3, False, "missing")
    code, out, _ = run(capfd, "doctor")
    assert code == 3
    assert "Vosk recogniser is missing. To mend it: nightbell setup" in out


def test_setup_offline_on_an_empty_machine_says_what_to_bring(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("NIGHTBELL_DATA", f"{tmp_path}/data")
    monkeypatch.setenv("NIGHTBELL_CACHE_DIR", f"{tmp_path}/cache")
    monkeypatch.delenv("NIGHTBELL_MODELS_DIR", raising=False)
    code, out, err = run(capfd, "setup", "--offline")
    assert (code, out) == (3, "")
    assert "NB601 The Vosk model cannot be had: not in the download cache." in err
    assert "vosk-model-small-en-us-0.15.zip" in err


def test_logs_go_to_standard_error_and_say_no_more_than_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structlog.get_config()
    try:
        for level, shown in (("warning", False), ("info", True)):
            monkeypatch.setenv("NIGHTBELL_LOG_LEVEL", level)
            configure_logs()
            structlog.get_logger().info("quiet_word")
            out, err = capsys.readouterr()
            assert (out, "quiet_word" in err) == ("", shown)
    finally:
        structlog.configure(**before)
