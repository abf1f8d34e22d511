"""Which classes the samples fall into, as the data set's own classifier names them."""

from __future__ import annotations

import torch

from gan_cli.metrics.base import JudgedMetric, Trial
from gan_cli.metrics.modes import divergence


class ClassHistogram(JudgedMetric):
    """`class_kl`: KL(fake || real) in nats between the histograms of classes; `classes`: how many occur at all.

    `confidence` is the classifier's mean probability for the class it names. The real histogram is that of all training
    labels. `class_kl` and `classes` depend on how many samples are drawn. With data=stacked_mnist `classes` counts the
    modes of 1,000 (Metz et al. 2017, arXiv:1611.02163: 25,600 samples, reverse KL).
    """

    results = {"class_kl": "low", "classes": "high", "confidence": "real"}

    def measure(self, trial: Trial) -> dict[str, float]:
        """All three."""
        assert trial.reference.class_counts is not None
        shares = trial.seen[1]
        histogram = torch.bincount(shares.argmax(dim=1), minlength=shares.shape[1])
        return {
            "class_kl": divergence(histogram, trial.reference.class_counts),
            "classes": float((histogram > 0).sum()),
            "confidence": shares.amax(dim=1).mean().item(),
        }
