"""Settings from file and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightbell.errors import SettingsError
from nightbell.settings import Settings, load_settings
from nightbell.settings_line import SipSettings, Trunk


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings, and no variable of ours."""
    for name in ("NIGHTBELL_DATA", "NIGHTBELL_DATA_DIR", "NIGHTBELL_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.data_dir == tmp_path / "home" / ".local" / "share" / "nightbell"
    assert settings.models_dir == settings.data_dir / "models"
    assert settings.records_url == f"sqlite+aiosqlite:///{settings.data_dir}/records.sqlite3"
    assert settings.commit_limit_ms == 500


def test_a_folder_is_relative_to_its_file(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (empty_machine / "nightbell.toml").write_text('data_dir = "var"\nmodels_dir = "/srv/models"\n')
    assert load_settings().data_dir == empty_machine / "var"
    elsewhere = empty_machine / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("NIGHTBELL_CONFIG", "../nightbell.toml")
    assert load_settings().data_dir == empty_machine / "var"
    assert load_settings().models_dir == Path("/srv/models")


@pytest.mark.parametrize("name", ["NIGHTBELL_DATA", "NIGHTBELL_DATA_DIR"])
def test_the_environment_wins_over_the_file(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (empty_machine / "nightbell.toml").write_text('data_dir = "var"\ncommit_limit_ms = 200\n')
    monkeypatch.setenv(name, "/srv/nightbell")
    monkeypatch.setenv("NIGHTBELL_COMMIT_LIMIT_MS", "300")
    settings = load_settings()
    assert settings.data_dir == Path("/srv/nightbell")
    assert settings.commit_limit_ms == 300


def test_what_the_program_says_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBELL_DATA", "/srv/nightbell")
    monkeypatch.setenv("NIGHTBELL_VOICE_SEED", "11")
    settings = Settings(data_dir=Path("/elsewhere"))
    assert settings.data_dir == Path("/elsewhere")
    assert settings.voice_seed == 11


def test_every_fault_is_named_at_once(empty_machine: Path) -> None:
    (empty_machine / "nightbell.toml").write_text('commit_limit_ms = -1\nvoice = "opera"\ncomit_limit_ms = 3\n')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    for name in ("commit_limit_ms", "voice", "comit_limit_ms"):
        assert f"{name}: " in caught.value.message
    assert str(empty_machine / "nightbell.toml") in caught.value.hint


def test_a_file_that_is_no_toml_is_named(empty_machine: Path) -> None:
    (empty_machine / "nightbell.toml").write_text("data_dir = ")
    with pytest.raises(SettingsError, match=r"nightbell\.toml cannot be read"):
        load_settings()


def test_a_config_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBELL_CONFIG", "/nowhere/nightbell.toml")
    with pytest.raises(SettingsError, match="which is no file"):
        load_settings()


def test_a_line_is_set_in_tables_and_its_files_lie_beside_the_settings(empty_machine: Path) -> None:
    (empty_machine / "nightbell.toml").write_text(
        """
[sip]
listen = ["udp:192.0.2.7:5060", "tls:[2001:db8::7]:5061"]
certificate = "chain.pem"
private_key = "key.pem"
[[sip.trunks]]
name = "carrier"
trust = ["192.0.2.64/27"]
registrars = ["sip:sip.example.com"]
user = "clinic"
password_file = "secret"
[serve]
calls = 12
"""
    )
    settings = load_settings()
    assert [str(one) for one in settings.sip.listen] == ["udp:192.0.2.7:5060", "tls:[2001:db8::7]:5061"]
    assert settings.sip.certificate == empty_machine / "chain.pem"
    assert settings.sip.trunks[0].password_file == empty_machine / "secret"
    assert settings.serve.calls == 12


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[sip]\nlisten = ["tls:127.0.0.1:5061"]\n', "sip"),
        ('[sip]\nlisten = ["sctp:127.0.0.1:5060"]\n', "sip.listen.0.transport"),
        ('[[sip.trunks]]\nname = "carrier"\nregistrars = ["sip:example.com"]\n', "sip.trunks.0"),
        ('[[sip.trunks]]\nname = "carrier"\ntrust = ["not a network"]\n', "sip.trunks.0.trust.0"),
        ('[sip]\ncalls_out = "sip:192.0.2.1"\n', "sip.calls_out"),
        ('[sip]\ncalls_out = "192.0.2.1;transport=sctp"\n', "sip.calls_out"),
        ('[sip]\ncalls_out_trunk = "carrier"\n', "sip"),
        ('[sip]\ncalls_out_trunk = "carrier"\n[[sip.trunks]]\nname = "carrier"\n', "sip"),
        ('[[sip.users]]\nname = "pbx"\n', "sip.users.0.password_file"),
        ('[[sip.users]]\nname = "a\\"b"\npassword_file = "x"\n', "sip.users.0.name"),
        ('[sip]\nusers = [{name = "p", password_file = "x"}, {name = "p", password_file = "y"}]\n', "sip"),
        ("[rtp]\nfirst_port = 20001\n", "rtp"),
        ("[serve]\ncals = 3\n", "serve.cals"),
        ('[serve]\ntest_numbers = ["07700900123"]\n', "serve.test_numbers.0"),
        ('[channels.sms]\naccount = "AC1"\nsender = "Rosewood"\n', "channels.sms"),
        ('[channels.sms]\naccount = "AC1"\ntoken = "t"\nsender = "me@home"\n', "channels.sms.sender"),
        ('[channels.push]\nserver = "http://example.org"\n', "channels.push.server"),
        ('[channels.email]\nhost = "192.0.2.9"\nsender = "line@example.org"\ntls = false\n', "channels.email"),
        ("[channels.webhook]\n", "channels.webhook"),
        ("[channels.pager]\n", "channels.pager"),
    ],
)
def test_a_line_that_is_set_wrongly_is_refused(empty_machine: Path, text: str, names: str) -> None:
    (empty_machine / "nightbell.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"{names}: " in caught.value.message


@pytest.mark.parametrize(
    ("named", "users", "account"),
    [
        ("", {}, None),
        ("", {"carrier": ""}, None),
        ("", {"carrier": "clinic", "pbx": ""}, "carrier"),
        ("", {"carrier": "clinic", "other": "clinic"}, None),
        ("other", {"carrier": "clinic", "other": "clinic"}, "other"),
    ],
)
def test_calls_out_go_under_the_account_that_is_named_or_is_the_only_one(
    named: str, users: dict[str, str], account: str | None
) -> None:
    trunks = tuple(Trunk(name=name, user=user) for name, user in users.items())
    found = SipSettings(calls_out="[2001:db8::7]:5061;transport=tls", calls_out_trunk=named, trunks=trunks)
    assert (found.account_trunk.name if found.account_trunk else None) == account


def test_the_files_of_users_and_of_authorities_lie_beside_the_settings(empty_machine: Path) -> None:
    text = '[sip]\nauthorities = "ca.pem"\n[[sip.users]]\nname = "pbx"\npassword_file = "pbx.secret"\n'
    (empty_machine / "nightbell.toml").write_text(text)
    settings = load_settings()
    assert settings.sip.authorities == empty_machine / "ca.pem"
    assert settings.sip.users[0].password_file == empty_machine / "pbx.secret"


def test_the_environment_reaches_into_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBELL_SERVE__CALLS", "3")
    monkeypatch.setenv("NIGHTBELL_SIP__LISTEN", '["udp:127.0.0.1:5070"]')
    settings = load_settings()
    assert settings.serve.calls == 3
    assert settings.sip.listen[0].port == 5070


def test_the_carriers_of_the_page_for_owners_are_settings(empty_machine: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "oncall.md").read_text(encoding="utf-8")
    (empty_machine / "nightbell.toml").write_text(page.split("```carriers\n")[1].split("```")[0])
    channels = load_settings().channels
    assert all(getattr(channels, name) is not None for name in type(channels).model_fields)


def test_a_secret_comes_from_the_environment_and_shows_itself_nowhere(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[channels.sms]\naccount = "AC1"\nsender = "+442079460142"\n[channels.email]\nhost = "mx.example.org"\n'
    rest = 'user = "line"\nsender = "line@example.org"\npassword_file = "mail.secret"\n'
    (empty_machine / "nightbell.toml").write_text(text + rest)
    monkeypatch.setenv("NIGHTBELL_CHANNELS__SMS__TOKEN", "hush-hush")
    settings = load_settings()
    sms, email = settings.channels.sms, settings.channels.email
    assert sms is not None
    assert email is not None
    assert sms.token.get_secret_value() == "hush-hush"
    assert email.password_file == empty_machine / "mail.secret"
    assert (email.port, email.tls) == (587, True)
    assert "hush-hush" not in f"{settings!r}{settings.model_dump_json()}"
    monkeypatch.setenv("NIGHTBELL_CHANNELS__SMS__SENDER", "me@home")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hush-hush" not in f"{caught.value}{caught.value.__cause__!r}{caught.value.__cause__}"


def test_calls_over_http_are_set_in_tables(empty_machine: Path) -> None:
    (empty_machine / "nightbell.toml").write_text(
        """[http]
listen = "127.0.0.1:8070"
public_url = "https://line.example.org/"
[http.twilio]
account = "AC1"
token_file = "twilio.secret"
"""
    )
    http = load_settings().http
    assert http.public_url == "https://line.example.org"
    assert http.twilio is not None
    assert http.twilio.token_file == empty_machine / "twilio.secret"


@pytest.mark.parametrize(
    "text",
    [
        '[http]\ncertificate = "a.pem"',
        '[http]\nlisten = "8070"',
        '[http]\npublic_url = "http://line.example.org"',
        '[http.twilio]\naccount = "AC1"\ntoken = "x"',
        '[http]\nlisten = "127.0.0.1:1"\npublic_url = "https://example.org"\n[http.twilio]\naccount = "AC1"',
        '[http.pbx]\nkey = "x"\nkey_file = "x"',
        "[http.phone]",
    ],
)
def test_http_that_is_set_wrongly_is_refused(empty_machine: Path, text: str) -> None:
    (empty_machine / "nightbell.toml").write_text(text)
    with pytest.raises(SettingsError):
        load_settings()
