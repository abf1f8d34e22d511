"""Stacked MNIST: images with a thousand modes, to count the modes that a generator finds."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, Lt

from gan_cli.data.base import Files, Split, Table
from gan_cli.data.mnist import MNIST
from gan_cli.data.select import Extent, Holdout, Limit
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

_CHANNELS = 3


class StackedMNIST:
    """Three random MNIST digits are the three channels of one image: 1,000 modes, all equally frequent.

    The digits (a, b, c) are class 100 a + 10 b + c. Metz et al. (2017), arXiv:1611.02163, draw the stacks during
    training, from all digits, and classify 25,600 generated ones. So do Lin et al. (2018), "PacGAN", arXiv:1712.04086,
    section 4.2, who also train on a fixed set of 128,000. The default of 50,000 takes 118 MB instead of 301 MB, and
    still has about 45 training stacks per mode. Training stacks contain no held-out digit.

    Args:
        root: folder that holds MNIST. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli.
        size: pixels per side after resizing, or [height, width]; None keeps 28.
        num_samples: number of stacks, including the held-out ones.
        seed: seed of the choice of digits; independent of the seed of the run.
        holdout: share in [0, 1) of the digits and of the stacks that is held out of training; 0 holds none out.
        limit: number of the remaining stacks to train on; None uses all.

    Attributes:
        stacked: whether the classifier of the metrics reads each channel as a sample of its own.

    Raises:
        SettingError: no stack would be left to train on.
    """

    stacked = True

    def __init__(
        self,
        *,
        root: str | None = None,
        size: Extent | None = None,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0), Lt(2**32)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        self._held = max(1, round(num_samples * holdout)) if holdout else 0
        if self._held >= num_samples:
            raise SettingError(
                "holdout", holdout, f"leaves none of {num_samples} stacks to train on; use a smaller share, or 0"
            )
        kept = num_samples - self._held
        self._kept = kept if limit is None else min(limit, kept)
        self._seed = seed
        self.digits = MNIST(root=root, size=size, holdout=holdout)

    @property
    def may_fetch(self) -> bool:
        """Whether missing files of MNIST are downloaded."""
        return self.digits.may_fetch

    @may_fetch.setter
    def may_fetch(self, may: bool) -> None:
        self.digits.may_fetch = may

    @property
    def spec(self) -> SampleSpec:
        """The spec: three channels, 28x28 unless resized, and one class for each triple of digits."""
        digit = self.digits.spec
        return SampleSpec((_CHANNELS, *digit.spatial), num_classes=(digit.num_classes or 0) ** _CHANNELS)

    def prepare(self) -> None:
        """Download MNIST if a file of it is missing.

        Raises:
            UserError: a file is missing and cannot be downloaded; the message says which files to put where.
        """
        self.digits.prepare()

    def load(self) -> Split:
        """Read MNIST. Make training stacks of its training digits, and held-out stacks of its held-out digits.

        Raises:
            UserError: the files are damaged, or missing and cannot be downloaded.
        """
        digits = self.digits.load()
        train = self._stacks(digits.train, self._kept, part=0)
        return Split(train, None if digits.holdout is None else self._stacks(digits.holdout, self._held, part=1))

    def _stacks(self, digits: Table | Files, count: int, *, part: int) -> Table:
        assert isinstance(digits, Table) and digits.labels is not None
        # RandomState's stream never changes, for a fixed type of integers. Each part has a stream of its own, so that
        # its first stacks stay the same when there are more of them.
        random = np.random.RandomState([self._seed, part])
        rows = torch.from_numpy(random.randint(len(digits), size=(count, _CHANNELS), dtype=np.int64))
        places = torch.tensor([100, 10, 1])
        return Table(digits.samples[:, 0][rows], (digits.labels[rows] * places).sum(dim=1))
