"""Pictures that go with an evaluation: samples beside real ones, what D holds alike, how often each class occurs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_cli.pictures.png import Picture
from gan_cli.pictures.render import tiles_of
from gan_cli.pictures.tiles import GAP_COLOUR, grid, join
from gan_cli.spec import SampleSpec

Counts = npt.NDArray[np.float64]

_MOST_BARS = 40
_COLOURS = {"real data": "#9e9e9e", "samples": "#c2185b"}


def rows_of(columns: Sequence[Tensor], spec: SampleSpec, *, per_row: int = 1, apart: bool = False) -> Picture:
    """Samples that belong together, one column (N, *spec.shape) of each kind, as N joined tiles.

    Args:
        columns: sets of N samples; the i-th of each stand side by side.
        spec: what a sample is; not a point.
        per_row: joined tiles in a row.
        apart: leave room between the first of each tile and the others.
    """
    tiles = [tiles_of(column, spec) for column in columns]
    if apart:
        count, height, width, _ = tiles[0].shape
        tiles.insert(1, np.full((count, height, max(1, width // 3), 3), GAP_COLOUR, dtype=np.uint8))
    return grid(join(tiles, axis=2), columns=per_row)


def class_chart(fake: Counts, real: Counts) -> Picture:
    """Shares of the K classes among samples and among real data; more than 40 classes as two falling curves.

    Args:
        fake: how often each class occurs among the samples (K,).
        real: the same among real data.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=110, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    sets = {"real data": real, "samples": fake}
    for offset, (label, counts) in zip((-0.2, 0.2), sets.items(), strict=True):
        shares = counts / max(counts.sum(), 1.0)
        if len(counts) <= _MOST_BARS:
            axes.bar(np.arange(len(counts)) + offset, shares, 0.4, label=label, color=_COLOURS[label])
        else:
            axes.plot(np.sort(shares)[::-1], label=label, color=_COLOURS[label])
    if len(fake) <= _MOST_BARS:
        axes.set_xticks(np.arange(len(fake)))
    axes.set_xlabel("class, as the classifier names it" if len(fake) <= _MOST_BARS else "classes, most frequent first")
    axes.set_ylabel("share")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
