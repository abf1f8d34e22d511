"""Points in Gaussian modes on a circle."""

from __future__ import annotations

import math
from typing import Annotated

import torch
from annotated_types import Ge, Gt

from gan_cli.data.base import Split
from gan_cli.data.mixture import draw_mixture
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.spec import SampleSpec


class Ring:
    """Points in equal Gaussian modes on a circle: count the modes that a generator finds.

    centre_k = radius (cos(2 pi k / modes), sin(2 pi k / modes)). Eight modes, radius 1 and sigma 0.01 are the protocol
    of Lin et al. (2018), "PacGAN", arXiv:1712.04086, section 4.1.

    Args:
        modes: number of Gaussians; the label of a point is its mode.
        radius: of the circle, in data units.
        sigma: standard deviation of a mode along each axis, in data units.
        num_samples: how many points.
        seed: of the points themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.

    Attributes:
        centres: float32 (modes, 2).
        sigma: as given.
    """

    def __init__(
        self,
        *,
        modes: Annotated[int, Ge(1)] = 8,
        radius: Annotated[float, Gt(0)] = 1.0,
        sigma: Annotated[float, Gt(0)] = 0.01,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        angles = torch.arange(modes) * (2 * math.pi / modes)
        self.centres = radius * torch.stack([angles.cos(), angles.sin()], dim=1)
        self.sigma = sigma
        self._num_samples = num_samples
        self._seed = seed
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """Points in the plane, one class per mode."""
        return SampleSpec((2,), value_range=None, num_classes=len(self.centres))

    def prepare(self) -> None:
        """Nothing to do: the points are computed."""

    def load(self) -> Split:
        """Draw the points."""
        return set_apart(
            draw_mixture(self.centres, self.sigma, self._num_samples, self._seed), self._holdout, self._limit
        )
