"""A discriminator that sees several samples together, so that it notices when they are too similar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec


class Packing(Technique):
    """PacGAN: the discriminator classifies packs of m samples, all real or all fake, stacked along the channels.

    D(x_1, ..., x_m): two distributions of packs differ more if one of them lacks modes.
    Lin et al. (2018), arXiv:1712.04086.

    A batch of N gives N / m logits, so the discriminator's batch is m times smaller. The paper keeps its size by using
    m times as many samples; here you can raise `trainer.batch_size`.

    Args:
        samples: number of samples in a pack, 2 to 8 (alias m); 2 to 4 in the paper.
    """

    def __init__(self, *, samples: Annotated[int, Ge(2), Le(8)] = 2) -> None:
        self.samples = samples

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator for m times the channels, behind a module that builds the packs."""
        packed = replace(spec, shape=(spec.channels * self.samples, *spec.spatial))
        return Packed(build(packed), self.samples)


class Packed(nn.Module):
    """A discriminator of packs that takes single samples as input.

    In training N samples make N / m packs. In evaluation mode every sample starts a pack with the m - 1 samples that
    follow it; after the last sample comes the first one. This gives N logits, for packs like those in training. On the
    grid of a picture the following samples are the points beside it, which shifts the picture by a part of a cell. A
    single sample is packed with copies of itself.

    Args:
        network: the discriminator of packs, (N, m * channels, *spatial) -> logits (N,).
        samples: m, the number of samples in a pack.
    """

    packs = True
    """Marks a discriminator that sees several samples as one."""

    def __init__(self, network: nn.Module, samples: int) -> None:
        super().__init__()
        self.network = network
        self.samples = samples
        if hasattr(network, "features"):
            self.features = self._features

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *shape) -> logits (N / m,) in training or (N,) in evaluation mode.

        Raises:
            SettingError: N is not a multiple of m, in training.
        """
        logits: Tensor = self.network(self._pack(samples))
        return logits

    def _features(self, samples: Tensor) -> Tensor:
        """Samples (N, *shape) -> features (N / m, F) of the packs in training or (N, F) in evaluation mode."""
        features: Tensor = self.network.features(self._pack(samples))  # type: ignore[operator]
        return features

    def _pack(self, samples: Tensor) -> Tensor:
        if not self.training:
            return torch.cat([samples.roll(-place, dims=0) for place in range(self.samples)], dim=1)
        count, channels, *spatial = samples.shape
        if count % self.samples:
            remedy = f"must be a multiple of {self.samples}, because balance.packing.samples={self.samples}"
            raise SettingError("/trainer.batch_size", count, remedy)
        return samples.reshape(count // self.samples, channels * self.samples, *spatial)
