"""`nightbell diagram`: files by their ending, faults as an exit code, and a picture that can be read."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from nightbell.cli.app import main
from nightbell.cli.picture import as_svg
from nightbell.flow.diagram.dot import as_dot
from nightbell.flow.diagram.draw import draw
from nightbell.testing.large import large_flow

ROOT = Path(__file__).parents[3]
LAKESIDE = ROOT / "tests" / "flows" / "lakeside"
HARBOUR = ROOT / "tests" / "flows" / "harbour"
SVG = "{http://www.w3.org/2000/svg}"
WIDE = 0.5
"""Mean width of a letter of Arial, in its size."""
TALL = 0.8
"""Height of a line of text from its lowest to its highest ink, in its size."""


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["diagram", *words])
    out, err = capsys.readouterr()
    return int(str(ended.value.code)), out, err


@dataclass(frozen=True)
class Text:
    words: str
    left: float
    right: float
    top: float
    bottom: float
    size: float

    def meets(self, other: Text) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 1 and down > 1


def texts(svg: ET.Element) -> list[Text]:
    found = []
    for text in svg.iter(f"{SVG}text"):
        words, size = text.text or "", float(text.get("font-size", "14"))
        wide, x, y = len(words) * size * WIDE, float(text.get("x", "0")), float(text.get("y", "0"))
        left = x - wide / 2 if text.get("text-anchor") == "middle" else x
        found.append(Text(words, left, left + wide, y - size * TALL, y, size))
    return found


@pytest.mark.parametrize("folder", [LAKESIDE, HARBOUR], ids=["lakeside", "harbour"])
def test_the_picture_can_be_read(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.svg"
    code, out, err = run(capsys, str(folder), "--out", str(file))
    assert (code, err) == (0, "")
    assert out.startswith(f"{file}: ")
    svg = ET.parse(file).getroot()
    written = texts(svg)
    assert len(written) > 60
    assert min(text.size for text in written) >= 10, "legible at its own size"
    meeting = [(one.words, other.words) for one, other in combinations(written, 2) if one.meets(other)]
    assert meeting == []
    words = [text.words for text in written]
    title = {"lakeside": "Lakeside Clinic", "harbour": "Harbour Clinic"}[folder.name]
    assert words.count(title) == 1
    assert "danger sign of D0 or D1, and what follows" in words
    assert {"opening", "In every state", "yes to D0", "yes, not sure"} <= set(words)
    _, _, width, height = map(float, (svg.get("viewBox") or "").split())
    assert all(text.left >= -10 and text.right <= width + 10 and text.size < 30 for text in written)
    assert height < 4000


def test_red_and_plain_strokes_are_both_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.svg"
    run(capsys, str(HARBOUR), "--out", str(file))
    svg = ET.parse(file).getroot()
    edges = {}
    for group in svg.iter(f"{SVG}g"):
        path = group.find(f".//{SVG}path")
        if group.get("class") == "edge" and path is not None:
            edges[group.findtext(f"{SVG}title")] = path.get("stroke")
    assert edges["state:sight->state:hold"] == "#b00020"
    assert edges["state:reason->state:booking"] == "#5c6770"


def test_the_longest_way_is_marked_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.svg"
    _, out, _ = run(capsys, str(LAKESIDE), "--out", str(file))
    found = re.search(r"longest way of a caller who is not understood: at most (\d+) turns, (\d+) s", out)
    assert found
    assert int(found[1]) >= 2
    assert int(found[2]) > 30
    svg = ET.parse(file).getroot()
    told = [text.words for text in texts(svg) if found.group() in text.words]
    assert len(told) == 1
    dashed = {
        group.findtext(f"{SVG}title")
        for group in svg.iter(f"{SVG}g")
        if group.get("class") == "edge"
        for path in group.iter(f"{SVG}path")
        if path.get("stroke-dasharray")
    }
    assert {"state:opening->state:recording_notice", "state:screen->state:emergency"} <= dashed
    assert "state:leave_message->state:message_number" not in dashed


def test_the_ending_chooses_the_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, first in (("flow.mmd", "---"), ("flow.md", "```mermaid"), ("flow.svg", "<?xml")):
        assert run(capsys, str(HARBOUR), "--out", str(tmp_path / name))[0] == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(first)
    assert run(capsys, str(HARBOUR), "--out", str(tmp_path / "flow.txt"), "--format", "mermaid")[0] == 0
    assert "flowchart TD" in (tmp_path / "flow.txt").read_text(encoding="utf-8")


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(HARBOUR), "--format", "mermaid")
    assert code == 0
    assert re.match(r'---\ntitle: "Harbour Clinic"\n---\nflowchart TD\n', out)
    code, out, err = run(capsys, str(HARBOUR))
    assert (code, err) == (0, "")
    assert ET.fromstring(out).tag == f"{SVG}svg"


def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, str(tmp_path / "nowhere"))[0] == 2
    code, _, err = run(capsys, str(HARBOUR), "--out", str(tmp_path / "flow.bmp"))
    assert code == 2
    assert ".svg" in err
    code, _, err = run(capsys, str(HARBOUR), "--out", str(tmp_path / "no" / "flow.svg"))
    assert code == 2
    assert "cannot be written" in err


@pytest.mark.slow
def test_a_large_flow_is_drawn_within_a_minute() -> None:
    drawing = draw(large_flow(300, 5))
    began = time.monotonic()
    svg = ET.fromstring(as_svg(as_dot(drawing)))
    assert time.monotonic() - began < 60
    assert sum(group.get("class") == "node" for group in svg.iter(f"{SVG}g")) == len(drawing.boxes) > 300


def test_a_flow_with_faults_is_not_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(HARBOUR.parent, tmp_path / "flows")
    path = tmp_path / "flows" / "harbour" / "flow.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("any_yes: hold", "any_yes: holdd"), encoding="utf-8")
    code, out, err = run(capsys, str(path.parent))
    assert (code, out) == (1, "")
    assert "NB130" in err
