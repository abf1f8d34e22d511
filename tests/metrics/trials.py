"""Real sides and trials from plain tensors, for the tests of metrics."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_cli.game import Batch, Players
from gan_cli.metrics.base import MetricInputs, Mixture, Reference
from gan_cli.spec import SampleSpec


class Eyes:
    """A judge whose features are the samples themselves, and whose classes are the largest feature."""

    digest = "eyes"
    accuracy = 1.0

    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        features = samples.flatten(1).double()
        return features, features.softmax(dim=1)


def trial(
    fake: Tensor,
    real: Tensor,
    *,
    train: Tensor | None = None,
    holdout: Tensor | None = None,
    mixture: Mixture | None = None,
    players: Players | None = None,
    **parts: Any,
) -> MetricInputs:
    """Fakes (N, F) against real points (M, F)."""
    spec = SampleSpec(tuple(real.shape[1:]), value_range=None if real.dim() == 2 else (-1.0, 1.0))
    labels = parts.get("labels", (None, None))
    held = None if holdout is None else Batch(holdout, labels[1])
    known = Batch(real if train is None else train, labels[0])
    reference = Reference(
        spec, Batch(real), held, lambda: Batch(real.flip(0)), lambda: known, mixture, parts.get("class_counts"),
        refuse_classifier=parts.get("refuse_classifier", lambda: None), open_classifier=Eyes,
    )  # fmt: skip
    return MetricInputs(reference, Batch(fake), players)


def normal(count: int, width: int, seed: int, *, mean: float = 0.0, scale: float = 1.0) -> Tensor:
    """Points of a round Gaussian."""
    return mean + scale * torch.randn(count, width, generator=torch.Generator().manual_seed(seed))
