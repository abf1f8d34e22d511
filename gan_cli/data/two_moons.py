"""Points on two interleaved half circles."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge

from gan_cli.data.base import Split, Table
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.spec import SampleSpec


class TwoMoons:
    """Points on two interleaved half circles of radius 1: two separate curved modes.

    Upper moon (cos t, sin t), lower moon (1 - cos t, 1/2 - sin t), t in [0, pi]: scikit-learn's make_moons.

    Args:
        noise: standard deviation along each axis, in data units.
        num_samples: how many points; at least 2, one per moon.
        seed: of the points themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.
    """

    def __init__(
        self,
        *,
        noise: Annotated[float, Ge(0)] = 0.05,
        num_samples: Annotated[int, Ge(2)] = 50000,
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
        """Points in the plane, class 0 the upper moon and 1 the lower."""
        return SampleSpec((2,), value_range=None, num_classes=2)

    def prepare(self) -> None:
        """Nothing to do: the points are computed."""

    def load(self) -> Split:
        """Draw the points."""
        from sklearn.datasets import make_moons  # here: importing it takes a second, a check needs only the spec

        points, labels = make_moons(self._num_samples, noise=self._noise, random_state=self._seed)
        return set_apart(
            Table(torch.from_numpy(points).float(), torch.from_numpy(labels).long()), self._holdout, self._limit
        )
