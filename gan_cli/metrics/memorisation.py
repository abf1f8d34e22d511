"""Memorisation: whether the samples are copies of training images."""

from __future__ import annotations

from gan_cli.metrics.base import Metric, MetricInputs, nearest


class Memorisation(Metric):
    """`nearest_train`: mean distance from fakes to their nearest training sample, over that of held-out samples.

    Distances are measured in data space. The ratio is 1 if fakes are as close to the training set as unseen data, near
    0 if they are copies, and above 1 if they are far from the data. `copies` is the share of fakes that are closer to a
    training sample than 99 % of the held-out samples are; 0.01 is expected by chance. The idea is from Meehan et al.
    (2020), "A non-parametric test to detect data-copying", arXiv:2004.05675.
    """

    results = {"nearest_train": "real", "copies": "low"}
    fewest = 20
    has_floor = False

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs held-out samples to compare with."""
        held = inputs.reference.holdout
        return "needs 20 held-out samples; give data.holdout" if held is None or len(held) < self.fewest else None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        reference = inputs.reference
        assert reference.holdout is not None
        known = reference.train.x
        fake, unseen = (nearest(samples.x, known)[0] for samples in (inputs.fake, reference.holdout))
        return {
            "nearest_train": (fake.mean() / unseen.mean().clamp_min(1e-12)).item(),
            "copies": (fake < unseen.quantile(0.01)).float().mean().item(),
        }
