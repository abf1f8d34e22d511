"""How useful an encoder's features are for classification, beside those of an untrained one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn

from gan_cli.game import evaluating
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.metrics.probe import accuracies, even_rows, lacks_classes

_BATCH = 256


class EncoderProbe(Metric):
    """`encoder_probe`: accuracy of a linear classifier on the encoder's last hidden layer; `encoder_knn`: of 1-NN.

    `untrained_probe` and `untrained_knn` are those of the same layers with new random weights. Random features are good
    already (96.8 % of MNIST by 1-NN in the published log of BiGAN), so a high accuracy alone proves nothing. All learn
    from the same labelled training samples, equally many per class, and are tested on held-out ones, on standardised
    features. Donahue et al. (2017), arXiv:1605.09782, section 4.1, use all 60,000 images of MNIST.

    Args:
        labels: number of labelled training samples, over all classes.
        most: largest number of held-out samples to test on.
    """

    results = {"encoder_probe": "high", "encoder_knn": "high", "untrained_probe": "none", "untrained_knn": "none"}
    has_floor = False

    def __init__(self, *, labels: Annotated[int, Ge(2)] = 5000, most: Annotated[int, Ge(10)] = 2000) -> None:
        self._labels = labels
        self._most = most

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs an encoder, labels and held-out samples."""
        if inputs.players is None or inputs.players.encoder is None:
            return "needs a run with an encoder, such as model=bigan"
        return lacks_classes(inputs.reference)

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        train, holdout, players = inputs.reference.train, inputs.reference.holdout, inputs.players
        assert players is not None and players.encoder is not None
        assert train.y is not None and holdout is not None and holdout.y is not None
        rows = even_rows(train.y, self._labels, 0)
        asked = holdout.take(slice(self._most))
        assert asked.y is not None
        found: dict[str, float] = {}
        for name, encoder in (("encoder", players.encoder), ("untrained", untrained(players.encoder))):
            known, questions = (_features(encoder, samples) for samples in (train.x[rows], asked.x))
            linear, near = accuracies(known.numpy(), train.y[rows].numpy(), questions.numpy(), asked.y.numpy())
            found |= {f"{name}_probe": linear, f"{name}_knn": near}
        return found


def untrained(network: nn.Module) -> nn.Module:
    """Return a copy with new random weights, the same at every call; the global random state stays as it is."""
    fresh = copy.deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for layer in fresh.modules():
            reset: Callable[[], None] | None = getattr(layer, "reset_parameters", None)
            if reset is not None:
                reset()
    return fresh


def _features(encoder: nn.Module, samples: Tensor) -> Tensor:
    """Samples (N, *shape) -> features of the last hidden layer (N, F), float32 on the CPU."""
    features: Callable[[Tensor], Tensor] = encoder.features  # type: ignore[assignment]
    device = next(encoder.parameters()).device
    with evaluating(encoder):
        return torch.cat([features(part.to(device)).float().cpu() for part in torch.split(samples, _BATCH)])
