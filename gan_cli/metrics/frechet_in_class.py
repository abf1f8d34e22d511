"""Frechet distance within classes: whether each class that is asked for is made as it is in the data."""

from __future__ import annotations

import math

from torch import Tensor

from gan_cli.metrics.asked_classes import AskedClassesMetric, by_class, classes_of
from gan_cli.metrics.base import MetricInputs
from gan_cli.metrics.frechet_classifier import frechet

_FEWEST = 16


class FrechetInClass(AskedClassesMetric):
    """`frechet_in_class`: mean over the classes of the Frechet distance between fakes and real samples of a class.

    The features are those of `frechet_classifier`, >= 0. Samples of a wrong class count against both classes, and so
    does a class that is narrower than in the data. The estimate is biased upwards, more so for the few samples of a
    class: compare it with its floor. Classes with fewer than 16 real samples or fakes are left out.
    Miyato and Koyama (2018), arXiv:1802.05637, section 4, "intra FID", on another network.
    """

    results = {"frechet_in_class": "low"}
    fewest = 128

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        asked, labels = classes_of(inputs)
        fakes, others = inputs.classifier_outputs[0].cpu(), inputs.reference.classifier_outputs[0].cpu()
        return {"frechet_in_class": frechet_in_class(fakes, asked, others, labels)}


def frechet_in_class(fake: Tensor, asked: Tensor, real: Tensor, labels: Tensor) -> float:
    """Return the mean over the classes of which there are enough samples; nan if there is none.

    Args:
        fake: features of fakes (N, F), float64.
        asked: their classes (N,).
        real: features of real samples (M, F), float64.
        labels: their classes (M,).
    """
    found = [frechet(made, there) for made, there in by_class(fake, asked, real, labels, fewest=_FEWEST)]
    return sum(found) / len(found) if found else math.nan
