"""The comb that transposed convolutions leave in sound, as one number."""

from __future__ import annotations

import torch

from gan_cli.metrics.base import Metric, MetricInputs

LONGEST_PERIOD = 64
"""Values of the longest period that is looked for: three layers of stride 4, or six of stride 2."""


class Comb(Metric):
    """`comb`: share of the energy at whole multiples of the sample rate / 64.

    A generator of strides repeats itself with the products of its strides, which for strides of 2 and 4 are divisors of
    64: untrained transposed convolutions have most of their energy there, audible as a whine, noise 64 / length of it.
    Donahue et al. (2019), arXiv:1802.04208, section 3.3, name the artefact; the measure is ours. Sounds
    whose pitch happens to be such a multiple have some of it too, which the floor tells. A generator with
    `upsampling=nearest` or `linear` leaves less, and so does one against a discriminator with `phase_shuffle`.
    """

    results = {"comb": "real"}

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs sound that is longer than the period."""
        spec = inputs.reference.spec
        if spec.kind != "audio":
            return "needs sound, such as data=chirps"
        return None if spec.spatial[0] >= 2 * LONGEST_PERIOD else f"needs clips of {2 * LONGEST_PERIOD} values or more"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        whole = inputs.fake.x.shape[2] // LONGEST_PERIOD
        clips = inputs.fake.x[..., : whole * LONGEST_PERIOD]
        spectrum = torch.fft.rfft(clips.float() - clips.float().mean(dim=2, keepdim=True))
        energy = spectrum.abs().square().double().sum(dim=(0, 1))
        return {"comb": (energy[whole::whole].sum() / energy.sum().clamp_min(1e-12)).item()}
