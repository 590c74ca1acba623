from __future__ import annotations

import gc
import weakref

from nightbell.reception.memory import put_aside


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_there_is_put_aside_and_what_comes_later_is_collected() -> None:
    there = Ring()
    try:
        put_aside()
        assert gc.get_freeze_count() > 1000
        assert not any(one is there for one in gc.get_objects())
        later = weakref.ref(Ring())
        gc.collect()
        assert later() is None
    finally:
        gc.unfreeze()
