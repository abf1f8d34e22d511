"""Whether voxels are solids: in how many pieces they are, how much they fill, and whether they are decided."""

from __future__ import annotations

import statistics
from typing import Annotated

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le
from scipy import ndimage

from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.spec import SOLID, occupancies

_UNDECIDED = (0.1, 0.9)  # occupancies between them are neither air nor solid


class Pieces(Metric):
    """`one_piece`: share of samples that are one connected solid; `pieces`: their mean number of connected parts.

    A voxel is solid if it is filled by at least `threshold`; solid voxels that share a side are connected, and a part
    of fewer than `smallest` voxels is no part, but does not count as air either. `largest_piece` is the mean share of
    the solid voxels that the largest part has, 0 for an empty sample. `occupancy` is the mean share of solid voxels,
    `undecided` the mean share of voxels whose occupancy is between 0.1 and 0.9.

    Args:
        threshold: occupancy in [0, 1] from which on a voxel is solid.
        smallest: smallest number of voxels of a part.
    """

    results = {
        "one_piece": "real",
        "pieces": "real",
        "largest_piece": "real",
        "occupancy": "real",
        "undecided": "real",
    }

    def __init__(
        self, *, threshold: Annotated[float, Ge(0), Le(1)] = SOLID, smallest: Annotated[int, Ge(1)] = 1
    ) -> None:
        self._threshold = threshold
        self._smallest = smallest

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs voxels."""
        return None if inputs.reference.spec.kind == "voxels" else "needs voxels, such as data=solids"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        filled = occupancies(inputs.fake.x, inputs.reference.spec.value_range)
        solid = filled >= self._threshold
        parts = [sizes(sample, self._smallest) for sample in solid.cpu().numpy()]
        totals = solid.flatten(1).sum(dim=1).tolist()
        shares = [max(part, default=0) / max(total, 1) for part, total in zip(parts, totals, strict=True)]
        counts = [len(part) for part in parts]
        low, high = _UNDECIDED
        return {
            "one_piece": counts.count(1) / len(counts),
            "pieces": statistics.mean(counts),
            "largest_piece": statistics.mean(shares),
            "occupancy": solid.double().mean().item(),
            "undecided": ((filled > low) & (filled < high)).double().mean().item(),
        }


def sizes(solid: npt.NDArray[np.bool_], smallest: int) -> list[int]:
    """Return the sizes in voxels of the connected parts of one solid (D, H, W), those of at least `smallest`."""
    labels, _ = ndimage.label(solid)
    found: list[int] = np.bincount(labels.ravel())[1:].tolist()
    return [size for size in found if size >= smallest]
