"""Points in Gaussian modes on a square grid."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge, Gt

from gan_cli.data.base import Split
from gan_cli.data.mixture import draw_mixture
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.spec import SampleSpec


class Grid:
    """Points in equal Gaussian modes on a square grid around the origin: count the modes that a generator finds.

    5x5 centres at {-4, -2, 0, 2, 4}^2 with sigma 0.05 are the protocol of Lin et al. (2018), "PacGAN",
    arXiv:1712.04086, section 4.1. The coordinates are not rescaled, so a generator must reach +-4.

    Args:
        side: modes along each axis; there are side^2, and the label of a point is its mode, counted along y first.
        spacing: distance of neighbouring centres, in data units.
        sigma: standard deviation of a mode along each axis, in data units.
        num_samples: how many points.
        seed: of the points themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.

    Attributes:
        centres: float32 (side^2, 2).
        sigma: as given.
    """

    def __init__(
        self,
        *,
        side: Annotated[int, Ge(1)] = 5,
        spacing: Annotated[float, Gt(0)] = 2.0,
        sigma: Annotated[float, Gt(0)] = 0.05,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        axis = spacing * (torch.arange(side) - (side - 1) / 2)
        self.centres = torch.cartesian_prod(axis, axis)
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
