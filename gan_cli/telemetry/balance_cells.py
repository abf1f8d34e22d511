"""What pictures of a sweep are made of: cells with a figure, a verdict's letter and a standing. Knows no runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gan_cli.telemetry.base import Picture
from gan_cli.telemetry.words import BETTER

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

_SPARSE = 0.4
_FEW = 8


@dataclass(frozen=True)
class Scale:
    """One axis of a picture.

    Attributes:
        name: the setting, in full.
        labels: its values, as typed.
        values: the same as numbers, rising; empty where some are words.
    """

    name: str
    labels: Sequence[str]
    values: Sequence[float] = ()


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
        x, y = (len(scale.labels) for scale in self.axes)
        return all(scale.values for scale in self.axes) and max(x, y) > _FEW and len(self.cells) < _SPARSE * x * y

    @property
    def measure_words(self) -> str:
        """`energy_distance (lower is better)`."""
        return f"{self.measure} ({BETTER[self.better]})" if self.better in BETTER else self.measure


def is_wide(values: Sequence[float]) -> bool:
    """Whether values want a log scale: positive, and far apart."""
    return bool(values) and min(values) > 0 and max(values) > WIDE * min(values)
