"""Energy distance, in the view and of raw values. Needs no labels and no network; works for all data."""

from __future__ import annotations

from gan_cli.distances import energy_distance
from gan_cli.metrics.base import MetricInputs, Space
from gan_cli.metrics.spaces import SpaceMetric, Spaces, in_each_space


class EnergyDistance(SpaceMetric):
    """`energy_distance`: see `distances.energy_distance`; about 0 for equal distributions, larger for unlike ones.

    `energy_distance_view` is the same in the view of the samples. Szekely & Rizzo (2013). Computes the distances of all
    pairs: cost O(N^2 F).

    Args:
        space: `view`, `raw` or `both`: images in their view, by their raw values, which older runs have alone, or both.
    """

    results = in_each_space({"energy_distance": "low"})

    def __init__(self, *, space: Spaces = "both") -> None:
        super().__init__(space=space)

    def measure_in(self, space: Space, inputs: MetricInputs) -> dict[str, float]:
        return {"energy_distance": energy_distance(*inputs.vectors(space)).item()}
