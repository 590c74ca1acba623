"""The page of a rehearsal: every call with its sound, its words and its way, and nothing that runs."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.peers.serve.chromium import chromium

from nightbell.rehearsal.expectations import FailureKind
from nightbell.rehearsal.hashes import Hashes
from nightbell.rehearsal.known import Known
from nightbell.rehearsal.page.page import page
from nightbell.rehearsal.result import CallResult
from nightbell.rehearsal.runner import Stage, rehearse
from nightbell.rehearsal.script import Answer, Expect, Script
from nightbell.terms.disposition import Disposition

GOOD = Script(
    name="worried",
    about="Says <script>alert(1)</script> & more",
    file="worried.yaml",
    answers=(("reason", (Answer(say="worried"),)), ("screen.sight", (Answer(say="yes"),))),
    expect=Expect(disposition=Disposition.D0),
    tier="audio",
)
BAD = replace(GOOD, name="wrong", expect=Expect(disposition=Disposition.D5))


class Tags(HTMLParser):
    """Reads a page; keeps its tags, and how many are left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def both(stage: Stage) -> tuple[CallResult, CallResult]:
    return await rehearse(GOOD, stage), await rehearse(BAD, stage)


@pytest.mark.asyncio
async def test_each_call_is_a_section_and_a_failed_one_stands_open_and_is_linked(stage: Stage) -> None:
    text = page(stage.flow, await both(stage))
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    calls = {attrs["id"]: attrs for tag, attrs in tags.seen if tag == "details"}
    assert "open" in calls["call-wrong"]
    assert "open" not in calls["call-worried"]
    assert '<a href="#call-wrong">' in text
    assert "2 calls: 1 passed, 1 failed." in text
    assert "ended as D0, expected D5" in text
    assert f"Flow</th><td>{stage.flow.hash}</td>" in text


@pytest.mark.asyncio
async def test_what_was_said_heard_and_asked_for_is_there_in_its_order(stage: Stage) -> None:
    text = page(stage.flow, [(await both(stage))[0]])
    rows = re.findall(r"<tr class=(\w+)><td>([\d.]+) s</td><td>\w+</td><td>([\w.]*)</td><td>([^<]*)</td>", text)
    assert ("caller", "reason", "says worried") in [(who, place, what) for who, _, place, what in rows]
    assert ("heard", "screen.sight", "yes (closed)") in [(who, place, what) for who, _, place, what in rows]
    assert [what for who, _, _, what in rows if who == "page"] == ["a person is asked for: D0"]
    times = [float(at) for _, at, _, _ in rows]
    assert times == sorted(times)
    way = re.findall(r"<li>([a-z]+)</li>", text[text.index("<ol class=way>") :])
    assert way == ["opening", "reason", "screen", "emergency", "got"]


@pytest.mark.asyncio
async def test_who_has_taken_a_failure_on_and_until_when_stands_beside_it(stage: Stage) -> None:
    known = Known(owner="ada <b>", until=stage.today, kinds=(FailureKind.DISPOSITION,), why="books too late")
    text = page(stage.flow, [await rehearse(replace(BAD, known=known), stage)])
    assert f"Known until {stage.today.isoformat()} (ada &lt;b&gt;): books too late" in text
    assert "1 calls: 1 known." in text
    assert "Known until" not in page(stage.flow, await both(stage))


@pytest.mark.asyncio
async def test_both_sides_are_drawn_and_the_recording_is_linked_by_its_hash(stage: Stage) -> None:
    text = page(stage.flow, [(await both(stage))[0]])
    assert text.count('<path class="caller"') == text.count('<path class="line"') == 1
    assert 'src="worried.wav"' in text
    assert re.search(r"sha256 [0-9a-f]{64}", text)


@pytest.mark.asyncio
async def test_nothing_runs_and_nothing_is_fetched(stage: Stage) -> None:
    text = page(stage.flow, await both(stage))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.asyncio
async def test_a_call_in_writing_has_no_sound_and_states_are_painted(stage: Stage) -> None:
    spoken = (("reason", (Answer(words="worried"),)), ("screen.sight", (Answer(words="yes"),)))
    written = await rehearse(replace(GOOD, tier="text", answers=spoken), stage)
    drawn = (
        '<?xml?><svg><g id="n1" class="node"><title>state:screen</title></g>'
        '<g id="n2" class="node"><title>state:book</title></g></svg>'
    )
    text = page(stage.flow, [written], diagram=drawn)
    assert "In writing: there is no sound." in text
    assert 'class="node seen"><title>state:screen</title>' in text
    assert 'class="node"><title>state:book</title>' in text
    assert "<?xml" not in text


@pytest.mark.asyncio
async def test_the_foot_shows_what_the_calls_hold_for(stage: Stage) -> None:
    results = await both(stage)
    assert f"<td>{stage.flow.hash}</td>" in page(stage.flow, results)
    hashes = Hashes(
        flow="f" * 64,
        scripts="5" * 64,
        audio="a" * 64,
        voice="hibari-<seed7>",
        models=(("Vosk", "b" * 64), ("Moonshine", "")),
    )
    foot = page(stage.flow, results, hashes=hashes).partition("<footer>")[2]
    for shown in ("f" * 64, "5" * 64, "a" * 64, "b" * 64, "hibari-&lt;seed7&gt;", "Moonshine</th><td>not there"):
        assert shown in foot


@pytest.mark.asyncio
async def test_a_recording_named_after_any_noise_is_found(stage: Stage) -> None:
    """A noise is a file of the clinic's own: what ends an address in a link may stand in its name."""
    name = 'worried@caf\u00e9 50% #2 "by [the] door?'
    tags = Tags()
    tags.feed(page(stage.flow, [await rehearse(replace(GOOD, name=name), stage)]))
    links = [attrs.get("src") or attrs.get("href") or "" for tag, attrs in tags.seen if tag in {"audio", "a"}]
    beside = [link for link in links if not link.startswith("#")]
    assert [unquote(urlsplit(link).path) for link in beside] == [f"{name}.wav"] * 2


@pytest.mark.asyncio
@pytest.mark.peers("chromium")
@pytest.mark.timeout(120)
async def test_on_a_telephone_what_was_said_is_read_without_scrolling_sideways(
    stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(stage.flow, [(await both(stage))[1]], plots="<svg viewBox='0 0 700 360'></svg>"), "utf-8")
    async with chromium(path.as_uri(), tmp_path / "chromium", tmp_path / "none.wav") as browser:
        await browser.show(width=360, height=800)
        assert await browser.run("document.documentElement.scrollWidth <= innerWidth")
        words = "[...document.querySelectorAll('.talk td:last-child')]"
        assert await browser.run(f"{words}.length > 3")
        assert await browser.run(f"Math.min(...{words}.map((one) => one.getBoundingClientRect().width)) > 200")
        assert await browser.run(f"{words}.every((one) => one.getBoundingClientRect().right <= innerWidth)")
        await browser.tab_to(".wide:has(> svg)")  # a plot is wider than that, and is scrolled to by keys
        assert await browser.run("document.activeElement.firstChild.getBoundingClientRect().width >= 600")
