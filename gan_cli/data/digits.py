"""A small data set that needs no download: handwritten digits that come with scikit-learn."""

from __future__ import annotations

import numpy as np
import torch

from gan_cli.data.base import Split, Table
from gan_cli.data.scikit_learn import data_file
from gan_cli.data.select import Extent, Holdout, Limit, Selection, check_classes
from gan_cli.spec import SampleSpec

_NATIVE = SampleSpec((1, 8, 8), num_classes=10)


class Digits:
    """1,797 scans of handwritten digits, 8x8 gray, without a download. A GAN learns them in seconds.

    Alpaydin & Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI; as shipped by scikit-learn.

    Args:
        classes: digits to keep, such as [3, 8]; None keeps all ten.
        size: pixels per side after resizing, or [height, width]; None keeps 8.
        holdout: share in [0, 1) of the images that is held out of training, the same in every run; 0 holds none out.
        limit: number of the remaining images to train on, drawn at random, the same in every run; None uses all.
    """

    def __init__(
        self,
        *,
        classes: list[int] | None = None,
        size: Extent | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        check_classes(classes, 10)
        self._selection = Selection(classes, size, holdout, limit)

    @property
    def spec(self) -> SampleSpec:
        """The spec of the images: one gray channel, 8x8 unless resized."""
        return self._selection.spec(_NATIVE)

    def prepare(self) -> None:
        """Do nothing: the scans are part of scikit-learn."""

    def load(self) -> Split:
        """Read the scans, and scale their 17 gray levels 0..16 to 0..255."""
        rows = np.loadtxt(data_file("data", "digits.csv.gz"), delimiter=",")  # a row has 64 levels and the digit
        scans = torch.from_numpy(rows)
        pixels = scans[:, :-1].reshape(-1, 1, 8, 8).mul(255 / 16).round().to(torch.uint8)
        return self._selection.apply(Table(pixels, scans[:, -1].long()))
