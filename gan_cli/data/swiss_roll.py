"""Points on a spiral."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge

from gan_cli.data.base import Split, Table
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.spec import SampleSpec

_SCALE = 7.5


class SwissRoll:
    """Points on a noisy spiral: one connected curve, so the question is its shape and not its modes.

    (t cos t, t sin t) / 7.5 with t uniform in [1.5 pi, 4.5 pi]: columns 0 and 2 of scikit-learn's make_swiss_roll, as
    in the toy set of Gulrajani et al. (2017), arXiv:1704.00028.

    Args:
        noise: standard deviation along each axis, before the division by 7.5.
        num_samples: how many points.
        seed: of the points themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.
    """

    def __init__(
        self,
        *,
        noise: Annotated[float, Ge(0)] = 0.25,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        self._noise = noise
        self._num_samples = num_samples
        self._seed = seed
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """Points in the plane without classes."""
        return SampleSpec((2,), value_range=None)

    def prepare(self) -> None:
        """Nothing to do: the points are computed."""

    def load(self) -> Split:
        """Draw the points."""
        from sklearn.datasets import make_swiss_roll  # here: importing it takes a second, a check needs only the spec

        points, _ = make_swiss_roll(self._num_samples, noise=self._noise, random_state=self._seed)
        return set_apart(Table(torch.from_numpy(points[:, [0, 2]] / _SCALE).float()), self._holdout, self._limit)
