"""Views of images that docs/studies/views.py compares with that of the program. None of them is trained."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def laplacian_pyramid(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> what each octave adds to the coarser one, with half the weight per octave, (N, F)."""
    parts = []
    weight = 1.0
    while min(images.shape[-2:]) > 4:
        coarse = F.avg_pool2d(images, 2)
        parts.append((images - F.interpolate(coarse, size=images.shape[-2:], mode="bilinear")).flatten(1) / weight)
        images, weight = coarse, weight * 2.0
    return torch.cat([*parts, images.flatten(1) / weight], dim=1)


def patch_statistics(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> means of 64 random features of their 5x5 patches, per octave, and a thumbnail, (N, F)."""
    random = torch.Generator().manual_seed(0)
    filters = _unit(torch.randn(64, images.shape[1], 5, 5, generator=random))
    phases = 2 * math.pi * torch.rand(64, generator=random)
    parts = [F.adaptive_avg_pool2d(images, 4).flatten(1)]
    while min(images.shape[-2:]) >= 5:
        parts.append(2.0 * F.conv2d(images, 2.0 * filters, phases).cos().mean(dim=(2, 3)))
        images = F.avg_pool2d(images, 2)
    return torch.cat(parts, dim=1)


def untrained_network(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> averages at 4x4 places after each layer of a random convolutional network, (N, F)."""
    random = torch.Generator().manual_seed(0)
    parts = [F.adaptive_avg_pool2d(images, 4).flatten(1)]
    while min(images.shape[-2:]) >= 4:
        filters = torch.randn(64, images.shape[1], 3, 3, generator=random)
        filters = _unit(filters - filters.mean(dim=(1, 2, 3), keepdim=True))
        biases = 0.1 * torch.randn(64, generator=random)
        images = math.sqrt(2) * F.relu(F.conv2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), filters, biases))
        parts.append(F.adaptive_avg_pool2d(images, 4).flatten(1) / 4.0)
        images = F.avg_pool2d(images, 2)
    return torch.cat(parts, dim=1)


def _unit(filters: Tensor) -> Tensor:
    return F.normalize(filters.flatten(1)).reshape(filters.shape)
