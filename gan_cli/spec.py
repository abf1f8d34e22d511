"""What one sample looks like: the one fact that data sets state and networks are built from, and what follows from it.

`KINDS` is the one place that knows what samples of a kind are like; everybody else asks there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["points", "audio", "images", "voxels", "text"]

Range = tuple[float, float]


@dataclass(frozen=True)
class SampleSpec:
    """Shape, values and names of one sample.

    Attributes:
        shape: (channels, *spatial) of audio, images and voxels; (features,) of points; (tokens, length) of text.
        value_range: lowest and highest value as networks see them; None when unbounded (points).
        num_classes: how many labels the data set has; None when it has none.
        sample_rate: values per second of audio; None where nobody knows.
        alphabet: the tokens of text in the order of their numbers, the first of them for padding; None for all else.
        class_names: in the order of the labels; None where they have no names but their numbers.

    Raises:
        ValueError: the shape has no extents, or more than four: no kind is like that.
    """

    shape: tuple[int, ...]
    value_range: Range | None = (-1.0, 1.0)
    num_classes: int | None = None
    sample_rate: int | None = None
    alphabet: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.shape) not in _BY_EXTENTS:
            raise ValueError(
                f"shape {self.shape} is of no kind of sample: it must have 1 to {len(_BY_EXTENTS)} extents"
            )

    @property
    def kind(self) -> Kind:
        """What a sample is."""
        return "text" if self.alphabet is not None else _BY_EXTENTS[len(self.shape)]

    @property
    def traits(self) -> Traits:
        """What samples of its kind are like."""
        return KINDS[self.kind]

    @property
    def is_picture(self) -> bool:
        """Whether a sample is what picture files hold: gray or coloured pixels."""
        return self.kind == "images" and self.channels in (1, 3)

    @property
    def ndim(self) -> int:
        """Number of spatial dimensions, for whoever builds layers: 0 for points, 2 for images."""
        return len(self.shape) - 1

    @property
    def channels(self) -> int:
        """Channels of a sample; the features of a point, the tokens of text."""
        return self.shape[0]

    @property
    def spatial(self) -> tuple[int, ...]:
        """Spatial extent: (length,), (height, width) or (depth, height, width); empty for points."""
        return self.shape[1:]

    @property
    def numel(self) -> int:
        """Number of values in a sample."""
        total = 1
        for extent in self.shape:
            total *= extent
        return total

    def __str__(self) -> str:
        if self.kind == "points":
            return f"{self.shape[0]}-d points"
        if self.alphabet is not None:
            return f"{self.shape[1]} tokens of {len(self.alphabet)}"
        text = f"{'x'.join(map(str, self.spatial))}, {self.channels} channel{'s' if self.channels > 1 else ''}"
        return text if self.sample_rate is None else f"{text}, {self.spatial[0] / self.sample_rate:.3g} s"


@dataclass(frozen=True)
class Traits:
    """What samples of a kind are like.

    Attributes:
        positions: whether values lie at places in time or space, which convolutions, shifts and resolutions are about.
        value_range: the usual one; None where values have no bounds.
        ending: how a generator ends so that it stays in the range of its data: squashed value by value, or as shares
            that sum to 1 at each position.
        quantise: (samples (N, *shape) in the range, range) -> the nearest that a data set or a file can hold.
        bfloat16: whether seven bits of mantissa do for the products inside networks.
        memory_format: how batches lie in memory where channels go last.
        drawn: as a tile each, or all together as one cloud, where a single sample says nothing.
        view: samples -> vectors (N, F) whose distances mean something.
    """

    positions: bool
    value_range: Range | None
    ending: Literal["range", "shares"]
    quantise: Callable[[Tensor, Range | None], Tensor]
    bfloat16: bool
    memory_format: torch.memory_format
    drawn: Literal["cloud", "tiles"]
    view: Callable[[Tensor], Tensor]


def eight_bits(samples: Tensor, value_range: Range | None) -> Tensor:
    """Samples as one of 256 levels a value; as they are where there is no range."""
    if value_range is None:
        return samples
    low, high = value_range
    return levels(samples, value_range).div(255.0).mul(high - low).add(low)


def levels(samples: Tensor, value_range: Range) -> Tensor:
    """Samples in a range -> whole numbers 0.0 to 255.0, of the samples' own type; what lies outside is cut off."""
    low, high = value_range
    return ((samples - low) / (high - low)).mul(255.0).round().clamp(0.0, 255.0)


def one_token(samples: Tensor, _: Range | None) -> Tensor:
    """Shares (N, tokens, length) -> 1 for the likeliest token at each position, 0 for all others."""
    return torch.zeros_like(samples).scatter_(1, samples.argmax(dim=1, keepdim=True), 1.0)


def _unchanged(samples: Tensor, _: Range | None) -> Tensor:
    return samples


def _flat(samples: Tensor) -> Tensor:
    return samples.flatten(1)


_UNIT, _SIGNED = (0.0, 1.0), (-1.0, 1.0)
_CONTIGUOUS = torch.contiguous_format

KINDS: dict[Kind, Traits] = {
    "points": Traits(False, None, "range", _unchanged, False, _CONTIGUOUS, "cloud", _flat),
    "audio": Traits(True, _SIGNED, "range", eight_bits, True, _CONTIGUOUS, "tiles", _flat),
    "images": Traits(True, _SIGNED, "range", eight_bits, True, torch.channels_last, "tiles", _flat),
    "voxels": Traits(True, _SIGNED, "range", eight_bits, True, torch.channels_last_3d, "tiles", _flat),
    "text": Traits(True, _UNIT, "shares", one_token, True, _CONTIGUOUS, "tiles", _flat),
}
"""What a kind can: the place to change where a kind is to be stored, drawn or compared in another way."""

_BY_EXTENTS: dict[int, Kind] = {1: "points", 2: "audio", 3: "images", 4: "voxels"}


def plain_spec(shape: tuple[int, ...]) -> SampleSpec:
    """Samples of this shape in the usual range of their kind, without labels."""
    return SampleSpec(shape, KINDS[_BY_EXTENTS[len(shape)]].value_range)


def normalise(stored: Tensor, spec: SampleSpec, *, memory_format: torch.memory_format | None = None) -> Tensor:
    """Samples as a data set keeps them -> as networks see them, float32.

    uint8 (N, *shape) in 0..255 fills the spec's range, [-1, 1] where it has none; floats pass unchanged.
    """
    samples = stored
    if stored.dtype == torch.uint8:
        low, high = spec.value_range or _SIGNED
        samples = stored.float().div_(255.0 / (high - low)).add_(low)
    return samples if memory_format is None else samples.contiguous(memory_format=memory_format)
