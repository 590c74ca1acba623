"""Wave: both sides of a call as one small picture, caller above and line below. It reads samples alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from nightbell.audio.frame import Samples

__all__ = ["wave"]

_WIDE: Final = 900
_HIGH: Final = 120
_FULL: Final = 32768


def wave(caller: Samples, line: Samples, title: str) -> str:
    """Return an SVG picture of what both said over the call."""
    middle = _HIGH / 4
    return (
        f'<svg class="wave" viewBox="0 0 {_WIDE} {_HIGH}" role="img" preserveAspectRatio="none">'
        f"<title>{title}</title>"
        f'<path class="caller" d="{_outline(caller, middle)}"/>'
        f'<path class="line" d="{_outline(line, 3 * middle)}"/></svg>'
    )


def _outline(samples: Samples, middle: float) -> str:
    if not len(samples):
        return f"M0,{middle:g}H{_WIDE}"
    edges = np.linspace(0, len(samples), _WIDE // 2 + 1).astype(int)
    peaks = [
        float(np.abs(samples[a:b].astype(np.int32)).max()) / _FULL if b > a else 0.0 for a, b in pairwise(edges)
    ]
    # A telephone is quiet: the square root lets whispered words be seen beside loud ones.
    heights = [max(peak**0.5 * _HIGH / 4, 0.4) for peak in peaks]
    upper = "".join(f"L{2 * x},{middle - high:.1f}" for x, high in enumerate(heights))
    lower = "".join(f"L{2 * x},{middle + heights[x]:.1f}" for x in reversed(range(len(heights))))
    return f"M0,{middle:g}{upper}{lower}Z"
