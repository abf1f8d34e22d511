"""Whether a generator that is told the class makes that class, and how varied each class is."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs

_FEWEST = 4


class LabelAccuracy(FeatureMetric):
    """`label_accuracy`: share of samples that the data set's own classifier assigns to the class that was asked for.

    `spread_in_class`: root of the total variance within classes, in the view, fake over real; 1 if each class is as
    varied as in the data. An auxiliary classifier rewards samples that are easy to name, and so narrow classes with a
    high accuracy: look at both. Classes with fewer than 4 real samples or fakes are left out of the spread.
    """

    results = {"label_accuracy": "high", "spread_in_class": "real"}

    def lacks(self, inputs: MetricInputs) -> str | None:
        """It needs a generator that is told the class, beside what every metric of classes needs."""
        if inputs.fake.y is None:
            return "needs a generator that is told the class, such as with condition=concat"
        return super().lacks(inputs)

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        asked, real = inputs.fake.y, inputs.reference.real.y
        assert asked is not None and real is not None
        found, asked = inputs.classifier_outputs[1].argmax(dim=1).cpu(), asked.cpu()
        fakes, others = inputs.perceived.cpu(), inputs.reference.perceived.cpu()
        return {
            "label_accuracy": (found == asked).double().mean().item(),
            "spread_in_class": spread_in_class(fakes, asked, others, real),
        }


def spread_in_class(fake: Tensor, asked: Tensor, real: Tensor, labels: Tensor) -> float:
    """Return sqrt(sum of fake variances / sum of real ones), over classes of which there are enough samples.

    Args:
        fake: vectors of fakes (N, F).
        asked: their classes (N,).
        real: vectors of real samples (M, F).
        labels: their classes (M,).
    """
    of_fakes, of_real = [], []
    for label in sorted(set(labels.tolist())):
        made, there = fake[asked == label], real[labels == label]
        if min(len(made), len(there)) >= _FEWEST:
            of_fakes.append(made.double().var(dim=0).sum())
            of_real.append(there.double().var(dim=0).sum())
    if not of_real:
        return float("nan")
    return (torch.stack(of_fakes).sum() / torch.stack(of_real).sum()).sqrt().item()
