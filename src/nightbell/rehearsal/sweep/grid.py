"""Grid: the cells of a sweep, and the scripts with a red flag in each of them. Safety alone is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from nightbell.rehearsal.condition import Condition
from nightbell.rehearsal.noisy import in_noise, safely

if TYPE_CHECKING:
    from nightbell.audio.g711 import Law
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
    def name(self) -> str:
        """Name the cell."""
        ratio = "" if self.snr_db is None else f" {self.snr_db:g} dB"
        return f"{self.line}{ratio}, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is swept; every value with every other."""

    noises: Sequence[str] = ("",)
    snrs_db: Sequence[float] = ()
    laws: Sequence[Law] = ("mulaw",)
    losses: Sequence[float] = (0.0,)
    bursts: Sequence[float] = (1.0,)
    levels_db: Sequence[float] = (0.0,)
    speeds: Sequence[float] = (1.0,)
    seeds: Sequence[int] = (1,)

    def cells(self) -> Iterator[Cell]:
        """Yield every cell once; a quiet room has no ratio."""
        rooms = [(noise, snr) for noise in self.noises for snr in (self.snrs_db if noise else (None,))]
        lines = product(self.laws, self.losses, self.bursts, self.levels_db, self.speeds)
        for (law, loss, burst, level, speed), (noise, snr), seed in product(list(lines), rooms, self.seeds):
            condition = Condition(law=law, loss=loss, burst=burst, level_db=level, speed=speed, seed=seed)
            yield Cell(noise=noise, snr_db=snr, condition=condition, seed=seed)


def played_in(cell: Cell, scripts: Iterable[Script]) -> tuple[Script, ...]:
    """Return the scripts with a red flag as they are played in a cell."""
    quiet = cell.snr_db is None
    found = safely(scripts) if quiet else in_noise(scripts, cell.noise, cell.snr_db or 0.0, cell.seed)
    return tuple(
        replace(
            script, condition=cell.condition, name=f"{script.name}@{cell.name.replace(' ', '-').replace(',', '')}"
        )
        for script in found
    )
