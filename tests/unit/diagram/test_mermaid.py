"""Mermaid reads what is written for it, and so does a grammar of our own where Mermaid is not there."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nightbell.flow.diagram.draw import draw
from nightbell.flow.diagram.drawing import Drawing, Worst
from nightbell.flow.diagram.mermaid import as_mermaid
from nightbell.flow.load import load_flow

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "flows" / "rosewood", ROOT / "tests" / "flows" / "harbour"]
HOSTILE = 'A "clinic" | of <b>ends</b> # & `end` \\ ]) --> {{x}} \N{SNOWMAN}'

TEXT = r'"[^"`<>|\\]*(?:<(?:/?b|br/)>[^"`<>|\\]*)*"'
LINE = re.compile(
    r"%% [^\n]*"
    rf"|n\d+(?:\[{TEXT}\]|\({TEXT}\)|\[\[{TEXT}\]\]|\{{\{{{TEXT}\}}\}}|\[/{TEXT}/\]|\(\[{TEXT}\]\))"
    rf"|n\d+ -->(?:\|{TEXT}\|)? n\d+"
    rf"|(?:subgraph (?:key|g\d+)\[{TEXT}\]|end)"
    rf"|k\d\[{TEXT}\] -->\|{TEXT}\| k\d\[{TEXT}\]"
    r"|linkStyle \d+ [a-z0-9#:, -]+|classDef [a-z]+ [a-z0-9#:, -]+|class n\d+ [a-z]+"
)  # fmt: skip


def drawings() -> list[Drawing]:
    found = [draw(load_flow(folder)) for folder in FOLDERS]
    worst = Worst(
        states=("opening", "hours", "reason", "sight", "hold"), turns=6, seconds=99, any_turns=9, any_seconds=120
    )
    marked = draw(load_flow(FOLDERS[1]), worst)
    first = found[1].boxes[1]
    hostile = replace(
        found[1],
        title=HOSTILE,
        boxes=(found[1].boxes[0], replace(first, title=HOSTILE, group=(HOSTILE, "end")), *found[1].boxes[2:]),
        arrows=tuple(replace(arrow, label=HOSTILE) for arrow in found[1].arrows),
    )
    return [*found, marked, hostile]


@pytest.mark.parametrize("place", range(4))
def test_it_keeps_to_the_grammar(place: int) -> None:
    text = as_mermaid(drawings()[place])
    head, body = text.split("flowchart TD\n")
    assert re.fullmatch(r'---\ntitle: "(?:[^"\\]|\\.)*"\n---\n', head)
    for line in body.splitlines():
        assert LINE.fullmatch(line.strip()), line
    assert body.count("subgraph ") == len(re.findall(r"^\s*end$", body, re.MULTILINE))


def test_styles_count_the_arrows_rightly() -> None:
    drawing = drawings()[2]
    lines = [line.strip() for line in as_mermaid(drawing).splitlines()]
    arrows = [line for line in lines if "-->" in line]
    assert len(arrows) == len(drawing.arrows) + 3
    styled = {int(line.split()[1]): line for line in lines if line.startswith("linkStyle")}
    for place, arrow in enumerate(drawing.arrows):
        style = styled.get(place, "")
        assert ("#b00020" in style) == arrow.red
        assert ("dasharray" in style) == arrow.worst
    assert max(styled) == len(arrows) - 1


def test_the_key_tells_the_longest_way() -> None:
    assert "6 turns, 99 s" in as_mermaid(drawings()[2])
    assert "of anyone: 9, 120 s" in as_mermaid(drawings()[2])
    assert "longest" not in as_mermaid(drawings()[1])


@pytest.mark.mermaid
@pytest.mark.parametrize("place", range(4))
def test_mermaid_reads_it(place: int, tmp_path: Path) -> None:
    assert ask(as_mermaid(drawings()[place]), tmp_path) == (0, "flowchart-v2")


@pytest.mark.mermaid
def test_mermaid_refuses_what_is_broken(tmp_path: Path) -> None:
    code, said = ask(as_mermaid(drawings()[0]).replace("-->", "-->>]", 1), tmp_path)
    assert code == 1
    assert "Parse error" in said


def ask(chart: str, folder: Path) -> tuple[int, str]:
    file = folder / "chart.mmd"
    file.write_text(chart, encoding="utf-8")
    reader = Path(__file__).with_name("read.mjs")
    done = subprocess.run(
        ["node", str(reader), str(ROOT / "var" / "peers" / "mermaid"), str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.strip() or done.stderr.strip()
