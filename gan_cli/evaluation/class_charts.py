"""Charts of the classes of samples: how often each occurs, and which is made when one is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gan_cli.pictures.png import Picture

Counts = npt.NDArray[np.float64]

MOST_NAMED = 40
"""Most classes of which each is drawn by itself."""
_LEAST_WRITTEN = 0.005
"""Smallest share that is written into its cell, as a percentage."""
_LONGEST = 16
"""Most letters of a name of a class."""
_MATRIX = "PuRd"
_COLOURS = {"real data": "#9e9e9e", "samples": "#c2185b"}


def class_chart(fake: Counts, real: Counts) -> Picture:
    """Return a chart of the shares of K classes among samples and real data: bars, or sorted curves if K > 40.

    Args:
        fake: counts of the classes among the samples (K,).
        real: counts of the classes among the real samples (K,).
    """
    figure = Figure(figsize=(8, 4), dpi=110, layout="constrained")
    axes = figure.subplots()
    sets = {"real data": real, "samples": fake}
    for offset, (label, counts) in zip((-0.2, 0.2), sets.items(), strict=True):
        shares = counts / max(counts.sum(), 1.0)
        if len(counts) <= MOST_NAMED:
            axes.bar(np.arange(len(counts)) + offset, shares, 0.4, label=label, color=_COLOURS[label])
        else:
            axes.plot(np.sort(shares)[::-1], label=label, color=_COLOURS[label])
    if len(fake) <= MOST_NAMED:
        axes.set_xticks(np.arange(len(fake)))
    axes.set_xlabel("class, as the classifier names it" if len(fake) <= MOST_NAMED else "classes, most frequent first")
    axes.set_ylabel("share")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return _drawn(figure)


def confusion_chart(counts: Counts, names: Sequence[str]) -> Picture:
    """Return a matrix whose rows are the classes that were asked for and whose columns are those that were made.

    Args:
        counts: how many samples of each class that was asked for were recognised as each class (K, K), K at most 40.
        names: names of the classes.
    """
    size = len(names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    side = min(11.0, 2.4 + 0.55 * size)
    figure = Figure(figsize=(side + 0.8, side), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap=_MATRIX, vmin=0.0, vmax=1.0)
    letters = 9.0 if size <= 20 else 5.0
    for row, column in zip(*np.nonzero(shares >= _LEAST_WRITTEN), strict=True):
        share = shares[row, column]
        colour = "white" if share > 0.5 else "#222222"
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=letters)
    for ticks in (axes.set_xticks, axes.set_yticks):
        ticks(np.arange(size), labels=[name[:_LONGEST] for name in names], fontsize=letters)
    if max(map(len, names)) > 2:
        axes.tick_params("x", rotation=90)
    axes.set_xlabel("class that was made, as the classifier names it")
    axes.set_ylabel("class that was asked for")
    axes.spines[:].set_visible(False)
    return _drawn(figure)


def _drawn(figure: Figure) -> Picture:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
