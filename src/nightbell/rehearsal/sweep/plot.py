"""Plot: the rates of a sweep as SVG - missed red flags over the ratio, a curve for each kind of line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nightbell.rehearsal.sweep.score import Rate

__all__ = ["plot"]

_PLOT: Final = 380
"""Width of the curves; the legend beside them is as wide as its longest line."""
_HIGH: Final = 360
_LEFT: Final = 60
_LETTER: Final = 7
_TOP: Final = 24
_FOOT: Final = 48
_ROW: Final = 16
"""Height of a line of the legend: a picture of many curves is higher."""
_INKS: Final = ("#1b4f72", "#a93226", "#1e8449", "#7d3c98", "#b9770e", "#424949")
_DASHES: Final = ("", "6 3", "2 3", "8 3 2 3", "1 2", "12 4")
"""A curve is told by its dashes too; six inks and six of these are 36 curves."""


def plot(rates: Iterable[Rate], title: str) -> str:
    """Return an SVG picture."""
    curves: dict[str, list[Rate]] = defaultdict(list)
    for rate in rates:
        if rate.snr_db is not None:
            curves[rate.line].append(rate)
    wide = _LEFT + _PLOT + max(200, 60 + _LETTER * max((len(line) for line in curves), default=0))
    high = max(_HIGH, _TOP + _ROW * len(curves) + _FOOT)
    ratios = sorted({rate.snr_db for many in curves.values() for rate in many if rate.snr_db is not None})
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" font-size="12">',
        "<style>text{font-family:sans-serif}</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    if ratios:
        parts += _axes(ratios)
        for number, (line, many) in enumerate(sorted(curves.items())):
            parts += _curve(number, line, sorted(many, key=lambda rate: rate.snr_db or 0), ratios)
    else:
        parts.append(f'<text x="{_LEFT}" y="{_HIGH / 2}">No noise was swept: see the table.</text>')
    return "\n".join([*parts, "</svg>\n"])


def _x(ratio: float, ratios: list[float]) -> float:
    span = ratios[-1] - ratios[0] or 1
    return _LEFT + (ratio - ratios[0]) / span * _PLOT


def _y(share: float) -> float:
    return _TOP + (1 - share) * (_HIGH - _TOP - _FOOT)


def _axes(ratios: list[float]) -> Iterator[str]:
    right = _x(ratios[-1], ratios)
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        yield f'<line x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="#ccc"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{share:.0%}</text>'
    for ratio in ratios:
        yield f'<text x="{_x(ratio, ratios)}" y="{_HIGH - _FOOT + 18}" text-anchor="middle">{ratio:g}</text>'
    middle = (_LEFT + right) / 2
    yield f'<text x="{middle}" y="{_HIGH - 10}" text-anchor="middle">words over noise, dB</text>'
    yield f'<text x="{_LEFT}" y="{_TOP - 8}">red flags missed, with 95 % interval</text>'


def _curve(number: int, line: str, many: list[Rate], ratios: list[float]) -> Iterator[str]:
    ink, dash = _INKS[number % len(_INKS)], _DASHES[(number + number // len(_INKS)) % len(_DASHES)]
    points = [(_x(rate.snr_db or 0, ratios), rate) for rate in many]
    way = " ".join(f"{x:.1f},{_y(rate.rate):.1f}" for x, rate in points)
    yield f'<polyline points="{way}" fill="none" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"/>'
    for x, rate in points:
        told = escape(f"{line}, {rate.snr_db:g} dB: {rate.missed} of {rate.of} missed")
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(rate.low):.1f}" y2="{_y(rate.high):.1f}" stroke="{ink}"/>'
        yield f'<circle cx="{x:.1f}" cy="{_y(rate.rate):.1f}" r="3.5" fill="{ink}"><title>{told}</title></circle>'
    y = _TOP + _ROW * number
    x = _LEFT + _PLOT + 16
    stroke = f'stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"'
    yield f'<line x1="{x}" x2="{x + 24}" y1="{y}" y2="{y}" {stroke}/>'
    yield f'<text x="{x + 30}" y="{y + 4}">{escape(line)}</text>'
