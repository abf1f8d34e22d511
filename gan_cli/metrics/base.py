"""The base classes of metrics, and their inputs: as many generated as real samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Protocol

import torch
from torch import Tensor

from gan_cli.distances import pairwise
from gan_cli.game import Batch, Players
from gan_cli.perception import perceive, raw
from gan_cli.spec import SampleSpec

ERROR = "_error"
"""End of a result's name that marks its standard error."""

Space = Literal["view", "raw"]
"""How samples become vectors: in their view (`perception.py`), or by their values."""

Better = Literal["low", "high", "real", "none"]
"""Which way a result improves: down, up, towards the result of real data, or not at all (only for comparison)."""


class FeatureNetwork(Protocol):
    """A classifier that was trained once on the real samples of a labelled data set."""

    @property
    def digest(self) -> str:
        """Hash of the weights: results are comparable only if their hashes are equal."""
        ...

    @property
    def accuracy(self) -> float:
        """Share of correctly classified samples among samples that it was not trained on."""
        ...

    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Samples (N, *shape) -> last hidden features (N, F) and class probabilities (N, K), float64, by batches."""
        ...


@dataclass(frozen=True)
class Mixture:
    """The modes of a data set that is a mixture of equal isotropic Gaussians.

    Attributes:
        centres: means of the Gaussians, float32 (K, F).
        sigma: standard deviation of every Gaussian along every axis.
    """

    centres: Tensor
    sigma: float


@dataclass(frozen=True)
class Reference:
    """The real samples of a comparison, shared by all metrics of a run.

    Samples are float32 in the spec's range, on the device. Labels, if there are any, stay on the CPU.

    Attributes:
        spec: kind of sample.
        real: the samples that generated ones are compared with.
        holdout: samples that no network trained on, or None.
        open_other: reads as many real samples that are not in `real`; their results are the floors.
        open_train: reads the training samples, or a large part of them.
        mixture: the modes of the data set, or None if they are not known.
        class_counts: how often each class occurs among all training samples, int64 (K,), or None if not known.
        refuse_classifier: returns in a few words why there can be no classifier; None if there may be one.
        open_classifier: trains or reads the classifier; returns a reason instead if it is no better than guessing.
        accuracy_learned_from: trains another such classifier on labelled samples, real or not, and returns the share of
            unseen real samples that it classifies correctly, in [0, 1].
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
    accuracy_learned_from: Callable[[Batch], float] = lambda samples: float("nan")

    @cached_property
    def other(self) -> Batch:
        """The samples for the floors, read on first use."""
        return self.open_other()

    @cached_property
    def train(self) -> Batch:
        """Training samples, read on first use."""
        return self.open_train()

    @cached_property
    def perceived(self) -> Tensor:
        """The real samples in their view, (N, F)."""
        return perceive(self.spec)(self.real.x)

    @cached_property
    def _perceived_train(self) -> Tensor:
        return perceive(self.spec)(self.train.x)

    def train_vectors(self, space: Space) -> Tensor:
        """Training samples as vectors (T, F)."""
        return self._perceived_train if space == "view" else raw(self.train.x)

    @cached_property
    def no_classifier(self) -> str | None:
        """Why there can be no classifier, found without training one; None if there may be one."""
        return self.refuse_classifier()

    @cached_property
    def _opened(self) -> FeatureNetwork | str:
        return self.no_classifier or self.open_classifier()

    @property
    def classifier_refusal(self) -> str | None:
        """Why the classifier cannot be used; None if it can. Trains the classifier to find out."""
        return self._opened if isinstance(self._opened, str) else None

    @property
    def classifier(self) -> FeatureNetwork:
        """The classifier, trained on first use; `classifier_refusal` must be None."""
        assert not isinstance(self._opened, str), self._opened
        return self._opened

    @cached_property
    def classifier_outputs(self) -> tuple[Tensor, Tensor]:
        """Features (N, F) and class probabilities (N, K) that the classifier computes for the real samples."""
        return self.classifier.features_and_probabilities(self.real.x)


@dataclass(frozen=True)
class MetricInputs:
    """The inputs of a metric.

    Attributes:
        reference: the real samples.
        fake: generated samples on the same device, float32 in the spec's range.
        players: the networks of the run, or None; metrics must not change them.
    """

    reference: Reference
    fake: Batch
    players: Players | None = None

    @cached_property
    def classifier_outputs(self) -> tuple[Tensor, Tensor]:
        """Features (N, F) and class probabilities (N, K) that the classifier computes for the fakes."""
        return self.reference.classifier.features_and_probabilities(self.fake.x)

    @cached_property
    def perceived(self) -> Tensor:
        """The fakes in their view, (N, F)."""
        return perceive(self.reference.spec)(self.fake.x)

    def vectors(self, space: Space) -> tuple[Tensor, Tensor]:
        """Fakes (N, F) and real samples (M, F) as vectors."""
        if space == "view":
            return self.perceived, self.reference.perceived
        return raw(self.fake.x), raw(self.reference.real.x)


class Metric:
    """A metric of sample quality. It draws random numbers from its own seeds, so it does not affect the training.

    Attributes:
        results: names of all results that it may have and which way each improves; runs are ranked by the first one.
        fewest: smallest number of real samples, and of fakes, for which the results are meaningful.
        by_default: whether `gan evaluate` measures it by default, if it applies.
        has_floor: whether the result of real samples in place of fakes is useful to know.
    """

    results: ClassVar[Mapping[str, Better]]
    fewest: ClassVar[int] = 20
    by_default: ClassVar[bool] = True
    has_floor: ClassVar[bool] = True

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Return in a few words why the metric does not apply, such as "needs data with labels"; None if it applies."""
        return None

    def results_for(self, inputs: MetricInputs) -> Mapping[str, Better]:
        """Return those of `results` that it has for these samples; it must apply to them."""
        return self.results

    def needs_classifier(self, inputs: MetricInputs) -> bool:
        """Whether it uses the features or classes of the data set's classifier."""
        return False

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """Return the results of `results_for` by name; `<name>_error` is the standard error of a result."""
        raise NotImplementedError


class FeatureMetric(Metric):
    """A metric that uses the features or classes of the data set's classifier."""

    def needs_classifier(self, inputs: MetricInputs) -> bool:
        return True

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Only data with labels have a classifier. Whether it is good enough is known only after its training."""
        return inputs.reference.no_classifier


def equal_sized(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first n samples of both sets, n being the smaller size; the order of both sets is random."""
    count = min(len(first), len(second))
    return first[:count], second[:count]


def nearest(from_: Tensor, to: Tensor, *, block: int = 512) -> tuple[Tensor, Tensor]:
    """Samples (N, *shape), (M, *shape) -> distance (N,), index (N,) of the nearest neighbour in `to`, by blocks."""
    flat = to.flatten(1)
    found = [pairwise(part, flat).min(dim=1) for part in torch.split(from_.flatten(1), block)]
    return torch.cat([one.values for one in found]), torch.cat([one.indices for one in found])
