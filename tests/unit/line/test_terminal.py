from __future__ import annotations

import io

import pytest

from nightbell.line.keyboard import Keyboard
from nightbell.line.port import Tick
from nightbell.line.terminal import TerminalLine, is_keys

pytestmark = pytest.mark.asyncio


async def call(line: TerminalLine) -> list[Tick]:
    await line.answer()
    return [tick async for tick in line.ticks()]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("9", True), ("#", True), ("*9", True), ("07700", True), ("yes", False), ("9 please", False)],
)
async def test_a_line_of_keys_is_keys_and_anything_else_is_words(typed: str, *, keys: bool) -> None:
    assert is_keys(typed) is keys


async def test_words_keys_and_the_end_come_in_the_order_typed() -> None:
    ticks = await call(TerminalLine(Keyboard(io.StringIO("  it hurts \n\n12\nyes\n"))))
    brought = [tick.text or tick.keys for tick in ticks if tick.text or tick.keys]
    assert brought == ["it hurts", ("1",), ("2",), "yes"]
    assert ticks[-1].gone == "caller"


async def test_typed_lines_wait_until_the_call_is_ready_for_them() -> None:
    ready = False
    line = TerminalLine(Keyboard(io.StringIO("yes\n"), ready=lambda: ready))
    await line.answer()
    when: list[int] = []
    async for tick in line.ticks():
        if tick.text:
            when.append(tick.number)
            assert tick.text == "yes"
        ready = ready or tick.number == 5
    assert when == [6]
