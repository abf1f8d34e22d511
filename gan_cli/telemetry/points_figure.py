"""Points as a figure: the data, what the generator makes of it, and where the discriminator believes it.

Draws with matplotlib's Agg canvas directly, so that no window system and no global state is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from torch import Tensor

from gan_cli.telemetry.base import Picture

Floats = npt.NDArray[np.float32]
Probability = Callable[[Tensor], Tensor]

_REAL_COLOUR = "#4d4d4d"
_GENERATED_COLOUR = "#c2185b"
# pale, so that the points stay in front: sand says fake, white cannot tell, sea green says real
_FIELD_COLOURS = LinearSegmentedColormap.from_list("belief", ["#d9bf94", "#faf9f6", "#86c5bc"])
_FIELD_CELLS = 160
_MARGIN = 0.15
_GOLDEN_RATIO = 0.618


def render_points(
    samples: Tensor, real: Tensor | None = None, probability: Probability | None = None, *, side: int = 800
) -> Picture:
    """Generated points (N, F) over real ones (M, F); of more than two features the first two.

    The frame follows the data, not the generator, so that pictures of one run can be compared; points outside it are
    counted in a note.

    Args:
        samples: generated points.
        real: points of the data; None draws the generated ones alone.
        probability: points (N, 2) on the device of `samples` -> probability (N,) of being real, drawn as background;
            used for two features only.
        side: height of the picture in pixels.
    """
    generated, data = _plane(samples), None if real is None else _plane(real)
    extent = _frame(generated if data is None or len(data) == 0 else data)
    figure = Figure(figsize=(side * 1.15 / 100, side / 100), dpi=100, layout="constrained")
    axes = figure.add_subplot(aspect="equal", xlim=extent[:2], ylim=extent[2:])
    if probability is not None and samples.shape[1] == 2:
        _draw_field(figure, axes, probability, extent, samples.device)
    if data is not None:
        _scatter(axes, data, "real", _REAL_COLOUR, opacity=0.55)
    _scatter(axes, generated, "generated", _GENERATED_COLOUR, opacity=0.75)
    _dress(axes, samples.shape[1], outside=_count_outside(generated, extent))
    return _pixels(figure)


def _plane(points: Tensor) -> Floats:
    """(N, 2) on the host: the first two features; a lone one is spread sideways so that none hides."""
    values: Floats = points.detach().float().cpu().numpy()[:, :2]
    if values.shape[1] == 2:
        return values
    spread = np.arange(len(values)) * _GOLDEN_RATIO % 1.0 - 0.5
    return np.column_stack([values[:, 0], spread]).astype(np.float32)


def _frame(points: Floats) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of a square around almost all finite points."""
    finite = points[np.isfinite(points).all(axis=1)]
    if len(finite) == 0:
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = np.percentile(finite, 0.2, axis=0), np.percentile(finite, 99.8, axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-3) * (1.0 + 2.0 * _MARGIN)
    x, y = ((low + high) / 2.0).tolist()
    return (x - half, x + half, y - half, y + half)


def _draw_field(
    figure: Figure,
    axes: Any,
    probability: Probability,
    extent: tuple[float, float, float, float],
    device: torch.device,
) -> None:
    left, right, bottom, top = extent
    # cell centres, so that the picture of the field is not shifted by half a cell
    steps = (torch.arange(_FIELD_CELLS, device=device, dtype=torch.float32) + 0.5) / _FIELD_CELLS
    y, x = torch.meshgrid(bottom + steps * (top - bottom), left + steps * (right - left), indexing="ij")
    with torch.no_grad():
        field = probability(torch.stack([x.flatten(), y.flatten()], dim=1))
    values = field.detach().float().cpu().numpy().reshape(_FIELD_CELLS, _FIELD_CELLS)
    image = axes.imshow(
        values, extent=extent, origin="lower", cmap=_FIELD_COLOURS, vmin=0, vmax=1, interpolation="bilinear"
    )
    bar = figure.colorbar(image, ax=axes, shrink=0.85, pad=0.02, ticks=[0, 0.25, 0.5, 0.75, 1])
    bar.set_label("discriminator: probability of being real")
    bar.outline.set_visible(False)


def _scatter(axes: Any, points: Floats, name: str, colour: str, *, opacity: float) -> None:
    # few points are drawn large, many small enough not to clot; in square typographic points
    area = min(30.0, max(6.0, 12_000.0 / max(len(points), 1)))
    label = f"{name} ({len(points):,})"
    axes.scatter(points[:, 0], points[:, 1], s=area, color=colour, alpha=opacity, linewidths=0, label=label)


def _count_outside(points: Floats, extent: tuple[float, float, float, float]) -> int:
    left, right, bottom, top = extent
    x, y = points.T
    # written so that nan counts as outside
    return int((~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))).sum())


def _dress(axes: Any, features: int, *, outside: int) -> None:
    # opaque and larger in the legend than in the cloud
    legend = axes.legend(loc="upper right", framealpha=0.9, edgecolor="none", markerscale=2.5)
    for handle in legend.legend_handles:
        handle.set_alpha(1.0)
    if outside:  # inside the axes, because a title would move them from picture to picture
        note = f"{outside:,} generated outside this frame"
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "boxstyle": "round,pad=0.4"}
        axes.text(0.02, 0.97, note, transform=axes.transAxes, va="top", fontsize=10, bbox=ground, in_layout=False)
    if features > 2:
        axes.set_xlabel(f"feature 1 of {features}")
        axes.set_ylabel(f"feature 2 of {features}")
    axes.tick_params(colors="#666666", labelsize=9)
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")


def _pixels(figure: Figure) -> Picture:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()
