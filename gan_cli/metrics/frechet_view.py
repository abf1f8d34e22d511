"""Frechet distance in the view of the samples. Needs no labels and no training."""

from __future__ import annotations

from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.metrics.frechet_classifier import frechet


class FrechetView(Metric):
    """`frechet_view`: Frechet distance of two Gaussians fitted to the samples in their view (`perception.py`), >= 0.

    The formula is that of `frechet_classifier`. The view of images describes edges and colours, that of sound pitches
    and loudness, so the distance sees blur, noise and wrong shapes; it sees missing classes less than a classifier
    does. The estimate is biased upwards, more so for fewer samples. Compare it with its floor, and only at equal N.
    """

    results = {"frechet_view": "low"}
    fewest = 128

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Values, and counts of thousands of runs of tokens, have a covariance that is large or says little."""
        return None if inputs.reference.spec.kind in ("images", "audio") else "needs images or sound"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return {"frechet_view": frechet(inputs.perceived.double(), inputs.reference.perceived.double())}
