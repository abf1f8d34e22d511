"""Energy distance in data space: any domain, no labels, no network."""

from __future__ import annotations

from gan_cli.distances import energy_distance
from gan_cli.metrics.base import Metric, MetricInputs


class EnergyDistance(Metric):
    """`energy_distance`: as in `distances.energy_distance`; 0 for equal distributions, up to about 2 for strangers.

    Szekely & Rizzo (2013). Cost: distances between all pairs, O(N^2 F).
    """

    results = {"energy_distance": "low"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """One number."""
        return {"energy_distance": energy_distance(*inputs.views).item()}
