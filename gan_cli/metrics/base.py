"""What a metric is, and what it is shown: samples of a run beside real ones, at equal numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor

from gan_cli.game import Batch, Players
from gan_cli.spec import SampleSpec

_FLAT = 16

Better = Literal["low", "high", "real", "none"]
"""Which way a result improves: down, up, towards what real data score, or not at all: it is there to compare with."""


class FeatureNetwork(Protocol):
    """A classifier that was trained once on the real data of a labelled set."""

    @property
    def digest(self) -> str:
        """Hash of its weights: figures compare only between equal ones."""
        ...

    @property
    def accuracy(self) -> float:
        """Share of samples that it did not learn from that it names rightly."""
        ...

    def look(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Samples (N, *shape) -> last hidden features (N, F) and class probabilities (N, K), float64, in batches."""
        ...


@dataclass(frozen=True)
class Mixture:
    """Where a data set of equal round Gaussians has its modes.

    Attributes:
        centres: float32 (K, F).
        sigma: standard deviation of each along each axis.
    """

    centres: Tensor
    sigma: float


@dataclass(frozen=True)
class Reference:
    """The real side of a comparison, shared by all that is measured of a run.

    Samples are float32 in the spec's range, on the device; labels, where there are any, stay on the CPU.

    Attributes:
        spec: kind of sample.
        real: what samples are compared with.
        holdout: samples that no network trained on, or None.
        open_other: reads as many real samples that are not in `real`: what they score is the floor.
        open_train: reads the training samples, many.
        mixture: the modes, where the data set is made of some.
        class_counts: how often each class occurs among all training samples, int64 (K,), where they have labels.
        refuse_classifier: says in a few words why there can be no classifier; None where there may be one.
        open_classifier: trains the classifier, or reads it; gives a reason instead where it knows nothing.
    """

    spec: SampleSpec
    real: Batch
    holdout: Batch | None
    open_other: Callable[[], Batch]
    open_train: Callable[[], Batch]
    mixture: Mixture | None = None
    class_counts: Tensor | None = None
    refuse_classifier: Callable[[], str | None] = lambda: "needs images with labels"
    open_classifier: Callable[[], FeatureNetwork | str] = lambda: "needs images with labels"

    @cached_property
    def other(self) -> Batch:
        """The floor's samples, read when they are first asked for."""
        return self.open_other()

    @cached_property
    def train(self) -> Batch:
        """Training samples, read when they are first asked for."""
        return self.open_train()

    @cached_property
    def no_classifier(self) -> str | None:
        """Why there can be no classifier, without training one; None where there may be one."""
        return self.refuse_classifier()

    @cached_property
    def _opened(self) -> FeatureNetwork | str:
        return self.no_classifier or self.open_classifier()

    @property
    def classifier_refusal(self) -> str | None:
        """Why no classifier judges; it is trained to know. None where one does."""
        return self._opened if isinstance(self._opened, str) else None

    @property
    def classifier(self) -> FeatureNetwork:
        """The classifier, trained when it is first asked for; there must be one."""
        assert not isinstance(self._opened, str), self._opened
        return self._opened

    @cached_property
    def seen(self) -> tuple[Tensor, Tensor]:
        """Features (N, F) and class probabilities (N, K) of the real samples, as the classifier sees them."""
        return self.classifier.look(self.real.x)


@dataclass(frozen=True)
class MetricInputs:
    """What a metric is shown.

    Attributes:
        reference: the real side.
        fake: samples on the same device, float32 in the spec's range.
        players: the networks that made them, where they are at hand; metrics leave them as they found them.
    """

    reference: Reference
    fake: Batch
    players: Players | None = None

    @cached_property
    def seen(self) -> tuple[Tensor, Tensor]:
        """Features (N, F) and class probabilities (N, K) of the fakes, as the classifier sees them."""
        return self.reference.classifier.look(self.fake.x)

    @property
    def views(self) -> tuple[Tensor, Tensor]:
        """Fakes (N, F) and real samples (M, F) as vectors whose distances mean something."""
        view = self.reference.spec.traits.view
        return view(self.fake.x), view(self.reference.real.x)


class Metric:
    """One way to put quality in numbers. Draws its random numbers from seeds of its own, so it changes nothing.

    Attributes:
        results: the names of what it measures, the first being the one to rank runs by, and which way each improves.
        fewest: real samples and fakes below which its figures mean nothing.
        by_default: whether `gan evaluate` takes it unasked, where it has a meaning.
        has_floor: whether real samples in the place of fakes score something worth knowing.
    """

    results: ClassVar[Mapping[str, Better]]
    fewest: ClassVar[int] = 20
    by_default: ClassVar[bool] = True
    has_floor: ClassVar[bool] = True

    def lacks(self, inputs: MetricInputs) -> str | None:
        """In a few words why it has no meaning here, such as "the data have no labels"; None where it has one."""
        return None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """All its results by name; `<name>_error` is a standard error."""
        raise NotImplementedError


class FeatureMetric(Metric):
    """A metric in the eyes of the classifier."""

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Only data with labels have a classifier; whether it is any good shows when it is trained."""
        return inputs.reference.no_classifier


def alike(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Both sets at the smaller of their sizes: their first samples, for the order of either is random."""
    count = min(len(first), len(second))
    return first[:count], second[:count]


def nearest(from_: Tensor, to: Tensor, *, block: int = 512) -> tuple[Tensor, Tensor]:
    """Distance (N,) and index (N,) of each sample's nearest neighbour in another set, in blocks that fit in memory."""
    flat = to.flatten(1)
    # products of matrices are fast, but too coarse for the small distances between points
    exact = "donot_use_mm_for_euclid_dist" if flat.shape[1] <= _FLAT else "use_mm_for_euclid_dist"
    found = [torch.cdist(part, flat, compute_mode=exact).min(dim=1) for part in torch.split(from_.flatten(1), block)]
    return torch.cat([one.values for one in found]), torch.cat([one.indices for one in found])
