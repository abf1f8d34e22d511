"""What one sample looks like: the one fact that data sets state and networks are built from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleSpec:
    """Shape and value range of one sample.

    Attributes:
        shape: (channels, *spatial) of audio, images and voxels; (features,) of points.
        value_range: lowest and highest value as networks see them; None when unbounded (points).
        num_classes: how many labels the data set has; None when it has none.
    """

    shape: tuple[int, ...]
    value_range: tuple[float, float] | None = (-1.0, 1.0)
    num_classes: int | None = None

    @property
    def ndim(self) -> int:
        """Number of spatial dimensions: 0 for points, 1 for audio, 2 for images, 3 for voxels."""
        return len(self.shape) - 1

    @property
    def channels(self) -> int:
        """Channels of a sample; the features of a point."""
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
        if self.ndim == 0:
            return f"{self.shape[0]}-d points"
        return f"{'x'.join(map(str, self.spatial))}, {self.channels} channel{'s' if self.channels > 1 else ''}"
