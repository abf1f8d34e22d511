"""Points on a spiral."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge

from gan_cli.data.base import Table
from gan_cli.data.computed import Computed

_SCALE = 7.5


class SwissRoll(Computed):
    """Points on a noisy spiral: one connected curve, to test its shape and not its modes.

    (t cos t, t sin t) / 7.5 with t uniform in [1.5 pi, 4.5 pi]: columns 0 and 2 of scikit-learn's make_swiss_roll, as
    in the toy set of Gulrajani et al. (2017), arXiv:1704.00028.

    Args:
        noise: standard deviation of the noise along each axis, before the division by 7.5.
        shared: settings of `Computed`.
    """

    def __init__(self, *, noise: Annotated[float, Ge(0)] = 0.25, **shared: Any) -> None:
        super().__init__(**shared)
        self._noise = noise

    def draw(self, count: int, seed: int) -> Table:
        from sklearn.datasets import make_swiss_roll  # imported late: it takes a second, and checks do not need it

        points, _ = make_swiss_roll(count, noise=self._noise, random_state=seed % 2**32)
        return Table(torch.from_numpy(points[:, [0, 2]] / _SCALE).float())
