"""Draws samples of any kind as one picture for people to judge; it uses no networks and no files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_cli.pictures.audio_tiles import sound_tiles
from gan_cli.pictures.png import Picture
from gan_cli.pictures.text_tiles import text_tiles
from gan_cli.pictures.tiles import Tiles, grid, join
from gan_cli.pictures.voxel_tiles import voxel_tiles
from gan_cli.spec import Kind, SampleSpec

Floats = npt.NDArray[np.float32]
PointFunction = Callable[[Tensor], Tensor]
"""Points (N, F) -> the discriminator's value for each (N,)."""

# more channels side by side would be too many to compare
_MAX_CHANNELS = 4


def render(
    samples: Tensor,
    spec: SampleSpec,
    *,
    is_real: bool = False,
    real: Tensor | None = None,
    probability: PointFunction | None = None,
    critic: PointFunction | None = None,
    columns: int | None = None,
) -> Picture:
    """Draw samples (N, *spec.shape), N >= 1, of any floating type on any device.

    Images are drawn as tiles, voxels as solids in the light of a lamp, audio as a waveform above its spectrogram, text
    as lines of letters, and points as a scatter over the real ones.

    Args:
        samples: the samples to draw.
        spec: kind of sample.
        is_real: whether the samples are real data; it determines the name and colour of points.
        real: real points to compare with; only for points.
        probability: the discriminator's probability that a point is real, for the background; only for points.
        critic: the discriminator's logits, for the background if there is no `probability`; only for points.
        columns: tiles in a row; None makes the picture nearly square. Not for points.
    """
    if spec.traits.drawn == "cloud":
        from gan_cli.pictures.points_figure import render_points  # matplotlib takes a second to import

        return render_points(samples, real, probability, critic, is_real=is_real)
    return grid(tiles_of(samples, spec), columns=columns)


def tiles_of(samples: Tensor, spec: SampleSpec) -> Tiles:
    """Return one tile per sample (N, *spec.shape); not for points."""
    unit = _to_unit_range(samples, spec.value_range)
    return _TILES[spec.kind](unit) if spec.alphabet is None else text_tiles(unit, spec.alphabet)


def _to_unit_range(samples: Tensor, value_range: tuple[float, float] | None) -> Floats:
    """Return samples as float32 in [0, 1] on the host; nan, from a run that diverges, becomes 0.5."""
    values: Floats = samples.detach().float().cpu().numpy()
    finite = values[np.isfinite(values)]
    low, high = value_range or ((finite.min(), finite.max()) if finite.size else (0.0, 1.0))
    unit = (values - low) / max(float(high - low), 1e-12)
    return np.clip(np.nan_to_num(unit, nan=0.5, posinf=1.0, neginf=0.0), 0.0, 1.0)


def _image_tiles(unit: Floats) -> Tiles:
    """Return tiles of images (N, C, H, W) in [0, 1]: gray, RGB, or else the first four channels side by side."""
    levels = np.rint(unit * 255.0).astype(np.uint8)
    if levels.shape[1] == 3:
        return np.ascontiguousarray(levels.transpose(0, 2, 3, 1))
    planes = [
        levels[:, channel, :, :, None].repeat(3, axis=3) for channel in range(min(levels.shape[1], _MAX_CHANNELS))
    ]
    return join(planes, axis=2)


_TILES: dict[Kind, Callable[[Floats], Tiles]] = {"audio": sound_tiles, "images": _image_tiles, "voxels": voxel_tiles}
