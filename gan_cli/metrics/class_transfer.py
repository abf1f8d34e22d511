"""Whether a classifier that has learned from generated samples alone knows the classes of real ones."""

from __future__ import annotations

from gan_cli.metrics.asked_classes import AskedClassesMetric
from gan_cli.metrics.base import MetricInputs


class ClassTransfer(AskedClassesMetric):
    """`class_transfer`: accuracy on real samples of a classifier that was trained on fakes and their classes alone.

    It is low if fakes are of a wrong class, look unlike the data, or leave out a part of a class, so it sees what
    `label_accuracy`, its reverse, does not. Its floor is the accuracy after training on as many real samples. The
    network and its training are those of the data set's own classifier. Ravuri and Vinyals (2019), arXiv:1905.10887,
    "classification accuracy score"; Shmelkov et al. (2018), arXiv:1807.09499, "GAN-train".

    A training takes from seconds to a minute or two, so it is measured only if it is asked for.
    """

    results = {"class_transfer": "high"}
    fewest = 100
    by_default = False

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Besides what every metric of asked classes needs: samples to test on that are in no training, held out."""
        if inputs.reference.holdout is None:
            return "needs held-out samples to test on; give data.holdout"
        return super().lacks(inputs)

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return {"class_transfer": inputs.reference.accuracy_learned_from(inputs.fake)}
