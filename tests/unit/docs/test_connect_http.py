"""The pages about calls without SIP: their commands are run, their settings and snippets are read.

One line is served for all of them, with the settings of all; ports are changed to free ones, nothing else is.
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import fromstring

import pytest
from tests.unit.docs.test_connect import BOX, free_port, place, ports, says, served

from nightbell.cli.over import CARRIERS
from nightbell.line.media_stream.signature import sign
from nightbell.settings import load_settings
from nightbell.speech.safe import SAFE_WORDS

__all__ = ["place", "ports"]

ROOT: Final = Path(__file__).parents[3]
NAMES: Final = ("connect-twilio", "connect-freepbx", "try-in-a-browser")
PAGES: Final = tuple((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in NAMES)
SECRETS: Final = {"twilio.secret": "a-token", "pbx.secret": "a-key", "phone.secret": "a-word"}


def boxes(kind: str) -> list[str]:
    return [text for page in PAGES for found, text in BOX.findall(page) if found == kind]


def tables() -> dict[str, Any]:
    """Return ``[http]`` of all pages, together."""
    whole: dict[str, Any] = {}
    for box in boxes("toml"):
        whole |= tomllib.loads(box)["http"]
    return whole


@pytest.mark.slow
@pytest.mark.audio
@pytest.mark.peers("curl", "openssl")
@pytest.mark.timeout(300)
def test_every_command_does_what_the_pages_say(
    tmp_path: Path, place: dict[str, str], ports: dict[str, str]
) -> None:
    ours = ports | {"8070": str(free_port()), "9092": str(free_port())}

    def here(text: str) -> str:
        return re.sub(r"\b(5060|8060|8070|9092)\b", lambda match: ours[match[1]], text)

    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(secret)
    environment = place | {"NIGHTBELL_HTTP": here(json.dumps(tables()))}
    (serving,) = boxes("serve")
    with served(serving.strip(), tmp_path, environment, ours["8060"]):
        for box in boxes("console"):
            typed, _, shown = box.partition("\n")
            done = subprocess.run(
                ["bash", "-c", here(typed.removeprefix("$ "))],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=30,
                check=False,
            )
            assert says(shown, done.stdout), f"{typed}\n{done.stdout}\n--- but the page says:\n{shown}"
        # The proxy is on this machine, the carrier's caller is not: who is no tester goes to the fallback.
        assert announced(f"http://127.0.0.1:{ours['8070']}", caller="+447700900555") == 503
        assert announced(f"http://127.0.0.1:{ours['8070']}", caller="+447700900123") == 200


def announced(here: str, *, caller: str) -> int:
    """Announce a call as the carrier would; return how that was answered."""
    twilio = tables()["twilio"]
    form = {"AccountSid": twilio["account"], "CallSid": f"CA{caller[1:]}", "From": caller, "To": "+442079460142"}
    signature = sign(SECRETS["twilio.secret"], f"{tables()['public_url']}/twilio/voice", list(form.items()))
    data = urllib.parse.urlencode(form).encode()
    asked = urllib.request.Request(f"{here}/twilio/voice", data, {"X-Twilio-Signature": signature})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("box", boxes("toml"))
def test_the_settings_on_the_pages_are_settings(box: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nightbell.toml").write_text(box)
    monkeypatch.setenv("NIGHTBELL_CONFIG", str(tmp_path / "nightbell.toml"))
    http = load_settings().http
    assert http.listen == "127.0.0.1:8070"
    keyed = http.pbx or http.phone
    secret = http.twilio.token_file if http.twilio else keyed.key_file if keyed else None
    assert secret is not None
    assert secret.name in SECRETS
    assert secret.parent == tmp_path


def test_the_rehearsals_on_the_pages_name_what_carries_calls_and_scripts_that_are_there() -> None:
    typed = [box for box in boxes("sh") if "rehearse" in box]
    named = [re.fullmatch(r"nightbell rehearse (\S+) (.+) --tier sip --over (\w+)\n", box) for box in typed]
    assert {match[3] for match in named if match} == set(CARRIERS) - {"sip"}
    for match in named:
        assert match is not None
        for script in match[2].split():
            assert (ROOT / match[1] / "calls" / f"{script}.yaml").is_file(), script


def test_the_dial_plans_fit_the_settings_and_each_other() -> None:
    *plans, client = boxes("ini")
    http = tables()
    for plan in plans:
        assert plan.startswith("[nightbell]\nexten => s,1,")
        lines = plan.splitlines()[2:]
        assert all(line.startswith(" same => n,") for line in lines)
        assert f"CURL(http://{http['listen']}/pbx/calls," in plan
        assert "caller=${URIENCODE(${CALLERID(num)})}&called=%2B442079460142" in plan
        assert "$[${LEN(${CALL})} != 36]?overflow,s,1" in plan  # an id has 36 characters, a refusal none
        assert [line.count("(") for line in lines] == [line.count(")") for line in lines]
    assert f"AudioSocket(${{CALL}},{http['pbx']['audiosocket']})" in plans[0]
    parser = configparser.ConfigParser()
    parser.read_string(client)
    (name,) = parser.sections()
    assert f"Dial(WebSocket/{name}/c(ulaw)v(id=${{CALL}})" in plans[1]
    assert parser[name]["uri"] == f"ws://{http['listen']}/asterisk/media"
    assert (parser[name]["protocols"], parser[name]["connection_type"]) == ("media", "per_call_config")


def test_the_fallback_needs_nothing_of_ours_and_says_the_emergency_words() -> None:
    (fallback,) = boxes("xml")
    say, dial = fromstring(fallback)
    assert (say.tag, dial.tag) == ("Say", "Dial")
    assert " ".join((say.text or "").split()).startswith(SAFE_WORDS.partition("{number}")[0].strip())
    assert "line.example.org" not in fallback
