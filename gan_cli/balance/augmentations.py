"""Random changes of samples of any spatial kind, each drawn anew for every sample, with a gradient to the sample.

Operations read (N, C, *spatial) and keep the shape; nothing here depends on a step or on a discriminator.
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
        spec: what one sample looks like.
        policy: operations in order; `saturation` is left out where the channels are not three.
        translation: largest shift along each axis, as a share of its extent; what enters is 0.
        cutout: side of the box that is set to 0, as a share of each extent; its centre may lie on the border.

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
        """Samples (N, C, *spatial), each operation done to each sample with this probability (0-d)."""
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
    """One number in [0, 1) per sample, (N, 1, ...)."""
    return torch.rand(_per_sample(samples), device=samples.device)


def brightness(samples: Tensor, *, reach: float) -> Tensor:
    """Each value plus b ~ U(-reach, reach)."""
    return samples + (draw(samples) * 2.0 - 1.0) * reach


def saturation(samples: Tensor) -> Tensor:
    """The distance of each position's channels from their mean, times s ~ U(0, 2)."""
    grey = samples.mean(dim=1, keepdim=True)
    return grey + (samples - grey) * (draw(samples) * 2.0)


def contrast(samples: Tensor) -> Tensor:
    """The distance of each value from the sample's mean, times c ~ U(0.5, 1.5)."""
    mean = samples.mean(dim=tuple(range(1, samples.dim())), keepdim=True)
    return mean + (samples - mean) * (draw(samples) + 0.5)


def translation(samples: Tensor, *, share: float) -> Tensor:
    """Shifted along each axis by whole positions, at most `share` of its extent; what enters is 0."""
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
    """A box of `share` of each extent set to 0, with its centre anywhere."""
    spatial = samples.shape[2:]
    inside = torch.ones(_per_sample(samples)[:-1], dtype=torch.bool, device=samples.device)
    for axis, extent in enumerate(spatial):
        side = int(extent * share + 0.5)
        # an even box has its centre between positions: one place more
        centre = (draw(samples)[:, 0] * (extent + 1 - side % 2)).long()
        position = _along(axis, spatial, samples.device) - (centre - side // 2)
        inside = inside & (position >= 0) & (position < side)
    return samples * ~inside[:, None]


def _per_sample(samples: Tensor) -> tuple[int, ...]:
    return (len(samples), *[1] * (samples.dim() - 1))


def _along(axis: int, spatial: Sequence[int], device: torch.device) -> Tensor:
    """Positions 0, 1, ... along one axis, (1, ..., extent, ..., 1)."""
    shape = [1] * (len(spatial) + 1)
    shape[axis + 1] = spatial[axis]
    return torch.arange(spatial[axis], device=device).reshape(shape)
