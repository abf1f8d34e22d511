"""Gauges of a game with labels: whether the generator obeys them, and the balance within each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_cli.distances import PairDistances, mean_of_pairs

Values = dict[str, Tensor]

_MOST = 20
"""The most classes that have gauges of their own."""

_FEWEST = 4
"""Fewer fakes or real samples of a class say nothing about it."""

_TELLING = 0.1
"""Real samples whose neighbours agree with their labels less than this, beyond chance, cannot show that fakes do."""


@dataclass(frozen=True)
class OneClass:
    """The rows of one class.

    Attributes:
        name: its name or number, as part of a tag.
        fakes: rows of the fakes that were asked for it, int64 (n,).
        real: rows of its real samples, int64 (m,).
    """

    name: str
    fakes: Tensor
    real: Tensor


class ByClass:
    """Compares fakes with real samples class by class. Its rows are found once, so that no reading waits for them.

    Args:
        asked: the classes of the fakes, int64 (N,).
        labels: the classes of the real samples, int64 (M,).
        names: names of the classes in the order of their labels; None if they have only numbers.
        num_classes: K, the number of classes.
    """

    def __init__(self, asked: Tensor, labels: Tensor, names: Sequence[str] | None, num_classes: int) -> None:
        self._asked = asked
        self._labels = labels
        shares = [torch.bincount(each, minlength=num_classes) / len(each) for each in (asked, labels)]
        self._chance = (shares[0] * shares[1]).sum()
        self.classes: list[OneClass] = []
        for label in range(num_classes if num_classes <= _MOST else 0):
            fakes, real = ((each == label).nonzero().flatten() for each in (asked, labels))
            if min(len(fakes), len(real)) >= _FEWEST:
                name = str(label) if names is None else names[label].replace("/", "_")
                self.classes.append(OneClass(name, fakes, real))

    def agreement(self, pairs: PairDistances) -> Values:
        """Return how far the generator obeys labels, by tag, 0-d.

        A fake obeys if its nearest real sample has the class that was asked for; a real sample, if its nearest other
        one has its own class.

        - `balance/labels`: (a - c) / max(f - c, 0.1 (1 - c)), a and f the shares of fakes and real samples that obey, c
          what a would be by chance: 0 as by chance, 1 as the labels of real samples;
        - `balance/disobeyed`: the largest f - a within a class: near 0, or up to 1 if a class is never made.
        """
        chance = self._chance
        fakes = (self._labels[pairs.between.argmin(dim=1)] == self._asked).float()
        real = (self._labels[pairs.real.argmin(dim=1)] == self._labels).float()
        values = {
            "balance/labels": (fakes.mean() - chance) / torch.maximum(real.mean() - chance, _TELLING * (1.0 - chance))
        }
        if self.classes:
            lost = [real[one.real].mean() - fakes[one.fakes].mean() for one in self.classes]
            values["balance/disobeyed"] = torch.stack(lost).amax()
        return values

    def distances(self, pairs: PairDistances) -> Values:
        """Return `class_distance/<name>`, the energy distance within each class, and `balance/narrowest_class`.

        The distances are on the scale of `balance/distance`: relative to the mean distance among all real samples.
        `balance/narrowest_class` is the smallest ratio of the mean distances within a class, among fakes over among
        real samples: near 0 if a class is always the same sample.
        """
        within = {one.name: self._within(pairs, one) for one in self.classes}
        scale = mean_of_pairs(pairs.real)
        values = {f"class_distance/{name}": each.energy(scale) for name, each in within.items()}
        if within:
            ratios = [mean_of_pairs(each.fakes) / mean_of_pairs(each.real).clamp_min(1e-12) for each in within.values()]
            values["balance/narrowest_class"] = torch.stack(ratios).amin()
        return values

    def _within(self, pairs: PairDistances, one: OneClass) -> PairDistances:
        fakes, real = one.fakes, one.real
        return PairDistances(
            pairs.fakes[fakes[:, None], fakes], pairs.real[real[:, None], real], pairs.between[fakes[:, None], real]
        )

    def accuracies(self, on_fake: Tensor, on_real: Tensor, cut: float) -> Values:
        """Logits of fakes (N,) and of the real samples (M,) -> `class_accuracy/<name>`, D's accuracy in each class."""
        return {
            f"class_accuracy/{one.name}": (
                (on_fake[one.fakes] <= cut).float().mean() + (on_real[one.real] > cut).float().mean()
            )
            / 2.0
            for one in self.classes
        }
