"""Whether a generator that is told the class makes that class, and how varied each class is."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.metrics.asked_classes import AskedClassesMetric, by_class, classes_of
from gan_cli.metrics.base import MetricInputs

_FEWEST = 4


class LabelAccuracy(AskedClassesMetric):
    """`label_accuracy`: share of samples that the data set's own classifier assigns to the class that was asked for.

    `spread_in_class`: root of the total variance within classes, in the view, fake over real; 1 if each class is as
    varied as in the data. An auxiliary classifier rewards samples that are easy to name, and so narrow classes with a
    high accuracy: look at both. Classes with fewer than 4 real samples or fakes are left out of the spread.
    """

    results = {"label_accuracy": "high", "spread_in_class": "real"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        asked, labels = classes_of(inputs)
        found = inputs.classifier_outputs[1].argmax(dim=1).cpu()
        fakes, others = inputs.perceived.cpu(), inputs.reference.perceived.cpu()
        return {
            "label_accuracy": (found == asked).double().mean().item(),
            "spread_in_class": spread_in_class(fakes, asked, others, labels),
        }


def spread_in_class(fake: Tensor, asked: Tensor, real: Tensor, labels: Tensor) -> float:
    """Return sqrt(sum of fake variances / sum of real ones), over classes of which there are enough samples.

    Args:
        fake: vectors of fakes (N, F).
        asked: their classes (N,).
        real: vectors of real samples (M, F).
        labels: their classes (M,).
    """
    pairs = by_class(fake, asked, real, labels, fewest=_FEWEST)
    if not pairs:
        return float("nan")
    of_fakes, of_real = (
        torch.stack([part.double().var(dim=0).sum() for part in side]) for side in zip(*pairs, strict=True)
    )
    return (of_fakes.sum() / of_real.sum()).sqrt().item()
