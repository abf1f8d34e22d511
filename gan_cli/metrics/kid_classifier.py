"""Kernel distance in the features of the data set's own classifier."""

from __future__ import annotations

from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs, equal_sized
from gan_cli.metrics.mmd import discrepancy


class KIDClassifier(FeatureMetric):
    """`kid_classifier`: unbiased MMD^2 with the kernel (x.y / F + 1)^3 of classifier features; about 0 when equal.

    Binkowski et al. (2018), "Demystifying MMD GANs", arXiv:1801.01401, on another network than Inception. Unlike
    Frechet distances it has no bias at small N, and it can be negative. `kid_classifier_error` is its standard error.
    """

    results = {"kid_classifier": "low"}
    fewest = 20

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        value, error = kid(*equal_sized(inputs.classifier_outputs[0], inputs.reference.classifier_outputs[0]))
        return {"kid_classifier": value, "kid_classifier_error": error}


def kid(fake: Tensor, real: Tensor) -> tuple[float, float]:
    """Features (N, F) of fakes, (N, F) of real samples -> the unbiased estimate and its standard error."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1.0) ** 3

    return discrepancy(kernel(fake, fake), kernel(real, real), kernel(fake, real))
