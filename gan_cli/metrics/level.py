"""How loud sound is."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Lt

from gan_cli.metrics.base import Metric, MetricInputs

_QUIETEST = -120.0
"""Level in decibels that stands for total silence."""


class Level(Metric):
    """`level`: mean level of the clips in decibels, 0 for a square wave of full scale; `silent`: share that is silent.

    The level of a clip is 20 log10 of the root of its mean square, at least -120. Generators of sound can end in
    silence, which is near to quiet data.

    Args:
        silence: level in decibels below which a clip is silent.
    """

    results = {"level": "real", "silent": "real"}

    def __init__(self, *, silence: Annotated[float, Lt(0)] = -60.0) -> None:
        self._silence = silence

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs sound."""
        return None if inputs.reference.spec.kind == "audio" else "needs sound, such as data=chirps"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        low, high = inputs.reference.spec.value_range or (-1.0, 1.0)
        signed = (inputs.fake.x.double() - low) / (high - low) * 2.0 - 1.0
        levels = (10.0 * signed.square().flatten(1).mean(dim=1).log10()).clamp_min(_QUIETEST)
        return {"level": levels.mean().item(), "silent": (levels < self._silence).double().mean().item()}
