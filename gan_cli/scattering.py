"""Describes images by their edges: how strong those of each size and direction are, and where. Nothing is trained.

This is the first order of a scattering transform. Bruna & Mallat (2013), "Invariant scattering convolution networks",
arXiv:1203.1513, with the square root of Mallat's averages and, for colours, half the resolution in the differences.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

_DIRECTIONS = 4
_SIDE = 7
"""Pixels per side of a filter."""
_FREQUENCY = 1.9
"""Radians per pixel of a filter's waves. Each octave has half the resolution, so it sees edges twice as wide."""
_WIDTH = 1.3
"""Standard deviation of a filter's window, in pixels."""
_GRID = 4
"""Places per axis at which the strength of edges is averaged."""
_THUMBNAIL = 8
"""Places per axis at which the brightness is averaged."""
_THUMBNAIL_WEIGHT = 0.7
"""Weight of the brightness beside the strengths."""
_SMALLEST = 4
"""Fewest pixels per side of an octave."""
_FLOOR = 0.01
"""Added to a strength before its root is taken, so that noise of one of 256 levels counts for little."""
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114
"""Weights of the colours in the brightness, as in ITU-R BT.601."""
_BLOCK = 2**22
"""Values that are described at once, which bounds the memory."""


def scattering(images: Tensor) -> Tensor:
    """Describe images (N, C, H, W) in [-1, 1], at least one, by vectors (N, F), float32, computed in float32.

    A vector has a thumbnail of 8x8 pixels and, for each octave, the root of the mean strength of edges in 4 directions
    at 4x4 places. Of three channels, taken as red, green and blue, the brightness is described, and the two differences
    of colour at half the resolution. Other channels are described each by itself.
    """
    count = max(1, _BLOCK // images[0].numel())
    with torch.autocast(images.device.type, enabled=False):
        return torch.cat([_described(part.float()) for part in torch.split(images, count)])


def _described(images: Tensor) -> Tensor:
    if images.shape[1] != 3:
        return _edges(images)
    red, green, blue = images.chunk(3, dim=1)
    brightness = _RED * red + _GREEN * green + _BLUE * blue
    colour = torch.cat([blue - brightness, red - brightness], dim=1) / 2.0
    return torch.cat([_edges(brightness), _edges(_halved(colour))], dim=1)


def _edges(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> a thumbnail and the strengths of all octaves, (N, F)."""
    found = [_THUMBNAIL_WEIGHT * _averaged(images, _THUMBNAIL)]
    while min(images.shape[-2:]) >= _SMALLEST:
        found.append((_averaged(_strength(images), _GRID) + _FLOOR).sqrt())
        images = _halved(images)
    return torch.cat(found, dim=1)


def _strength(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> strength of edges (N, C * directions, H, W): the modulus of complex waves."""
    filters = _filters(images.device)
    pad = _SIDE // 2
    single = F.pad(images.flatten(0, 1).unsqueeze(1), (pad,) * 4, mode="reflect")
    real, imaginary = F.conv2d(single, filters).chunk(2, dim=1)
    strength = (real.square() + imaginary.square()).sqrt()
    return strength.reshape(len(images), -1, *images.shape[2:])


def _averaged(images: Tensor, places: int) -> Tensor:
    """Images (N, C, H, W) -> their means at places x places, or at fewer if they are smaller, (N, F)."""
    height, width = images.shape[-2:]
    return F.adaptive_avg_pool2d(images, (min(places, height), min(places, width))).flatten(1)


def _halved(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> (N, C, ceil(H / 2), ceil(W / 2)), low-pass filtered."""
    height, width = images.shape[-2:]
    single = F.pad(images.flatten(0, 1).unsqueeze(1), (1, 1 + width % 2, 1, 1 + height % 2), mode="replicate")
    halved = F.conv2d(single, _low_pass(images.device), stride=2)
    return halved.reshape(*images.shape[:2], *halved.shape[2:])


@cache
def _low_pass(device: torch.device) -> Tensor:
    """Return the filter that precedes halving, (1, 1, 4, 4)."""
    kernel = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
    return (kernel[:, None] * kernel)[None, None].to(device)


@cache
def _filters(device: torch.device) -> Tensor:
    """Return the waves (2 * directions, 1, side, side): the real parts of all directions, then the imaginary ones."""
    reach = torch.arange(_SIDE, dtype=torch.float32) - _SIDE // 2
    down, right = torch.meshgrid(reach, reach, indexing="ij")
    window = torch.exp(-(right**2 + down**2) / (2 * _WIDTH**2))
    waves: list[list[Tensor]] = [[], []]
    for number in range(_DIRECTIONS):
        angle = math.pi * number / _DIRECTIONS
        phase = _FREQUENCY * (right * math.cos(angle) + down * math.sin(angle))
        real, imaginary = window * phase.cos(), window * phase.sin()
        real = real - window * (real.sum() / window.sum())  # so that a flat image has no edges
        length = (real.square() + imaginary.square()).sum().sqrt()
        for part, wave in zip(waves, (real, imaginary), strict=True):
            part.append(wave / length)
    return torch.stack(waves[0] + waves[1]).unsqueeze(1).to(device)
