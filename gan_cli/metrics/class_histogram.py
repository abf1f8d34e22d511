"""Histogram of the classes that the data set's own classifier assigns to the samples."""

from __future__ import annotations

import torch

from gan_cli.metrics.base import FeatureMetric, MetricInputs
from gan_cli.metrics.modes import divergence


class ClassHistogram(FeatureMetric):
    """`class_kl`: KL(fake || real) in nats between the class histograms; `classes`: number of classes that occur.

    `confidence` is the classifier's mean probability of its most probable class. The real histogram is that of all
    training labels. `class_kl` and `classes` depend on the number of samples. With data=stacked_mnist, `classes` is the
    number of modes found, of 1,000 (Metz et al. 2017, arXiv:1611.02163: 25,600 samples, reverse KL).
    """

    results = {"class_kl": "low", "classes": "high", "confidence": "real"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        assert inputs.reference.class_counts is not None
        shares = inputs.classifier_outputs[1]
        histogram = torch.bincount(shares.argmax(dim=1), minlength=shares.shape[1])
        return {
            "class_kl": divergence(histogram, inputs.reference.class_counts),
            "classes": float((histogram > 0).sum()),
            "confidence": shares.amax(dim=1).mean().item(),
        }
