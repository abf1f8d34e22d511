"""Energy distance in data space. Needs no labels and no network; works for all data."""

from __future__ import annotations

from gan_cli.distances import energy_distance
from gan_cli.metrics.base import Metric, MetricInputs


class EnergyDistance(Metric):
    """`energy_distance`: see `distances.energy_distance`; about 0 for equal distributions, larger for unlike ones.

    Szekely & Rizzo (2013). Computes the distances of all pairs: cost O(N^2 F).
    """

    results = {"energy_distance": "low"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return {"energy_distance": energy_distance(*inputs.views).item()}
