"""Data sets whose training samples lack half of the classes that the held-out ones have, for `causes.py`."""

from __future__ import annotations

from dataclasses import replace

from gan_cli.data.base import Split, Table
from gan_cli.data.digits import Digits
from gan_cli.data.mnist import MNIST
from gan_cli.data.ring import Ring
from gan_cli.data.select import class_rows


def _halved(split: Split, classes: int) -> Split:
    train = split.train
    assert isinstance(train, Table) and train.labels is not None
    rows, _ = class_rows(train.labels, range(classes // 2))
    return replace(split, train=Table(train.samples[rows], train.labels[rows]))


class HalfOfDigits(Digits):
    """Digits that are trained without 5 to 9."""

    def load(self) -> Split:
        """Return the split without half of the training classes."""
        return _halved(super().load(), 10)


class HalfOfMNIST(MNIST):
    """MNIST that is trained without 5 to 9."""

    def load(self) -> Split:
        """Return the split without half of the training classes."""
        return _halved(super().load(), 10)


class HalfOfRing(Ring):
    """A ring that is trained with one half of its modes."""

    def load(self) -> Split:
        """Return the split without half of the training modes."""
        return _halved(super().load(), len(self.centres))
