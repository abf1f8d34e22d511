"""The format of one sample, which data sets declare and networks are built from, and everything derived from it.

`KINDS` is the only place that defines the properties of each kind of sample; all other modules look there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["points", "audio", "images", "voxels", "text"]

Range = tuple[float, float]
_UNIT, _SIGNED = (0.0, 1.0), (-1.0, 1.0)
_LOUDEST = 32768.0  # int16 counts from -32,768 to 32,767


@dataclass(frozen=True)
class SampleSpec:
    """The shape of one sample, the range of its values, and the names of its classes.

    Attributes:
        shape: (channels, *spatial) for audio, images and voxels; (features,) for points; (tokens, length) for text.
        value_range: lowest and highest value that networks get; None if the values are unbounded (points).
        num_classes: how many labels the data set has; None if it has none.
        sample_rate: values per second of audio; None if unknown.
        alphabet: the tokens of text in the order of their numbers, the first one for padding; None for other kinds.
        class_names: names of the classes in the order of the labels; None if the labels are the only names.

    Raises:
        ValueError: the shape has no extents or more than four, so that no kind of sample fits.
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
        """The kind of sample."""
        return "text" if self.alphabet is not None else _BY_EXTENTS[len(self.shape)]

    @property
    def traits(self) -> Traits:
        """The properties of this kind of sample."""
        return KINDS[self.kind]

    @property
    def is_picture(self) -> bool:
        """Whether a sample can be saved as a picture file: gray or coloured pixels."""
        return self.kind == "images" and self.channels in (1, 3)

    @property
    def ndim(self) -> int:
        """Number of spatial dimensions, for building layers: 0 for points, 2 for images."""
        return len(self.shape) - 1

    @property
    def channels(self) -> int:
        """Number of channels; for points the number of features, for text the number of tokens."""
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
    """The properties of one kind of sample.

    Attributes:
        positions: whether values have positions in time or space, as convolutions, shifts and resolutions need them.
        value_range: the usual range; None if the values are unbounded.
        ending: how the output of a generator is kept in the range of the data: `range` squashes each value, `shares`
            makes the values at each position sum to 1.
        quantise: (samples (N, *shape) in the range, range) -> the nearest values that a data set or a file can store.
        bfloat16: whether seven bits of mantissa are enough for the products inside networks.
        drawn: `tiles` draws each sample as a tile; `cloud` draws all samples in one plot, for kinds in which a single
            sample shows nothing.
        heard: whether samples are also kept as sound.
        judged: whether the bounds of the diagnosis were chosen on runs with samples of this kind.
    """

    positions: bool
    value_range: Range | None
    ending: Literal["range", "shares"]
    quantise: Callable[[Tensor, Range | None], Tensor]
    bfloat16: bool
    drawn: Literal["cloud", "tiles"]
    heard: bool
    judged: bool


def eight_bits(samples: Tensor, value_range: Range | None) -> Tensor:
    """Round each value of the samples to one of 256 levels; without a range, return them unchanged."""
    if value_range is None:
        return samples
    low, high = value_range
    return levels(samples, value_range).div(255.0).mul(high - low).add(low)


def levels(samples: Tensor, value_range: Range) -> Tensor:
    """Map samples in a range to whole numbers 0.0 to 255.0, in the samples' own dtype; values outside are clipped."""
    low, high = value_range
    return ((samples - low) / (high - low)).mul(255.0).round().clamp(0.0, 255.0)


def sixteen_bits(samples: Tensor, value_range: Range | None) -> Tensor:
    """Round each value of the samples to one of 65,536 levels; without a range, return them unchanged."""
    if value_range is None:
        return samples
    low, high = value_range
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    stored = ((samples - middle) / half).mul(_LOUDEST).round().clamp(-_LOUDEST, _LOUDEST - 1.0)
    return stored.div(_LOUDEST).mul(half).add(middle)


def one_token(samples: Tensor, _: Range | None) -> Tensor:
    """Shares (N, tokens, length) -> (N, tokens, length), 1 for the most likely token at each position, else 0."""
    return one_hot(samples.argmax(dim=1), samples.shape[1]).to(samples.dtype)


def one_hot(rows: Tensor, count: int) -> Tensor:
    """Rows of tokens (N, length) -> float32 (N, count, length), 1 for the token at each position, else 0."""
    shares = torch.zeros(len(rows), count, rows.shape[1], device=rows.device)
    return shares.scatter_(1, rows[:, None].long(), 1.0)


def _unchanged(samples: Tensor, _: Range | None) -> Tensor:
    return samples


KINDS: dict[Kind, Traits] = {
    "points": Traits(False, None, "range", _unchanged, False, "cloud", False, True),
    "audio": Traits(True, _SIGNED, "range", sixteen_bits, False, "tiles", True, False),
    "images": Traits(True, _SIGNED, "range", eight_bits, True, "tiles", False, True),
    "voxels": Traits(True, _SIGNED, "range", eight_bits, True, "tiles", False, False),
    "text": Traits(True, _UNIT, "shares", one_token, False, "tiles", False, False),
}
"""The properties of each kind: change them here to store or draw a kind in another way."""

_BY_EXTENTS: dict[int, Kind] = {1: "points", 2: "audio", 3: "images", 4: "voxels"}


def plain_spec(shape: tuple[int, ...]) -> SampleSpec:
    """Return the spec of samples with this shape, in the usual range of their kind, without labels."""
    return SampleSpec(shape, KINDS[_BY_EXTENTS[len(shape)]].value_range)


def normalise(stored: Tensor, spec: SampleSpec, *, memory_format: torch.memory_format | None = None) -> Tensor:
    """Convert samples from the format of a data set to the float32 format of the networks.

    uint8 values (N, *shape) in 0..255 and int16 values in -32,768..32,767 are scaled to the spec's range, or to [-1, 1]
    if it has none; 0 of int16 becomes the middle of the range. Rows of tokens, int32 (N, length), become
    (N, tokens, length), 1 for the token at each position, else 0. Floats are not changed.
    """
    samples = stored
    low, high = spec.value_range or _SIGNED
    if stored.dtype == torch.uint8:
        samples = stored.float().div_(255.0 / (high - low)).add_(low)
    elif stored.dtype == torch.int32:
        samples = one_hot(stored, spec.channels)
    elif stored.dtype == torch.int16:
        samples = stored.float().mul_((high - low) / 2.0 / _LOUDEST).add_((low + high) / 2.0)
    return samples if memory_format is None else samples.contiguous(memory_format=memory_format)


SOLID = 0.5
"""The share of a voxel from which on it counts as solid."""


def occupancies(samples: Tensor, value_range: Range | None) -> Tensor:
    """Voxels (N, C, D, H, W) in a range -> the filled share (N, D, H, W) of each; the fullest channel counts."""
    low, high = value_range or (0.0, 1.0)
    return ((samples.float() - low) / (high - low)).amax(dim=1)
