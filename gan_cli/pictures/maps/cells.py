"""What pictures of a sweep are made of: cells with a figure, a verdict's letter and a standing. Knows no runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gan_cli.pictures.png import Picture
from gan_cli.wording import BETTER

Standing = Literal["measured", "failed", "running", "waiting"]

LETTERS = {
    "balanced": "B",
    "discriminator_dominates": "D",
    "generator_dominates": "G",
    "discriminator_overfits": "M",
    "mode_collapse": "C",
    "oscillating": "O",
    "diverged": "X",
    "warming_up": "W",
    "failed": "F",
    "killed": "K",
}
"""A letter for each verdict, and for runs that ended without one."""

WIDE = 30.0
"""Positive values whose largest is that many times their smallest get a log scale."""

_FEW = 8
"""Values of an axis up to which it is a grid's."""
_MOST_TICKS = 12
_GEOMETRIC = 8.0
"""Positive values whose largest is that many times their smallest may stand on a log scale."""


@dataclass(frozen=True)
class Scale:
    """One axis of a picture.

    Attributes:
        name: the setting, in full.
        labels: its values, as typed.
        values: the same as numbers, rising; empty where some are words.
        drawn_on_log: whether they were drawn evenly on a logarithmic scale.
    """

    name: str
    labels: Sequence[str]
    values: Sequence[float] = ()
    drawn_on_log: bool = False

    @property
    def log(self) -> bool:
        """Whether they stand on a logarithmic scale: known, or seen from how they lie."""
        return is_geometric(self.values) or (self.drawn_on_log and len(self.values) > 1 and self.values[0] > 0)

    @property
    def places(self) -> list[float]:
        """Where they stand along the axis: numbers where they are, words one after another."""
        return [float(v) for v in self.values] or [float(place) for place in range(len(self.labels))]

    @property
    def ticked(self) -> bool:
        """Whether each value has a tick of its own: words, and numbers that are few and were typed."""
        return len(self.values) <= _MOST_TICKS and all(float(f"{value:.4g}") == value for value in self.values)


@dataclass(frozen=True)
class Cell:
    """One point of a sweep: its runs together.

    Attributes:
        x: place on the first axis.
        y: place on the second axis; 0 where there is one.
        standing: `failed` and `waiting` have no figure.
        value: the figure, the mean over its runs; None where there is none.
        spread: its sample standard deviation; None of a single run.
        runs: the figure of each run.
        state: the verdict of most runs, or how they ended; None where none has one yet.
        doubt: whether the verdict is in doubt.
        agree: how many of how many runs have this verdict.
        accuracy: D's, a share; None where there is none.
        accuracies: that of each run.
        note: a few words, such as "1 failed".
        picture: samples, RGB.
    """

    x: int
    y: int
    standing: Standing
    value: float | None = None
    spread: float | None = None
    runs: tuple[float, ...] = ()
    state: str | None = None
    doubt: bool = False
    agree: tuple[int, int] = (1, 1)
    accuracy: float | None = None
    accuracies: tuple[float, ...] = ()
    note: str = ""
    picture: Picture | None = None

    @property
    def letter(self) -> str:
        """Its verdict's letter, with a question mark where there is doubt."""
        return LETTERS.get(self.state or "", "") + ("?" if self.doubt and self.state else "")

    @property
    def share(self) -> str:
        """`2/3` where not all runs agree."""
        said, there = self.agree
        return "" if said == there else f"{said}/{there}"


@dataclass(frozen=True)
class Chart:
    """A sweep over one or two axes, ready to be drawn.

    Attributes:
        title: what is shown.
        note: how: seeds, spread, what was averaged.
        axes: one or two.
        cells: at most one for each place.
        measure: name of the figure.
        better: `low`, `high`, or anything else where there is no best.
        right: what D does when it is right, such as "is right" or "ranks right".
    """

    title: str
    note: str
    axes: Sequence[Scale]
    cells: Sequence[Cell]
    measure: str
    better: str
    right: str = "is right"

    @property
    def values(self) -> list[float]:
        """Every figure on it."""
        return [cell.value for cell in self.cells if cell.value is not None]

    @property
    def wide(self) -> bool:
        """Whether the figures want a log scale."""
        return is_wide(self.values)

    @property
    def best(self) -> Cell | None:
        """The cell with the best mean; None where there is no best."""
        order = {"low": min, "high": max}.get(self.better)
        known = [cell for cell in self.cells if cell.value is not None]
        return order(known, key=lambda cell: cell.value or 0.0) if order and len(known) > 1 else None

    @property
    def sparse(self) -> bool:
        """Whether numbers were tried here and there rather than on a grid, as a random search does."""
        full = math.prod(len(scale.labels) for scale in self.axes)
        return len(self.cells) < full and any(
            bool(scale.values) and len(scale.values) > _FEW and len(self.cells) < 2 * len(scale.values)
            for scale in self.axes
        )

    @property
    def measure_words(self) -> str:
        """`energy_distance (lower is better)`."""
        return f"{self.measure} ({BETTER[self.better]})" if self.better in BETTER else self.measure


def is_wide(values: Sequence[float]) -> bool:
    """Whether values want a log scale: positive, and far apart."""
    return bool(values) and min(values) > 0 and max(values) > WIDE * min(values)


def is_geometric(values: Sequence[float]) -> bool:
    """Whether numbers in rising order want a log scale: positive, far apart, more even on it than on a plain one."""
    if len(values) < 2 or values[0] <= 0 or values[-1] < _GEOMETRIC * values[0]:
        return False
    return len(values) == 2 or _widest_gap([math.log(value) for value in values]) < _widest_gap(values)


def _widest_gap(values: Sequence[float]) -> float:
    """The largest step between neighbours, as a share of the whole way."""
    return max(after - before for before, after in pairwise(values)) / (values[-1] - values[0])
