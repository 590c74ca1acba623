"""Links to the browser phone: what they allow, and what a line that is started again still knows of them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from tests.peers.browsing import KEY, browsing

from nightbell.line.browser.door import Door
from nightbell.line.browser.links import USED, Link, Links, signed

NOW = 1_800_000_000


def links(used: Path | None = None, *, now: float = NOW, word: str = KEY) -> Links:
    return Links(word, used, clock=lambda: now)


def test_a_link_is_good_for_its_calls_and_until_its_hour_and_names_its_clinic() -> None:
    text = signed(KEY, until_s=NOW + 60, calls=2, clinic="harbour")
    found = links()
    link = found.look(text)
    assert isinstance(link, Link)
    assert (link.calls, link.clinic) == (2, "harbour")
    found.spend(link)
    assert found.look(text) == link
    found.spend(link)
    assert found.look(text) == "spent"
    assert links(now=NOW + 60).look(text) == "expired"
    assert isinstance(found.look(signed(KEY, until_s=NOW + 60, calls=1)), Link)


def test_only_who_knows_the_word_makes_one() -> None:
    text = signed(KEY, until_s=NOW + 60, calls=1)
    body, _, signature = text.partition(".")
    more = json.dumps({"i": "x", "u": NOW + 9_000, "n": 99, "c": ""}).encode()
    forged = urlsafe_b64encode(more).decode().rstrip("=")
    for odd in (
        "",
        ".",
        body,
        f"{body}.",
        f"{forged}.{signature}",
        text[:-1],
        text + "=",
        f"{body}x.{signature}",
        "ü.ü",
        "\ud800." + signature,
        "9" * 5_000,
        signed("another word", until_s=NOW + 60, calls=1),
    ):
        assert links().look(odd) == "wrong", odd[:40]


def test_what_was_signed_by_another_version_is_wrong_and_no_fault() -> None:
    from nightbell.line.browser.links import _signature

    for told in (b"[]", b"{}", b'{"i":1,"u":"x","n":1,"c":""}', b"[" * 300, b"\xff"):
        body = urlsafe_b64encode(told).decode().rstrip("=")
        assert links().look(f"{body}.{_signature(KEY, body)}") == "wrong"


def test_a_line_that_is_started_again_knows_what_was_used_and_forgets_what_is_out_of_date(tmp_path: Path) -> None:
    file = tmp_path / "data" / USED
    text, old = (signed(KEY, until_s=NOW + seconds, calls=1) for seconds in (600, 5))
    first = links(file)
    for one in (text, old):
        link = first.look(one)
        assert isinstance(link, Link)
        first.spend(link)
        first.keep(link)
    with file.open("a") as torn:
        torn.write('["half a li')
    assert links(file, now=NOW + 60).look(text) == "spent"
    assert len(file.read_text().splitlines()) == 1
    file.write_bytes(b"\xff\xfe")
    assert isinstance(links(file).look(text), Link)  # unreadable: the line is served all the same


def test_where_the_file_cannot_be_written_the_line_itself_still_knows(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    found = links(tmp_path / "data" / USED)
    text = signed(KEY, until_s=NOW + 60, calls=1)
    link = found.look(text)
    assert isinstance(link, Link)
    found.spend(link)
    found.keep(link)
    assert found.look(text) == "spent"
    found.give_back(link)
    assert found.look(text) == link


@pytest.mark.asyncio
async def test_two_at_once_by_a_link_for_one_call_are_one_call(tmp_path: Path) -> None:
    used = tmp_path / USED
    once = signed(KEY, until_s=4_000_000_000, calls=1)
    door = Door(KEY, Links(KEY, used))
    async with door.spent(door.enter({"link": once})) as keep:
        with pytest.raises(web.HTTPGone):
            door.enter({"link": once})
        await keep()
    with pytest.raises(web.HTTPGone):
        door.enter({"link": once})
    other = signed(KEY, until_s=4_000_000_000, calls=1)
    with pytest.raises(web.HTTPBadRequest):
        async with door.spent(door.enter({"link": other})):
            raise web.HTTPBadRequest
    assert door.enter({"link": other}) is not None
    assert len(used.read_text().splitlines()) == 1


@pytest.mark.asyncio
async def test_a_link_lets_in_for_its_calls_and_then_says_what_to_do(tmp_path: Path) -> None:
    far = 4_000_000_000
    once = signed(KEY, until_s=far, calls=1, clinic="rosewood")
    async with browsing(tmp_path / USED) as both:

        async def told(link: str, path: str = "/phone") -> tuple[int, str]:
            async with both.session.get(f"{both.here}{path}", params={"link": link}) as answer:
                return answer.status, await answer.text()

        for _ in range(3):  # whoever shows a preview of it makes no call
            assert (await told(once))[0] == 200
        assert (await told(once, "/phone/flow"))[0] == 200
        socket = await both.session.ws_connect(f"{both.here}/phone/call?link={once}&clinic=elsewhere")
        assert (await both.ringing.get()).called == "rosewood"
        await socket.close()
        status, page = await told(once)
        assert status == 410
        assert "This link has been used" in page
        assert "nightbell link" in page
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await both.session.ws_connect(f"{both.here}/phone/call?link={once}")
        assert refused.value.status == 410
        status, page = await told(signed(KEY, until_s=5, calls=1))
        assert (status, "out of date" in page) == (410, True)
        status, page = await told(once[:-3])
        assert (status, "cut short" in page) == (403, True)
        assert both.ringing.empty()
    assert len((tmp_path / USED).read_text().splitlines()) == 1


@pytest.mark.asyncio
async def test_the_flow_is_shown_to_who_may_call_and_to_nobody_else() -> None:
    async with browsing() as both:
        for query, status in ((f"?key={KEY}", 200), (f"?key={KEY}&clinic=none", 404), ("", 403), ("?key=x", 403)):
            async with both.session.get(f"{both.here}/phone/flow{query}") as answer:
                assert answer.status == status, query


@pytest.mark.asyncio
async def test_the_handset_is_reached_over_the_same_socket_and_odd_messages_reach_nobody() -> None:
    async with browsing() as both:
        socket = await both.call()
        ring = await both.ringing.get()
        done: list[str] = []
        ring.on_handset = done.append
        assert ring.line is not None
        assert ring.tell is not None
        await ring.line.answer()
        ring.tell("handset", "It rings.", state="ringing", sound="AAAA")
        for odd in ("[]", "7", '{"handset": 7}', '{"handset": ""}', '{"handset": {"a": []}}', '{"press": "12"}'):
            await socket.send_str(odd)
        await socket.send_str('{"handset": "up"}')
        told = await socket.receive_json()
        assert told == {"who": "handset", "text": "It rings.", "state": "ringing", "sound": "AAAA"}
        await socket.close()
        assert [tick.gone async for tick in ring.line.ticks()][-1] == "caller"
        assert done == ["up"]
