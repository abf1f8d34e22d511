"""What the classifier of a data set is taught, what it is asked afterwards, and whether its answers are knowledge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from gan_cli.data.base import Split, Table
from gan_cli.spec import SampleSpec

_KEPT_BACK = 0.1
"""Share of the training samples that it is asked about where none are held out."""
_CHANCE = 1e-3
"""How probable its score may be for somebody who always names the most frequent class."""


@dataclass(frozen=True)
class ClassifierData:
    """Labelled samples to teach with and to ask about.

    Attributes:
        known: what it learns from.
        asked: what it is asked about, which it has not seen.
        spec: of one sample.
        classes: how many there are.
    """

    known: Table
    asked: Table
    spec: SampleSpec
    classes: int

    @property
    def guessing(self) -> float:
        """Share of right answers of whoever always names the most frequent class."""
        assert self.asked.labels is not None
        counts = torch.bincount(self.asked.labels, minlength=self.classes)
        return counts.max().item() / max(1, len(self.asked))

    def beyond_chance(self, accuracy: float) -> bool:
        """Whether a share of right answers is clearly more than guessing gives: by an exact binomial test."""
        from scipy.special import bdtrc  # here: only labelled data need it

        count, base = len(self.asked), self.guessing
        if count == 0 or base >= 1.0:
            return False
        right = round(accuracy * count)
        return right > base * count and float(bdtrc(right - 1, count, base)) < _CHANCE


def classifier_data_of(split: Split, spec: SampleSpec, *, stacked: bool = False) -> ClassifierData | str:
    """The lessons of a data set, or in a few words why no classifier can be had.

    Args:
        split: where nothing is held out, a tenth of the training samples is kept back to be asked about.
        spec: of its samples.
        stacked: whether each channel is a sample of its own; then a single channel's samples and classes are learnt.
    """
    train, holdout = split.train, split.holdout
    if not spec.traits.positions or not spec.num_classes:
        return "needs images with labels"
    if not isinstance(train, Table) or train.labels is None:
        return "needs images with labels that fit in memory"
    known, asked = (train, holdout) if isinstance(holdout, Table) and len(holdout) else _parted(train)
    found = ClassifierData(known, asked, spec, spec.num_classes)
    if stacked:
        classes = round(spec.num_classes ** (1 / spec.channels))
        known, asked = (_singles(table, spec.channels, classes) for table in (known, asked))
        found = ClassifierData(known, asked, replace(spec, shape=(1, *spec.spatial)), classes)
    if found.classes < 2:
        return "needs two classes at least"
    if not found.beyond_chance(1.0):
        return f"needs more labelled images: {len(found.asked)} held out cannot show that a classifier knows anything"
    return found


def _parted(table: Table) -> tuple[Table, Table]:
    rows = torch.from_numpy(np.random.RandomState(4).permutation(len(table)))
    count = round(_KEPT_BACK * len(table))
    return table.take(rows[count:]), table.take(rows[:count])


def _singles(table: Table, channels: int, classes: int) -> Table:
    """Stacks taken apart: their channels as samples of one channel, with the digit of the label for each."""
    assert table.labels is not None
    digits = [table.labels // classes ** (channels - 1 - place) % classes for place in range(channels)]
    return Table(table.samples.flatten(0, 1).unsqueeze(1), torch.stack(digits, dim=1).flatten())
