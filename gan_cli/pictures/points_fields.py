"""What two judges say of every place in the plane: the discriminator at hand, and the best one that there could be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.diagnosis.optimal_discriminator import OptimalDiscriminator

Floats = npt.NDArray[np.float32]
Opinion = Callable[[Tensor], Tensor]
Extent = tuple[float, float, float, float]

_CELLS = 160
_COMPARED = 512
"""Real and generated points, of each, that the best discriminator is worked out from."""


@dataclass(frozen=True)
class Optimum:
    """The best discriminator, drawn.

    Attributes:
        field: D* at the cells, from 0 to 1; nan where there are neither real nor generated points.
        data: the real points (N, 2) that it was worked out from.
        generated: the generated ones (M, 2).
        gap: mean |D - D*|; None where D gives no probability.
    """

    field: Floats
    data: Tensor
    generated: Tensor
    gap: float | None


def field_of(opinion: Opinion, extent: Extent, device: torch.device) -> Floats:
    """An opinion about points (N, 2) at the cells of the frame, (rows, columns) from the lower left."""
    with torch.no_grad():
        return _as_picture(opinion(_cells(extent, device)))


def optimum(samples: Tensor, real: Tensor, probability: Opinion | None, extent: Extent) -> Optimum | None:
    """D* between points of the data and generated ones (N, 2); None where fewer than two of either are finite."""
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
