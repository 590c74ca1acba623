"""Page: a whole rehearsal as HTML. What a script says of itself is shown as it is and never run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from nightbell.rehearsal.page.call import anchor, section, verdict
from nightbell.rehearsal.page.style import STYLE

if TYPE_CHECKING:
    from nightbell.flow.model import Flow
    from nightbell.rehearsal.coverage.earned import Coverage
    from nightbell.rehearsal.hashes import Hashes
    from nightbell.rehearsal.result import CallResult

__all__ = ["page"]

_NODE: Final = re.compile(r'(<g id="[^"]*" class="node)(">\s*<title>([^<]*)</title>)')


def page(
    flow: Flow,
    results: Sequence[CallResult],
    *,
    coverage: Coverage | None = None,
    diagram: str = "",
    plots: str = "",
    hashes: Hashes | None = None,
    note: str = "",
) -> str:
    """Return the page.

    Args:
        flow: what was rehearsed.
        results: the calls.
        coverage: what they have shown; None leaves it out.
        diagram: the flow as SVG; the states that calls came to are painted on it.
        plots: of a sweep, as SVG.
        hashes: what the calls hold for; without them the flow's alone is shown.
        note: what must be known of the whole rehearsal.
    """
    counts = Counter(verdict(result) for result in results)
    failed = [result for result in results if not result.passed]
    told = ", ".join(f"{counts[word]} {word}" for word in ("passed", "known", "failed") if counts[word])
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(flow.clinic.title)}: {told}</title><style>{STYLE}</style></head><body>",
        '<a class="skip" href="#calls">To the calls</a>',
        f"<header><h1>{escape(flow.clinic.title)}</h1>",
        f"<p class={'bad' if failed else 'good'}>{len(results)} calls: {told}.</p>",
        f"<p>{escape(note)}</p></header><main>" if note else "</header><main>",
    ]
    if failed:
        links = "".join(f'<li><a href="#{anchor(one)}">{escape(one.script.name)}</a></li>' for one in failed)
        parts.append(f"<nav aria-label=failed><h2>Failed</h2><ul>{links}</ul></nav>")
    parts.append(f"<h2 id=calls>Calls</h2>{''.join(section(result) for result in results)}")
    if coverage is not None:
        parts.append(_coverage(coverage))
    if plots:
        parts.append(f"<h2>Worse lines</h2><div class=wide tabindex=0>{plots}</div>")
    if diagram:
        seen = {state for result in results for state in result.states}
        painted = _painted(_inner(diagram), frozenset(seen))
        parts.append(
            f"<h2>The flow</h2><p>Filled: a call came here.</p><div class=wide tabindex=0>{painted}</div>"
        )
    rows = hashes.rows() if hashes is not None else (("Flow", flow.hash),)
    held = "".join(f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    parts.append(
        f"</main><footer><h2>What this holds for</h2><div class=wide><table>{held}</table></div></footer>"
        "</body></html>\n"
    )
    return "\n".join(parts)


def _coverage(coverage: Coverage) -> str:
    rows = "".join(
        f"<tr{' class=flag' if one.edge.red_flag else ''}><td>{escape(one.edge.name)}</td>"
        f"<td>{escape(str(one.edge.place))}</td><td>{escape(one.why)}</td></tr>"
        for one in coverage.missing
    )
    flags = f"{coverage.red_flags} red flags by three voices"
    return (
        f"<h2>Shown with sound</h2><p>{coverage.states} states, {coverage.edges} edges, {flags}, "
        f"{coverage.ends} ends.</p><details><summary>{len(coverage.missing)} edges missing</summary>"
        "<div class=wide tabindex=0><table><tr><th>edge</th><th>where</th><th>why</th></tr>"
        f"{rows}</table></div></details>"
    )


def _inner(svg: str) -> str:
    """Leave out what stands before the picture in a file of its own."""
    start = svg.find("<svg")
    return svg[start:] if start >= 0 else ""


def _painted(svg: str, seen: frozenset[str]) -> str:
    return _NODE.sub(
        lambda node: f"{node[1]}{' seen' if node[3].removeprefix('state:') in seen else ''}{node[2]}", svg
    )
