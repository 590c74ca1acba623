"""Whom a page rings: who treated the caller, then who is on call, then the pool; less where there is less."""

from __future__ import annotations

from typing import Literal

import pytest

from nightbell.oncall.routing import OnDuty, nobody, route
from nightbell.terms.instant import Instant

DUTY = OnDuty(on_call=("ann", "bob"), pool=("bob", "eve", "tom"))


@pytest.mark.parametrize(
    ("treating", "duty", "cover", "expected"),
    [
        ("eve", DUTY, "full", ("eve", "ann", "bob", "tom")),
        ("ann", DUTY, "full", ("ann", "bob", "eve", "tom")),
        ("", DUTY, "full", ("ann", "bob", "eve", "tom")),
        ("left", DUTY, "full", ("ann", "bob", "eve", "tom")),
        ("tom", OnDuty(pool=("eve", "tom")), "full", ("tom", "eve")),
        ("eve", DUTY, "solo", ("ann",)),
        ("eve", OnDuty(pool=("tom", "eve")), "solo", ("eve",)),
        ("", OnDuty(pool=("tom", "eve")), "solo", ("tom",)),
        ("eve", OnDuty(), "solo", ()),
        ("eve", DUTY, "none", ("bob", "eve", "tom")),
        ("eve", OnDuty(on_call=("ann",)), "none", ()),
        ("eve", OnDuty(), "full", ()),
    ],
)
def test_who_is_rung_in_which_order(
    treating: str, duty: OnDuty, cover: Literal["full", "solo", "none"], expected: tuple[str, ...]
) -> None:
    assert route(treating, duty, cover) == expected


def test_without_a_rota_nobody_is_known() -> None:
    assert nobody(Instant(0)) == OnDuty()
