"""`nightbell link`: a link that a line with the same word lets in, and clear words where there is no page."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from nightbell.cli.app import main
from nightbell.line.browser.links import Link, Links

SETTINGS = '[http]\nlisten = "127.0.0.1:8070"\n{more}\n[http.phone]\nkey_file = "phone.secret"\n'


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["link", *words])
    out, err = capsys.readouterr()
    return int(str(ended.value.code)), out, err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nightbell.toml").write_text(SETTINGS.format(more=""))
    (tmp_path / "phone.secret").write_text("a-word\n")
    monkeypatch.setenv("NIGHTBELL_CONFIG", str(tmp_path / "nightbell.toml"))
    return tmp_path


def link_in(address: str) -> object:
    return Links("a-word", None).look(parse_qs(urlsplit(address).query)["link"][0])


@pytest.mark.usefixtures("folder")
def test_it_is_for_one_call_and_a_day_and_the_line_lets_it_in(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert code == 0
    assert out.startswith("http://127.0.0.1:8070/phone?link=")
    found = link_in(out.strip())
    assert isinstance(found, Link)
    assert found.calls == 1
    assert "one call" in err
    assert "this machine alone" in err


def test_more_calls_for_a_clinic_at_the_public_address(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    more = 'public_url = "https://line.example.org/"'
    (folder / "nightbell.toml").write_text(SETTINGS.format(more=more))
    code, out, _ = run(capsys, "--calls", "5", "--hours", "48", "--clinic", "harbour", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["link"].startswith("https://line.example.org/phone?link=")
    found = link_in(told["link"])
    assert isinstance(found, Link)
    assert (found.calls, found.clinic) == (5, "harbour")


def test_without_a_page_it_says_where_to_read_on(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "nightbell.toml").write_text("")
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert "docs/try-in-a-browser.md" in err
    assert run(capsys, "--calls", "0")[0] == 2
