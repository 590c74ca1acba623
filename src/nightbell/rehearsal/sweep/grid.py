"""Grid: the cells of a sweep, and the scripts with a red flag in each of them. Safety alone is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from nightbell.rehearsal.condition import Condition
from nightbell.rehearsal.noisy import safely
from nightbell.rehearsal.script import Impair

if TYPE_CHECKING:
    from nightbell.line.scripted import Codec
    from nightbell.rehearsal.script import Script

__all__ = ["Cell", "Grid", "played_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One point of a sweep."""

    noise: str
    """"" for a quiet room."""
    snr_db: float | None
    condition: Condition
    seed: int

    @property
    def line(self) -> str:
        """Name everything but the ratio and the seed: what one curve is drawn of."""
        return " ".join(filter(None, (self.noise or "quiet", self.condition.name)))

    @property
    def by_chance(self) -> bool:
        """Tell whether another seed is another call: where nothing is drawn, it is the same one again."""
        return bool(self.noise) or self.condition.loss > 0

    @property
    def name(self) -> str:
        """Name the cell."""
        ratio = "" if self.snr_db is None else f" {self.snr_db:g} dB"
        return f"{self.line}{ratio}, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is swept; every value with every other."""

    noises: Sequence[str] = ("",)
    snrs_db: Sequence[float] = ()
    codecs: Sequence[Codec] = ("mulaw",)
    losses: Sequence[float] = (0.0,)
    bursts: Sequence[float] = (1.0,)
    levels_db: Sequence[float] = (0.0,)
    speeds: Sequence[float] = (1.0,)
    echoes: Sequence[tuple[float, int] | None] = (None,)
    """Level and delay of the line's own words; None for no echo."""
    seeds: Sequence[int] = (1,)

    def cells(self) -> Iterator[Cell]:
        """Yield every cell once; a quiet room has no ratio.

        Values may come to the same line: one given twice, or bursts of packets of which none is lost. Calls go by
        the cell's name, and two of one name would be one.
        """
        seen: set[str] = set()
        rooms = [(noise, snr) for noise in self.noises for snr in (self.snrs_db if noise else (None,))]
        lines = product(self.codecs, self.losses, self.bursts, self.levels_db, self.speeds, self.echoes)
        for (codec, loss, burst, level, speed, echo), (noise, snr), seed in product(
            list(lines), rooms, self.seeds
        ):
            condition = Condition(codec=codec, loss=loss, burst=burst, level_db=level, speed=speed, seed=seed)
            if echo is not None:
                condition = replace(condition, echo_db=echo[0], echo_ms=echo[1])
            cell = Cell(noise=noise, snr_db=snr, condition=condition, seed=seed)
            if cell.name not in seen:
                seen.add(cell.name)
                yield cell


def played_in(cell: Cell, scripts: Iterable[Script]) -> tuple[Script, ...]:
    """Return the scripts with a red flag as they are played in a cell, without what they have of noise or echo.

    A ratio is to words: who says none has no noise under them, and shows nothing of a cell with one.
    """
    name = cell.name.replace(" ", "-").replace(",", "")
    impair = None
    if cell.snr_db is not None:
        impair = Impair(noise=cell.noise, snr_db=cell.snr_db, seed=cell.seed, exact=True)
    return tuple(
        replace(script, name=f"{script.name}@{name}", condition=cell.condition, impair=impair, echo=False)
        for script in safely(scripts)
        if impair is None or script.said
    )
