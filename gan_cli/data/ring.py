"""Points in Gaussian modes on a circle."""

from __future__ import annotations

import math
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt

from gan_cli.data.computed import GaussianModes


class Ring(GaussianModes):
    """Points in equal Gaussian modes on a circle, to count the modes that a generator finds.

    centre_k = radius (cos(2 pi k / modes), sin(2 pi k / modes)). Eight modes, radius 1 and sigma 0.01 are the protocol
    of Lin et al. (2018), "PacGAN", arXiv:1712.04086, section 4.1.

    Args:
        modes: number of Gaussians; the label of a point is its mode.
        radius: radius of the circle, in data units.
        sigma: standard deviation of a mode along each axis, in data units.
        shared: settings of `Computed`.
    """

    def __init__(
        self,
        *,
        modes: Annotated[int, Ge(1)] = 8,
        radius: Annotated[float, Gt(0)] = 1.0,
        sigma: Annotated[float, Gt(0)] = 0.01,
        **shared: Any,
    ) -> None:
        super().__init__(**shared)
        angles = torch.arange(modes) * (2 * math.pi / modes)
        self.centres = radius * torch.stack([angles.cos(), angles.sin()], dim=1)
        self.sigma = sigma
