"""Random operations on samples of any spatial kind, drawn independently for each sample, with a gradient to it.

Operations take samples (N, C, *spatial) and keep the shape. Nothing here depends on a step or on a discriminator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

Operation = Literal["brightness", "saturation", "contrast", "translation", "cutout"]
Share = Annotated[float, Ge(0), Le(1)]

EVERYTHING: tuple[Operation, ...] = ("brightness", "saturation", "contrast", "translation", "cutout")


@dataclass(frozen=True)
class Augmentation:
    """A sequence of random operations, for real and fake samples alike.

    Zhao et al. (2020), arXiv:2006.10738, section 3 and its reference code, in 1, 2 or 3 dimensions.

    Attributes:
        spec: the format of one sample.
        policy: operations in order; `saturation` is left out unless there are three channels.
        translation: largest shift along each axis, as a share of its size; values that shift in are 0.
        cutout: side length of the box that is set to 0, as a share of each axis; its centre may be on the border.

    Raises:
        SettingError: the data are points.
    """

    spec: SampleSpec
    policy: Sequence[Operation]
    translation: float
    cutout: float

    def __post_init__(self) -> None:
        if not self.spec.traits.positions:
            remedy = "works on audio, images and voxels, but the data are points; balance=[instance_noise] works on all"
            raise SettingError("policy", list(self.policy), remedy)

    def __call__(self, samples: Tensor, probability: Tensor) -> Tensor:
        """Samples (N, C, *spatial), 0-d probability -> samples (N, C, *spatial), each operation applied with it."""
        for name in self.policy:
            if name != "saturation" or self.spec.channels == 3:
                chosen = draw(samples) < probability
                samples = torch.where(chosen, self._operation(name)(samples), samples)
        return samples

    def _operation(self, name: Operation) -> Callable[[Tensor], Tensor]:
        low, high = self.spec.value_range or (-1.0, 1.0)
        operations: dict[Operation, Callable[[Tensor], Tensor]] = {
            "brightness": partial(brightness, reach=(high - low) / 4.0),
            "saturation": saturation,
            "contrast": contrast,
            "translation": partial(translation, share=self.translation),
            "cutout": partial(cutout, share=self.cutout),
        }
        return operations[name]


def draw(samples: Tensor) -> Tensor:
    """Samples (N, *shape) -> one random number in [0, 1) per sample (N, 1, ...)."""
    return torch.rand(_per_sample(samples), device=samples.device)


def brightness(samples: Tensor, *, reach: float) -> Tensor:
    """Add b ~ U(-reach, reach) to all values of a sample."""
    return samples + (draw(samples) * 2.0 - 1.0) * reach


def saturation(samples: Tensor) -> Tensor:
    """Multiply the difference between each position's channels and their mean by s ~ U(0, 2)."""
    grey = samples.mean(dim=1, keepdim=True)
    return grey + (samples - grey) * (draw(samples) * 2.0)


def contrast(samples: Tensor) -> Tensor:
    """Multiply the difference between each value and the sample's mean by c ~ U(0.5, 1.5)."""
    mean = samples.mean(dim=tuple(range(1, samples.dim())), keepdim=True)
    return mean + (samples - mean) * (draw(samples) + 0.5)


def translation(samples: Tensor, *, share: float) -> Tensor:
    """Shift along each axis by whole positions, at most `share` of its size; values that shift in are 0."""
    count, channels, *spatial = samples.shape
    source = torch.zeros((count, *[1] * len(spatial)), dtype=torch.int64, device=samples.device)
    inside = torch.ones_like(source, dtype=torch.bool)
    for axis, extent in enumerate(spatial):
        reach = int(extent * share + 0.5)
        shift = (draw(samples)[:, 0] * (2 * reach + 1)).long() - reach
        position = _along(axis, spatial, samples.device) - shift
        inside = inside & (position >= 0) & (position < extent)
        source = source * extent + position.clamp(0, extent - 1)
    index = source.flatten(1)[:, None].expand(-1, channels, -1)
    shifted = samples.flatten(2).gather(2, index).reshape(samples.shape)
    return shifted * inside[:, None]


def cutout(samples: Tensor, *, share: float) -> Tensor:
    """Set a box to 0 whose sides are `share` of each axis; its centre may be anywhere."""
    spatial = samples.shape[2:]
    inside = torch.ones(_per_sample(samples)[:-1], dtype=torch.bool, device=samples.device)
    for axis, extent in enumerate(spatial):
        side = int(extent * share + 0.5)
        # the centre of an even side is between two positions, so there is one place more
        centre = (draw(samples)[:, 0] * (extent + 1 - side % 2)).long()
        position = _along(axis, spatial, samples.device) - (centre - side // 2)
        inside = inside & (position >= 0) & (position < side)
    return samples * ~inside[:, None]


def _per_sample(samples: Tensor) -> tuple[int, ...]:
    return (len(samples), *[1] * (samples.dim() - 1))


def _along(axis: int, spatial: Sequence[int], device: torch.device) -> Tensor:
    """The positions 0, 1, ... along one axis, as a tensor that broadcasts over all others."""
    shape = [1] * (len(spatial) + 1)
    shape[axis + 1] = spatial[axis]
    return torch.arange(spatial[axis], device=device).reshape(shape)
