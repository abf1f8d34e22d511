"""A discriminator that sees several samples side by side, so that it notices when they are too much alike."""

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
    """PacGAN: the discriminator judges packs of m samples, all real or all generated, stacked along the channels.

    D(x_1, ..., x_m): two distributions of packs differ more where one of them lacks modes.
    Lin et al. (2018), arXiv:1712.04086.

    A batch of N gives N / m logits, so the discriminator's batch is m times smaller; the paper keeps it by feeding m
    times as many samples, here with `trainer.batch_size`.

    Args:
        samples: how many make a pack, 2 to 8 (alias m); the paper's are 2 to 4.
    """

    def __init__(self, *, samples: Annotated[int, Ge(2), Le(8)] = 2) -> None:
        self.samples = samples

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator for m times the channels, and put the packs together in front of it."""
        packed = replace(spec, shape=(spec.channels * self.samples, *spec.spatial))
        return Packed(build(packed), self.samples)


class Packed(nn.Module):
    """A discriminator of packs that is handed single samples.

    In training N samples make N / m packs. In evaluation mode every sample opens a pack with the m - 1 that follow it,
    around the end of the batch: N logits, of packs such as those it learnt from. On the grid of a picture those are the
    points beside it, which shifts the picture by a part of a cell; a sample alone is packed with copies of itself.

    Args:
        network: packs (N, m * channels, *spatial) -> logits (N,).
        samples: m, in a pack.
    """

    def __init__(self, network: nn.Module, samples: int) -> None:
        super().__init__()
        self.network = network
        self.samples = samples
        if hasattr(network, "features"):
            self.features = self._features

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *shape) -> logits (N / m,) in training, (N,) in evaluation mode.

        Raises:
            SettingError: N is not a multiple of m, in training.
        """
        logits: Tensor = self.network(self._pack(samples))
        return logits

    def _features(self, samples: Tensor) -> Tensor:
        """Samples (N, *shape) -> features (N / m, F) of the packs in training, (N, F) in evaluation mode."""
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
