"""Mixtures of equal round Gaussians in the plane: the draw that `ring` and `grid` share."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.data.base import Table


def draw_mixture(centres: Tensor, sigma: float, num_samples: int, seed: int) -> Table:
    """Points float32 (num_samples, 2) around centres (K, 2), each mode equally often; the label is the mode's row."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(num_samples) % len(centres)
    return Table(centres[labels] + sigma * torch.randn(num_samples, 2, generator=generator), labels)
