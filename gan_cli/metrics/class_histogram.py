"""Which classes the samples fall into, as the data set's own classifier names them."""

from __future__ import annotations

import torch

from gan_cli.metrics.base import JudgedMetric, Trial
from gan_cli.metrics.modes import divergence


class ClassHistogram(JudgedMetric):
    """`class_kl`: KL(fake || real) in nats between the histograms of classes; `classes`: how many occur at all.

    `confidence` is the classifier's mean probability for the class it names. The real histogram is the classifier's own
    of the real samples, one count added to each class so that it is nowhere 0. Both depend on how many samples are
    drawn. With data=stacked_mnist `classes` counts the modes of 1,000 (Metz et al. 2017, arXiv:1611.02163: 25,600
    samples, reverse KL).
    """

    results = {"class_kl": "low", "classes": "high", "confidence": "real"}

    def measure(self, trial: Trial) -> dict[str, float]:
        """All three."""
        named, real = (seen[1].argmax(dim=1) for seen in (trial.seen, trial.reference.seen))
        count = trial.seen[1].shape[1]
        histogram, truth = (torch.bincount(classes, minlength=count) for classes in (named, real))
        return {
            "class_kl": divergence(histogram, truth + 1),
            "classes": float((histogram > 0).sum()),
            "confidence": trial.seen[1].amax(dim=1).mean().item(),
        }
