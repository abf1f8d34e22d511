"""Discriminators that are told the class of a sample, or name it, around any discriminator that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_cli.last_layer import resting
from gan_cli.networks.initialise import is_constrained
from gan_cli.networks.second_input import AddingHead, SecondInput
from gan_cli.networks.slot import Slot
from gan_cli.spec import SampleSpec


class ConcatDiscriminator(nn.Module):
    """Sees a constant channel for each class beside a sample: 1 for its class, 0 for the others.

    Mirza & Osindero (2014), arXiv:1411.1784, with the label as maps, as usual for convolutions. Points get one more
    number for each class.

    Args:
        build: kind of sample -> the discriminator inside, for samples with K more channels.
        spec: kind of sample.
        num_classes: K, the number of classes.
    """

    told_classes = True
    """Marks features that depend on the labels."""

    def __init__(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec, num_classes: int) -> None:
        super().__init__()
        self._num_classes = num_classes
        self.network = build(replace(spec, shape=(spec.channels + num_classes, *spec.spatial)))
        if hasattr(self.network, "features"):
            self.features = self._features

    def _features(self, samples: Tensor, labels: Tensor) -> Tensor:
        """Samples (N, *spec.shape), labels (N,) -> features (N, F), or (N / m, F) of packs of m samples."""
        features: Tensor = self.network.features(self._with_labels(samples, labels))  # type: ignore[operator]
        return features

    def forward(self, samples: Tensor, labels: Tensor) -> Tensor:
        """Samples (N, *spec.shape), labels (N,) -> logits (N,), or (N / m,) of packs of m samples."""
        logits: Tensor = self.network(self._with_labels(samples, labels))
        return logits

    def _with_labels(self, samples: Tensor, labels: Tensor) -> Tensor:
        # not F.one_hot, which asks the device for the largest label
        planes = (labels[:, None] == torch.arange(self._num_classes, device=labels.device)).to(samples.dtype)
        planes = planes.view(*planes.shape, *[1] * (samples.ndim - 2))
        return torch.cat([samples, planes.expand(-1, -1, *samples.shape[2:])], dim=1)


class ProjectionDiscriminator(SecondInput):
    """Adds the product of the last features with a learned vector of the class: logit = head(h) + <v_y, h>.

    Miyato & Koyama (2018), arXiv:1802.05637, eq. 4. Features keep their positions where the discriminator's last layer
    reads them so; the paper sums over positions first, as discriminator=resnet does.

    Args:
        network: the discriminator inside; its last layer must be named `head`.
        spec: kind of sample.
        num_classes: K, the number of classes.
    """

    def __init__(self, network: nn.Module, spec: SampleSpec, num_classes: int) -> None:
        super().__init__(
            network, spec, lambda layer, features, slot: ProjectionHead(layer, features, num_classes, slot)
        )


class ProjectionHead(AddingHead):
    """A last layer that adds <v_y, h>. It starts near 0, so that the game starts nearly without labels.

    Args:
        layer: the original last layer, features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
        features: number of values that it reads of each sample.
        num_classes: K, the number of classes.
        slot: has the labels while the network is called.
    """

    def __init__(self, layer: nn.Module, features: int, num_classes: int, slot: Slot) -> None:
        super().__init__(layer)
        self.classes = nn.Embedding(num_classes, features)
        nn.init.normal_(self.classes.weight, 0.0, 0.02)
        if is_constrained(layer):  # the paper constrains it with the rest
            spectral_norm(self.classes, n_power_iterations=1)
        self._slot = slot

    def added(self, features: Tensor) -> Tensor:
        """Features (N, F), flat -> <v_y, h> of each sample, (N,)."""
        agreement: Tensor = (self.classes(self._slot.lent) * features).sum(dim=1)
        return agreement


class AuxiliaryDiscriminator(nn.Module):
    """Is not told the class, but names it: a linear layer on the features gives a logit for each class.

    Odena et al. (2017), arXiv:1610.09585.

    Args:
        network: the discriminator inside; it must expose its features.
        spec: kind of sample.
        num_classes: K, the number of classes.
    """

    def __init__(self, network: nn.Module, spec: SampleSpec, num_classes: int) -> None:
        super().__init__()
        self.network = network
        with resting(network):
            size = network.features(torch.zeros(1, *spec.shape)).shape[1]  # type: ignore[operator]
        self.classes = nn.Linear(size, num_classes)

    def features(self, samples: Tensor, labels: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> features (N, F); the labels (N,) are not used."""
        features: Tensor = self.network.features(samples)  # type: ignore[operator]
        return features

    def named_class(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> a logit for each class (N, K)."""
        logits: Tensor = self.classes(self.network.features(samples))  # type: ignore[operator]
        return logits

    def forward(self, samples: Tensor, labels: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> logits (N,); the labels (N,) are not used."""
        logits: Tensor = self.network(samples)
        return logits
