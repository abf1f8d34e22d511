"""Points on two interleaved half circles."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge

from gan_cli.data.base import Table
from gan_cli.data.computed import Computed


class TwoMoons(Computed):
    """Points on two interleaved half circles of radius 1: two separate curved modes. Class 0 is the upper one.

    Upper moon (cos t, sin t), lower moon (1 - cos t, 1/2 - sin t), t in [0, pi]: scikit-learn's make_moons.

    Args:
        noise: standard deviation of the noise along each axis, in data units.
        num_samples: number of points to draw, including the held-out ones; at least 2, one per moon.
        shared: settings of `Computed`.
    """

    num_classes = 2

    def __init__(
        self,
        *,
        noise: Annotated[float, Ge(0)] = 0.05,
        num_samples: Annotated[int, Ge(2)] = 50000,
        **shared: Any,
    ) -> None:
        super().__init__(num_samples=num_samples, **shared)
        self._noise = noise

    def draw(self, count: int, seed: int) -> Table:
        from sklearn.datasets import make_moons  # imported late: it takes a second, and checks do not need it

        points, labels = make_moons(count, noise=self._noise, random_state=seed % 2**32)
        return Table(torch.from_numpy(points).float(), torch.from_numpy(labels).long())
