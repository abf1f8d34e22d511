"""Draws voxels as solids seen from above and from the side, lit by a lamp: one tile per sample."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_cli.pictures.tiles import Tiles
from gan_cli.spec import SOLID

Floats = npt.NDArray[np.float32]

AZIMUTH, ELEVATION = 35.0, 25.0
"""Where the eye is, in degrees: turned about the vertical axis, and raised above the horizon."""

_SIDE = 80  # pixels of a tile
_LARGEST = 64  # voxels per side; larger grids are averaged down to it
_REACH = 1.45  # half of what a tile shows, where the cube is [-1, 1]^3; its corners are at 1.73
_LAMP = (-0.35, 0.75, 0.56)  # towards it: to the right, up, to the eye
_AMBIENT = 0.28
_COLOUR = (236.0, 200.0, 150.0)
_TOP, _BOTTOM = (58.0, 66.0, 80.0), (22.0, 26.0, 34.0)  # of the background
_MEMORY = 1 << 22  # places looked up at once


def voxel_tiles(unit: Floats, *, azimuth: float = AZIMUTH, elevation: float = ELEVATION) -> Tiles:
    """Return a tile for each sample (N, C, D, H, W) with values in [0, 1].

    The first spatial axis points up. Parallel rays meet the surface where the occupancy, interpolated between voxels,
    reaches a half; it is shaded by its slope. Of several channels the largest value counts. Loose crumbs are drawn: a
    solid in pieces shall look like one.

    Args:
        unit: the samples.
        azimuth: where the eye is, in degrees about the vertical axis.
        elevation: degrees of the eye above the horizon.
    """
    volumes = torch.from_numpy(np.ascontiguousarray(unit)).amax(dim=1, keepdim=True)
    while max(volumes.shape[2:]) > _LARGEST:
        volumes = F.avg_pool3d(volumes, 2, ceil_mode=True)
    steps = 2 * max(volumes.shape[2:])
    chunk = max(1, _MEMORY // (_SIDE * _SIDE * steps))
    rays = _rays(azimuth, elevation, steps, max(volumes.shape[2:]), volumes.shape[2:])
    return np.concatenate([_drawn(part, *rays) for part in torch.split(volumes, chunk)])


def _rays(
    azimuth: float, elevation: float, steps: int, longest: int, sides: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return where rays look, (steps, side, side, 3) in the order that grid_sample takes, and two directions.

    The directions, (3,) in the same order, point to the eye and to the lamp.
    """
    turn, rise = math.radians(azimuth), math.radians(elevation)
    # axes of space: 0 to the side (W), 1 to the front (H), 2 up (D)
    eye = torch.tensor([math.sin(turn) * math.cos(rise), math.cos(turn) * math.cos(rise), math.sin(rise)])
    right = torch.tensor([math.cos(turn), -math.sin(turn), 0.0])
    up = torch.linalg.cross(eye, right).neg()
    line = (torch.arange(_SIDE) + 0.5) / _SIDE * 2.0 - 1.0
    plane = _REACH * (line.view(1, -1, 1) * right - line.view(-1, 1, 1) * up)
    along = torch.linspace(1.75, -1.75, steps)
    places = plane[None] + along.view(-1, 1, 1, 1) * eye
    stretch = torch.tensor([longest / side for side in reversed(sides)])  # of a grid that is no cube
    lamp = F.normalize(_LAMP[0] * -right + _LAMP[1] * up + _LAMP[2] * eye, dim=0)
    return places * stretch, eye, lamp


def _drawn(volumes: Tensor, places: Tensor, eye: Tensor, lamp: Tensor) -> Tiles:
    """Return the tiles of some volumes (N, 1, D, H, W)."""
    steps, side = places.shape[:2]
    count = len(volumes)
    # a cell of emptiness around the cube, or what touches its walls would be hollow there
    padded = F.pad(volumes, (1,) * 6)
    scale = torch.tensor([extent / (extent + 2) for extent in reversed(volumes.shape[2:])])
    grid = (places * scale).expand(count, -1, -1, -1, -1)
    seen = F.grid_sample(padded, grid, align_corners=False)[:, 0]  # (N, steps, side, side)
    solid = seen >= SOLID
    hit = solid.any(dim=1)
    first = solid.int().argmax(dim=1)
    before = (first - 1).clamp_min(0)
    here, there = (seen.gather(1, index[:, None])[:, 0] for index in (first, before))
    # the surface lies between the last place outside and the first inside
    share = ((SOLID - there) / (here - there).clamp_min(1e-6)).clamp(0.0, 1.0)
    depth = before + share
    surface = places[0] + (places[-1] - places[0]) * (depth / (steps - 1))[..., None]
    normal = _slope(padded, surface * scale)
    light = _AMBIENT + (1.0 - _AMBIENT) * (normal @ lamp).clamp_min(0.0)
    light = light * (0.82 + 0.18 * (normal @ eye).clamp_min(0.0)) * (1.08 - 0.22 * depth / steps)
    fade = torch.linspace(0.0, 1.0, side).view(-1, 1, 1)
    background = torch.tensor(_TOP) * (1.0 - fade) + torch.tensor(_BOTTOM) * fade
    colour = torch.where(hit[..., None], light[..., None] * torch.tensor(_COLOUR), background)
    drawn: Tiles = colour.clamp(0.0, 255.0).round().to(torch.uint8).numpy()
    return drawn


def _slope(volumes: Tensor, places: Tensor) -> Tensor:
    """Return unit vectors (N, side, side, 3) in which the smoothed occupancy falls fastest at some places."""
    smooth = F.avg_pool3d(volumes, 3, stride=1, padding=1)
    slopes = torch.gradient(smooth[:, 0], dim=(3, 2, 1))
    field = torch.stack(slopes, dim=1)
    found = F.grid_sample(field, places[:, None], align_corners=False, padding_mode="border")[:, :, 0]
    return F.normalize(-found.movedim(1, -1), dim=-1)
