"""The data of a picture of a sweep: axes, and cells with a value, a verdict and a status. It does not read runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gan_cli.pictures.png import Picture
from gan_cli.wording import BETTER

CellStatus = Literal["measured", "failed", "running", "waiting"]

LETTERS = {
    "balanced": "B",
    "discriminator_dominates": "D",
    "generator_dominates": "G",
    "discriminator_overfits": "M",
    "mode_collapse": "C",
    "labels_ignored": "L",
    "codes_ignored": "E",
    "oscillating": "O",
    "diverged": "X",
    "warming_up": "W",
    "failed": "F",
    "killed": "K",
}
"""A letter for each verdict, and for runs that ended without one."""

WIDE = 30.0
"""Positive values get a log scale if the largest is more than this many times the smallest."""

_FEW = 8
"""Maximum number of values of an axis that always counts as the axis of a grid."""
_MOST_TICKS = 12
_GEOMETRIC = 8.0
"""Positive values of an axis may get a log scale if the largest is at least this many times the smallest."""


@dataclass(frozen=True)
class Scale:
    """One axis of a picture.

    Attributes:
        name: full name of the setting.
        labels: values of the setting, as typed.
        values: the same values as numbers, in rising order; empty if some are words.
        drawn_on_log: whether a search drew the values evenly on a logarithmic scale.
    """

    name: str
    labels: Sequence[str]
    values: Sequence[float] = ()
    drawn_on_log: bool = False

    @property
    def log(self) -> bool:
        """Whether the axis is logarithmic: the values were drawn so, or their distances suggest it."""
        return is_geometric(self.values) or (self.drawn_on_log and len(self.values) > 1 and self.values[0] > 0)

    @property
    def places(self) -> list[float]:
        """Positions of the values along the axis: numbers at their value, words at 0, 1, 2 and so on."""
        return [float(v) for v in self.values] or [float(place) for place in range(len(self.labels))]

    @property
    def ticked(self) -> bool:
        """Whether each value has its own tick: words, and at most 12 numbers of at most four digits."""
        return len(self.values) <= _MOST_TICKS and all(float(f"{value:.4g}") == value for value in self.values)


@dataclass(frozen=True)
class Cell:
    """One point of a sweep, with all its runs.

    Attributes:
        x: index on the first axis.
        y: index on the second axis; 0 if there is only one axis.
        status: `measured` if there is a value, else how the runs ended or how far they are.
        value: the result, as the mean over the runs; None if there is none.
        spread: sample standard deviation of the result; None for a single run.
        runs: the result of each run.
        state: the verdict of most runs, or how they ended; None if no run has one yet.
        doubt: whether the verdict is in doubt.
        agree: number of runs with this verdict, and number of runs with any verdict.
        accuracy: mean accuracy of D, from 0 to 1; None if there is none.
        accuracies: accuracy of D in each run.
        note: a few words, such as "1 failed".
        picture: samples, RGB.
    """

    x: int
    y: int
    status: CellStatus
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
        """Letter of the verdict, with a question mark if it is in doubt."""
        return LETTERS.get(self.state or "", "") + ("?" if self.doubt and self.state else "")

    @property
    def share(self) -> str:
        """`2/3` if two of three runs have this verdict; empty if all agree."""
        said, there = self.agree
        return "" if said == there else f"{said}/{there}"


@dataclass(frozen=True)
class Chart:
    """A sweep over one or two axes, ready to be drawn.

    Attributes:
        title: title of the picture.
        note: details: number of runs, and what the spread is computed over.
        axes: one or two axes.
        cells: at most one for each position.
        measure: name of the result.
        better: `low` or `high`; with any other text, no cell is the best.
        right: words for D's accuracy: "is right" or "ranks right".
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
        """The values of all cells that have one."""
        return [cell.value for cell in self.cells if cell.value is not None]

    @property
    def wide(self) -> bool:
        """Whether the values need a log scale."""
        return is_wide(self.values)

    @property
    def best(self) -> Cell | None:
        """The cell with the best mean; None if there is no best."""
        order = {"low": min, "high": max}.get(self.better)
        known = [cell for cell in self.cells if cell.value is not None]
        return order(known, key=lambda cell: cell.value or 0.0) if order and len(known) > 1 else None

    @property
    def sparse(self) -> bool:
        """Whether the points do not form a grid, as in a random search."""
        full = math.prod(len(scale.labels) for scale in self.axes)
        return len(self.cells) < full and any(
            bool(scale.values) and len(scale.values) > _FEW and len(self.cells) < 2 * len(scale.values)
            for scale in self.axes
        )

    @property
    def measure_words(self) -> str:
        """Name of the result and its direction: `energy_distance (lower is better)`."""
        return f"{self.measure} ({BETTER[self.better]})" if self.better in BETTER else self.measure


def is_wide(values: Sequence[float]) -> bool:
    """Whether values need a log scale: all positive, and far apart."""
    return bool(values) and min(values) > 0 and max(values) > WIDE * min(values)


def is_geometric(values: Sequence[float]) -> bool:
    """Whether rising numbers need a log scale: positive, far apart, and more even on it than on a linear one."""
    if len(values) < 2 or values[0] <= 0 or values[-1] < _GEOMETRIC * values[0]:
        return False
    return len(values) == 2 or _widest_gap([math.log(value) for value in values]) < _widest_gap(values)


def _widest_gap(values: Sequence[float]) -> float:
    """Return the largest step between neighbours, as a share of the whole range."""
    return max(after - before for before, after in pairwise(values)) / (values[-1] - values[0])
