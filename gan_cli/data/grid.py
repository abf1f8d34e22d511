"""Points in Gaussian modes on a square grid."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt

from gan_cli.data.computed import GaussianModes


class Grid(GaussianModes):
    """Points in equal Gaussian modes on a square grid around the origin, to count the modes that a generator finds.

    5x5 centres at {-4, -2, 0, 2, 4}^2 with sigma 0.05 are the protocol of Lin et al. (2018), "PacGAN",
    arXiv:1712.04086, section 4.1. The coordinates are not rescaled, so a generator must reach +-4.

    Args:
        side: modes along each axis, side^2 in all; the label of a point is its mode, counted along y first.
        spacing: distance between neighbouring centres, in data units.
        sigma: standard deviation of a mode along each axis, in data units.
        shared: settings of `Computed`.
    """

    def __init__(
        self,
        *,
        side: Annotated[int, Ge(1)] = 5,
        spacing: Annotated[float, Gt(0)] = 2.0,
        sigma: Annotated[float, Gt(0)] = 0.05,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        axis = spacing * (torch.arange(side) - (side - 1) / 2)
        self.centres = torch.cartesian_prod(axis, axis)
        self.sigma = sigma
