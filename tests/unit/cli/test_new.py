"""`nightbell new`: seven answers to a folder that passes, or nothing at all."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import phonenumbers
import pytest

from nightbell.call.compile import compile_flow
from nightbell.call.table import table_of
from nightbell.cli import country, folder
from nightbell.cli.app import main
from nightbell.cli.country import read_site
from nightbell.cli.questions import QUESTIONS, title_of
from nightbell.errors import TermError
from nightbell.flow.load import load_flow
from nightbell.flow.model import PromptState
from nightbell.flow.proof.prove import prove
from nightbell.terms.phone import CRISIS

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "name": "Harbour Clinic",
    "country": "England 020 7946 0142",
    "hours": "mon-fri 9:00-17:30, sat 10-14",
    "mobile": "Anna Bright, 07700 900142",
    "deputy": "07700 900143",
    "emergency_department": "St Mary's Hospital",
    "eye_unit": "the Western Eye Hospital",
}


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(str(ended.value.code))


def write(path: Path, **changes: str) -> Path:
    given = {**ANSWERS, **changes}
    path.write_text("".join(f'{key}: "{value}"\n' for key, value in given.items()), encoding="utf-8")
    return path


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has nothing of the project in it."""
    there = tmp_path / "laptop"
    there.mkdir()
    monkeypatch.chdir(there)
    return there


def type_in(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize("deputy", ["07700 900143", "solo"])
def test_the_folder_passes_check_and_its_scripts_rehearse(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], deputy: str
) -> None:
    assert run("new", "harbour", "--answers", str(write(tmp_path / "a.yaml", deputy=deputy))) == 0
    assert "callers are told to dial 999" in capsys.readouterr().out
    assert run("check", "flows/harbour") == 0
    assert "NB355" not in capsys.readouterr().out
    assert run("rehearse", "flows/harbour", "--tier", "text", "--report", str(tmp_path / "report")) == 0
    out = capsys.readouterr().out
    assert "6 of 6 calls passed" in out
    flow = load_flow(elsewhere / "flows" / "harbour")
    assert prove(table_of(compile_flow(flow))).violations == ()
    clinic = flow.clinic
    assert (clinic.title, clinic.country, clinic.zone) == ("Harbour Clinic", "GB", "Europe/London")
    assert clinic.region == "ENG"
    assert (clinic.number, clinic.emergency) == ("+442079460142", "999")
    assert dict(clinic.hours)["sat"] == ("10:00-14:00",)
    assert dict(clinic.hours)["sun"] == ()
    assert dict(clinic.facts)["crisis_line"] == "one one six, one two three"
    assert clinic.cover == ("solo" if deputy == "solo" else "full")
    alerting = flow.state("get_clinician.one_clinician" if deputy == "solo" else "get_clinician.words")
    assert isinstance(alerting, PromptState)
    words = " ".join(str(part) for part in alerting.say.parts)
    assert ("This clinic has one" in words) == (deputy == "solo")


def test_a_mobile_stands_in_oncall_yaml_alone(elsewhere: Path, tmp_path: Path) -> None:
    assert run("new", "harbour", "--answers", str(write(tmp_path / "a.yaml"))) == 0
    for path in elsewhere.rglob("*.yaml"):
        text = "".join(path.read_text(encoding="utf-8").split())
        private = [word for word in ("900142", "900143", "AnnaBright") if word in text]
        assert private == (["900142", "900143", "AnnaBright"] if path.name == "oncall.yaml" else []), path


def test_typed_answers_and_every_wrong_one_asked_again(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(
        monkeypatch,
        *("Clinic 24", ""),
        *("020 7946 0142", "+44 12", "GB 999", "Narnia 12345678", "uk 020 7946 0142"),
        *("mon 9-5", "weekdays 9am-5pm"),
        *("me", "020 7946 0142", "020 7946 0200", "999", "07700 900142"),
        *("07700 900142", "solo"),
        *("", "St Mary's"),
        "",
    )
    assert run("new", "harbour-street") == 0
    out = capsys.readouterr().out
    for said in (
        "a name with digits",
        "a number without a country",
        "no telephone number",
        "an emergency, crisis or service number",
        "there is no country 'Narnia'",
        "may mean the morning or the evening",
        "there is no number",
        "this is the clinic's own number",
        "this is no mobile",
        "this is your own mobile",
        "nothing was typed",
    ):
        assert out.count(said) >= 1, said
    assert out.count("/7  ") == 7
    clinic = load_flow(elsewhere / "flows" / "harbour-street").clinic
    assert (clinic.title, clinic.eye_unit, clinic.cover) == ("Harbour Street Clinic", "St Mary's", "solo")


@pytest.mark.parametrize("answered", range(len(QUESTIONS)))
def test_the_end_of_input_leaves_nothing(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answered: int
) -> None:
    type_in(monkeypatch, *list(ANSWERS.values())[:answered])
    assert run("new", "harbour") == 1
    assert "Nothing was written." in capsys.readouterr().err
    assert everything(elsewhere) == []


def test_a_stop_while_writing_leaves_nothing(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        assert everything(elsewhere), "there is something to clear away"
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "load_flow", interrupted)
    assert run("new", "harbour", "--answers", str(write(tmp_path / "a.yaml"))) == 1
    assert "Nothing was written." in capsys.readouterr().err
    assert everything(elsewhere) == []


def test_what_is_there_is_never_written_over(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = elsewhere / "flows" / "shared"
    shared.mkdir(parents=True)
    own = (ROOT / "flows" / "shared" / "emergency.yaml").read_text(encoding="utf-8") + "# mine\n"
    (shared / "emergency.yaml").write_text(own, encoding="utf-8")
    answers = str(write(tmp_path / "a.yaml"))
    assert run("new", "harbour", "--answers", answers) == 0
    assert (shared / "emergency.yaml").read_text(encoding="utf-8") == own
    assert (shared / "universals.yaml").is_file()
    before = {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*.yaml")}
    assert run("new", "harbour", "--answers", answers) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*.yaml")} == before


def test_with_shared_files_that_do_not_fit_nothing_is_made(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = elsewhere / "flows" / "shared"
    shared.mkdir(parents=True)
    (shared / "emergency.yaml").write_text("states: {}\n", encoding="utf-8")
    assert run("new", "harbour", "--answers", str(write(tmp_path / "a.yaml"))) == 1
    assert "NB130" in capsys.readouterr().err
    assert everything(elsewhere) == ["flows", "flows/shared", "flows/shared/emergency.yaml"]


def test_faults_of_an_answers_file_all_at_once(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: Harbour\ncountry: GB 020 7946 0142\nhours: sometimes\nmobile: [one]\ncat: Tom\nmobil: none\n"
        "emergency_department: St Mary's\n",
        encoding="utf-8",
    )
    assert run("new", "harbour", "--answers", str(path)) == 1
    err = capsys.readouterr().err
    assert f"{path}:3:8 NB124 'sometimes' is no day" in err
    assert f"{path}:4:9 NB123 'mobile' must be text" in err
    assert f"{path}:5:1 NB121 'cat' is no question" in err
    assert f"{path}:6:1 NB121 'mobil' is no question" in err
    assert "hint: did you mean 'mobile'?" in err
    assert everything(elsewhere) == []
    assert run("new", "harbour", "--answers", str(tmp_path / "none.yaml")) == 1
    path.write_text("name: x\n", encoding="utf-8")
    assert run("new", "harbour", "--answers", str(path)) == 1
    assert "'mobile' has no answer" in (found := capsys.readouterr().err), found


@pytest.mark.parametrize("name", ["Rosewood", "../rosewood", "a b", "shared", "", "1st", "x" * 41])
def test_names_that_are_no_folder(elsewhere: Path, name: str) -> None:
    assert run("new", name, "--answers", "unread.yaml") == 2
    assert everything(elsewhere) == []


@pytest.mark.parametrize(
    ("typed", "code", "emergency", "zone"),
    [
        ("+44 20 7946 0142", "GB", "999", "Europe/London"),
        ("United Kingdom: 020 7946 0142", "GB", "999", "Europe/London"),
        ("+1 212 555 0123", "US", "911", "America/New_York"),
        ("US 800 555 0123 America/Chicago", "US", "911", "America/Chicago"),
        ("+1 416 555 0123", "CA", "911", "America/Toronto"),
        ("Ireland 01 234 5678", "IE", "112", "Europe/Dublin"),
        ("AU 02 9123 4567", "AU", "000", "Australia/Sydney"),
        ("NZ 09 300 1234", "NZ", "111", "Pacific/Auckland"),
        ("DE 089 1234567", "DE", "112", "Europe/Berlin"),
    ],
)
def test_a_number_tells_where_the_clinic_is(typed: str, code: str, emergency: str, zone: str) -> None:
    site = read_site(typed)
    assert (site.country.code, site.country.emergency, site.zone) == (code, emergency, zone)
    digits = "".join(sign for sign in typed if sign.isdigit())
    assert site.number.national_digits.lstrip("01")[-6:] == digits[-6:]


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("England 020 7946 0142", "ENG"),
        ("Scotland: +44 20 7946 0142", "SCT"),
        ("gb-nir 020 7946 0142", "NIR"),
        ("US-CA 415 555 0123", "CA"),
        ("GB 020 7946 0142", ""),
        ("NZ 09 300 1234", ""),
    ],
)
def test_a_part_of_a_country_has_holidays_of_its_own(typed: str, region: str) -> None:
    assert read_site(typed).region == region


def test_no_such_part() -> None:
    with pytest.raises(TermError, match="has no part 'CA'") as refused:
        read_site("GB-CA 020 7946 0142")
    assert "ENG" in refused.value.hint


@pytest.mark.parametrize(
    "typed", ["US 800 555 0123", "+1 800 555 0123", "AU 1300 123 456", "GB", "+800 1234 5678"]
)
def test_a_number_that_does_not_tell(typed: str) -> None:
    with pytest.raises(TermError) as refused:
        read_site(typed)
    assert refused.value.hint


def test_emergency_numbers_are_emergency_numbers() -> None:
    assert len(country._EMERGENCY) >= 35
    for code, number in country._EMERGENCY.items():
        assert phonenumbers.is_emergency_number(number, code), code


def test_crisis_lines_are_never_rung() -> None:
    for code, number in country._CRISIS.items():
        assert number in CRISIS, code


def test_a_country_whose_ambulance_is_not_known(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = str(write(tmp_path / "a.yaml", country="JP 03-1234-5678", mobile="090-1234-5678", deputy="solo"))
    assert run("new", "harbour", "--answers", answers) == 1
    assert "--emergency" in capsys.readouterr().err
    assert run("new", "harbour", "--answers", answers, "--emergency", "911") == 1
    assert run("new", "harbour", "--answers", answers, "--emergency", "119") == 0
    assert "No crisis line of Japan is known" in capsys.readouterr().out
    assert load_flow(elsewhere / "flows" / "harbour").clinic.emergency == "119"


def test_titles() -> None:
    assert title_of("harbour-street") == "Harbour Street Clinic"
    assert title_of("rosewood_clinic") == "Rosewood Clinic"


def test_a_wheel_carries_what_a_new_clinic_starts_from(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {
            name.removeprefix("nightbell/cli/starter/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("nightbell/cli/starter/")
        }
    shared = {f"shared/{path.name}": path.read_bytes() for path in (ROOT / "flows" / "shared").glob("*.yaml")}
    assert len(shared) >= 6
    assert shared.items() <= carried.items()
    assert {"flow.yaml", "clinic.yaml", "oncall.yaml", "solo.yaml", "calls/silence.yaml"} <= set(carried)
