"""sipp calls from an address that nobody knows: with a user's password it is let in, without one it is not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from tests.peers.sip.scenario import CALLER, LINE, ack, bye, expect, invite, refusal_ack, scenario
from tests.peers.sip.sipping import run_sipp
from tests.unit.line.sip.wire import answers_everything, until

from nightbell.bootstrap.trunk import agent_config
from nightbell.errors import SettingsError
from nightbell.line.sip.agent import SipAgent
from nightbell.line.sip.invitation import Invitation
from nightbell.settings import load_settings

pytestmark = [pytest.mark.asyncio, pytest.mark.peers("sipp")]

SETTINGS: Final = """\
[sip]
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
realm = "rosewood"
digests = ["MD5"]
[[sip.users]]
name = "pbx"
password_file = "pbx.secret"
"""
TRYING: Final = expect(100, optional=True)
VOUCHED: Final = "P-Asserted-Identity: <sip:+442079460123@127.0.0.1>"


def login(password: str) -> str:
    return f"[authentication username=pbx password={password}]\n{VOUCHED}"


def challenged() -> str:
    """A 401 whose challenge is kept for the next request."""
    return expect(401, holds="realm=.rosewood.").replace(' rrs="true"', ' auth="true"')


@contextlib.asynccontextmanager
async def line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, password: str = "secret"
) -> AsyncIterator[tuple[SipAgent, list[Invitation]]]:
    """A line as the settings make it, but that this machine is a stranger to it; and whose calls it took."""
    (folder / "nightbell.toml").write_text(SETTINGS)
    (folder / "pbx.secret").write_text(password)
    monkeypatch.setenv("NIGHTBELL_CONFIG", str(folder / "nightbell.toml"))
    config = agent_config(load_settings(), country="GB")
    agent, taken = SipAgent(replace(config, trust=replace(config.trust, networks=()))), list[Invitation]()

    async def take(invitation: Invitation) -> None:
        taken.append(invitation)
        await answers_everything(invitation)

    agent.on_invite = take
    await agent.start()
    try:
        yield agent, taken
    finally:
        await agent.close()


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_a_user_with_the_password_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    steps = (
        invite(retransmit=False), challenged(), refusal_ack(), invite(number=2, extra=login("secret")), TRYING,
        expect(200), ack(2), bye(3), expect(200),
    )  # fmt: skip
    async with line(tmp_path, monkeypatch) as (agent, taken):
        to = agent.address("tcp" if transport == "t1" else "udp")
        assert await run_sipp(tmp_path, scenario(*steps), to, transport=transport, proves=LINE) == ""
        await until(lambda: not agent.held["dialogs"])
    assert [found.caller for found in taken] == [CALLER], "what a stranger vouches for counts as nothing"


async def test_a_wrong_password_is_asked_for_again_and_rings_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (
        invite(retransmit=False), challenged(), refusal_ack(), invite(number=2, extra=login("wrong")), TRYING,
        challenged(), refusal_ack(2),
    )  # fmt: skip
    async with line(tmp_path, monkeypatch) as (agent, taken):
        assert await run_sipp(tmp_path, scenario(*steps), agent.address(), proves=LINE) == ""
        assert taken == []


async def test_a_user_without_a_password_does_not_open_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for password in ("", "\n", "  \nsecret\n"):
        with pytest.raises(SettingsError):
            async with line(tmp_path, monkeypatch, password):
                pass
