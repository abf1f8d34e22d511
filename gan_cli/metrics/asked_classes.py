"""What metrics of generators that are told the class have in common."""

from __future__ import annotations

from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs


class AskedClassesMetric(FeatureMetric):
    """A metric of fakes whose class was asked for."""

    def lacks(self, inputs: MetricInputs) -> str | None:
        """It needs fakes of known classes, beside what every metric of classes needs."""
        if inputs.fake.y is None:
            return "needs a generator that is told the class, such as with condition=concat"
        return super().lacks(inputs)


def classes_of(inputs: MetricInputs) -> tuple[Tensor, Tensor]:
    """Return the classes of the fakes (N,) and of the real samples (M,), on the CPU."""
    asked, real = inputs.fake.y, inputs.reference.real.y
    assert asked is not None and real is not None
    return asked.cpu(), real.cpu()


def by_class(fake: Tensor, asked: Tensor, real: Tensor, labels: Tensor, *, fewest: int) -> list[tuple[Tensor, Tensor]]:
    """Return the fakes and the real samples of each class that has at least `fewest` of both.

    Args:
        fake: vectors of fakes (N, F).
        asked: their classes (N,).
        real: vectors of real samples (M, F).
        labels: their classes (M,).
        fewest: smallest number of fakes, and of real samples, of a class that is returned.
    """
    pairs = [(fake[asked == label], real[labels == label]) for label in sorted(set(labels.tolist()))]
    return [(made, there) for made, there in pairs if min(len(made), len(there)) >= fewest]
