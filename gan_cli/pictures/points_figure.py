"""A figure of points: real and generated ones, D's values in the plane, and the values of the best discriminator.

It is drawn on matplotlib's Agg canvas directly, without a window system or global state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from torch import Tensor

from gan_cli.diagnosis.optimal_discriminator import OptimalDiscriminator
from gan_cli.pictures.png import Picture

_REAL = ("real", "#4d4d4d")
_GENERATED = ("generated", "#c2185b")
"""Name and colour."""
_UNDEFINED_COLOUR = "#e4e4e6"
# pale, so that the points are easy to see: sand means fake, white means undecided, sea green means real
_FIELD_COLOURS = LinearSegmentedColormap.from_list("belief", ["#d9bf94", "#faf9f6", "#86c5bc"], bad=_UNDEFINED_COLOUR)
# interpolate colours, not values, so that the edge of the undefined area is smooth
_SMOOTH = {"interpolation": "bilinear", "interpolation_stage": "rgba"}
_BELIEF = "probability of being real"
_CRITIC = "critic's value: the higher, the more real"
_MARGIN = 0.15
_GOLDEN_RATIO = 0.618


def render_points(
    samples: Tensor,
    real: Tensor | None = None,
    probability: PointFunction | None = None,
    critic: PointFunction | None = None,
    *,
    is_real: bool = False,
    side: int = 800,
) -> Picture:
    """Draw generated points (N, F) over real ones (M, F), or real ones alone; of several features, the first two.

    With two features and `probability` or `critic`, the background shows D's values. With real points, a second panel
    shows the best discriminator against this generator. The frame follows the data, not the generator, so that
    pictures of one run can be compared; a note counts the points outside it.

    Args:
        samples: generated points, or real ones.
        real: real points; None draws only `samples`.
        probability: points (N, 2) on the device of `samples` -> probability (N,) of being real.
        critic: points -> the critic's values (N,), drawn if there is no `probability`.
        is_real: whether `samples` are real data.
        side: height of the picture in pixels.
    """
    generated, data = _plane(samples), None if real is None else _plane(real)
    extent = _frame(generated if data is None or len(data) == 0 else data)
    opinion = (probability or critic) if samples.shape[1] == 2 else None
    best = None if opinion is None or real is None else optimum(samples, real, probability, extent)
    width = side * (1.15 if best is None else 2.0)
    figure = Figure(figsize=(width / 100, side / 100), dpi=100, layout="constrained")
    panels = figure.subplots(1, 1 if best is None else 2, squeeze=False, sharey=True)[0]
    for axes in panels:
        axes.set(aspect="equal", xlim=extent[:2], ylim=extent[2:])
        _frame_softly(axes)
    if opinion is not None:
        field = field_of(opinion, extent, samples.device)
        low, high = (0.0, 1.0) if probability else _bounds(field)
        image = _draw_field(panels[0], field, extent, low, high)
        # a critic has its own scale; probabilities share the colour bar with D*
        _key(figure, panels if probability else panels[0], image, _BELIEF if probability else _CRITIC)
    if best is not None:
        panels[0].set_title(f"the {'discriminator' if probability else 'critic'} D\nas it sees the plane", fontsize=13)
        image = _draw_optimum(panels[1], best, extent)
        if probability is None:
            _key(figure, panels[1], image, _BELIEF)
    _draw_points(panels[0], generated, data, _REAL if is_real else _GENERATED)
    _note_outside(panels[0], _count_outside(generated, extent), (_REAL if is_real else _GENERATED)[0])
    _name_features(panels[0], samples.shape[1])
    return _pixels(figure)


def _plane(points: Tensor) -> Floats:
    """Return the first two features (N, 2) on the host; if there is only one, y spreads the points."""
    values: Floats = points.detach().float().cpu().numpy()[:, :2]
    if values.shape[1] == 2:
        return values
    spread = np.arange(len(values)) * _GOLDEN_RATIO % 1.0 - 0.5
    return np.column_stack([values[:, 0], spread]).astype(np.float32)


def _frame(points: Floats) -> Extent:
    """Return left, right, bottom and top of a square around almost all finite points."""
    finite = points[np.isfinite(points).all(axis=1)]
    if len(finite) == 0:
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = np.percentile(finite, 0.2, axis=0), np.percentile(finite, 99.8, axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-3) * (1.0 + 2.0 * _MARGIN)
    x, y = ((low + high) / 2.0).tolist()
    return (x - half, x + half, y - half, y + half)


def _key(figure: Figure, axes: Any, image: Any, meaning: str) -> None:
    bar = figure.colorbar(image, ax=axes, shrink=0.85, pad=0.02, fraction=0.07, aspect=28)
    bar.outline.set_visible(False)
    bar.set_label(meaning)


def _bounds(field: Floats) -> tuple[float, float]:
    """Return the range of a critic's colours: symmetric around the median, without the extreme values."""
    finite = field[np.isfinite(field)]
    low, high = np.percentile(finite, (1, 99)) if len(finite) else (0.0, 1.0)
    middle = float(np.median(finite)) if len(finite) else 0.5
    half = max(high - middle, middle - low, 1e-6)
    return (float(middle - half), float(middle + half))


def _draw_optimum(axes: Any, best: Optimum, extent: Extent) -> Any:
    image = _draw_field(axes, best.field, extent, 0.0, 1.0)
    gap = "" if best.gap is None else f"    mean |D - D*| = {best.gap:.2f}"
    axes.set_title(f"the best discriminator against this generator\nD* = p_data / (p_data + p_g){gap}", fontsize=13)
    _scatter(axes, _plane(best.data), *_REAL, opacity=0.35, largest=8.0)
    _scatter(axes, _plane(best.generated), *_GENERATED, opacity=0.35, largest=8.0)
    _name(axes, Patch(color=_UNDEFINED_COLOUR, label="no points near: undefined"))
    return image


def _draw_field(axes: Any, field: Floats, extent: Extent, low: float, high: float) -> Any:
    return axes.imshow(field, extent=extent, origin="lower", cmap=_FIELD_COLOURS, vmin=low, vmax=high, **_SMOOTH)


def _draw_points(axes: Any, points: Floats, data: Floats | None, kind: tuple[str, str]) -> None:
    if data is not None:
        _scatter(axes, data, *_REAL, opacity=0.55)
    _scatter(axes, points, *kind, opacity=0.75)
    _name(axes)


def _name(axes: Any, *more: Patch) -> None:
    shown = [*axes.get_legend_handles_labels()[0], *more]
    legend = axes.legend(handles=shown, loc="upper right", framealpha=0.9, edgecolor="none", markerscale=2.5)
    for handle in legend.legend_handles:
        handle.set_alpha(1.0)  # markers in the legend are opaque


def _scatter(axes: Any, points: Floats, name: str, colour: str, *, opacity: float, largest: float = 30.0) -> None:
    # the more points, the smaller, so that they do not overlap too much; in square typographic points
    area = min(largest, max(6.0, 12_000.0 / max(len(points), 1)))
    label = f"{name} ({len(points):,})"
    axes.scatter(points[:, 0], points[:, 1], s=area, color=colour, alpha=opacity, linewidths=0, label=label)


def _count_outside(points: Floats, extent: Extent) -> int:
    left, right, bottom, top = extent
    x, y = points.T
    # negated, so that nan counts as outside
    return int((~((x >= left) & (x <= right) & (y >= bottom) & (y <= top))).sum())


def _name_features(axes: Any, features: int) -> None:
    """Label the axes with the features, unless there are exactly two."""
    if features > 2:
        axes.set(xlabel=f"feature 1 of {features}", ylabel=f"feature 2 of {features}")
    elif features == 1:
        axes.set(xlabel="the only feature", ylabel="no meaning: spread so that no point hides another", yticks=[])


def _note_outside(axes: Any, outside: int, name: str) -> None:
    if outside:  # a note inside the axes, because a title would move the axes from picture to picture
        note = f"{outside:,} {name} outside this frame"
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "boxstyle": "round,pad=0.4"}
        axes.text(0.02, 0.97, note, transform=axes.transAxes, va="top", fontsize=10, bbox=ground, in_layout=False)


def _frame_softly(axes: Any) -> None:
    axes.tick_params(colors="#666666", labelsize=9)
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")


def _pixels(figure: Figure) -> Picture:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


Floats = npt.NDArray[np.float32]
PointFunction = Callable[[Tensor], Tensor]
Extent = tuple[float, float, float, float]

_CELLS = 160
_COMPARED = 512
"""Maximum number of real and of generated points from which the best discriminator is computed."""


@dataclass(frozen=True)
class Optimum:
    """The best discriminator D*, ready to be drawn.

    Attributes:
        field: D* at the cells, from 0 to 1; nan where there are neither real nor generated points.
        data: the real points (N, 2) from which it was computed.
        generated: the generated points (M, 2) from which it was computed.
        gap: mean |D - D*|; None if D gives no probability.
    """

    field: Floats
    data: Tensor
    generated: Tensor
    gap: float | None


def field_of(opinion: PointFunction, extent: Extent, device: torch.device) -> Floats:
    """Return the values of `opinion` at the cells of the frame, (rows, columns) from the lower left."""
    with torch.no_grad():
        return _as_picture(opinion(_cells(extent, device)))


def optimum(samples: Tensor, real: Tensor, probability: PointFunction | None, extent: Extent) -> Optimum | None:
    """Return D* for real and generated points (N, 2); None if fewer than two of either are finite."""
    data, generated = (_some(points.to(samples.device)) for points in (real, samples))
    if min(len(data), len(generated)) < 2:
        return None
    best = OptimalDiscriminator(data, generated)
    answer, near = best(_cells(extent, samples.device))
    field = _as_picture(answer.where(near, torch.nan))
    if probability is None:
        return Optimum(field, data, generated, None)
    with torch.no_grad():
        gap = best.gap(probability(data), probability(generated)).item()
    return Optimum(field, data, generated, gap)


def _cells(extent: Extent, device: torch.device) -> Tensor:
    left, right, bottom, top = extent
    # cell centres, so that the picture of the field is not shifted by half a cell
    steps = (torch.arange(_CELLS, device=device, dtype=torch.float32) + 0.5) / _CELLS
    y, x = torch.meshgrid(bottom + steps * (top - bottom), left + steps * (right - left), indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def _as_picture(values: Tensor) -> Floats:
    picture: Floats = values.detach().float().cpu().numpy().reshape(_CELLS, _CELLS)
    return picture


def _some(points: Tensor) -> Tensor:
    finite = points.detach().float()
    finite = finite[finite.isfinite().all(dim=1)]
    return finite[:: max(1, len(finite) // _COMPARED)][:_COMPARED]
