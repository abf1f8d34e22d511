"""Gauges of an encoder: whether it inverts the generator, and whether its codes look like latents."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.distances import energy_distance
from gan_cli.game import Batch, GeneratorInput, Players

Values = dict[str, Tensor]


def code_gauges(players: Players, fake: Batch, real: Batch) -> Values:
    """Return the gauges of an encoder by tag, 0-d; empty without one.

    - `encoder/reconstruction`: E ||x - G(E(x))|| / E ||x - G(E(x'))||, x' another sample: 1 if a code says nothing
      about its sample, 0 if it says everything;
    - `encoder/latent`: E ||z - E(G(z))||^2 / E ||z||^2: 0 if latents are recovered, 1 if every code is 0;
    - `encoder/distance`: energy distance of the codes of real samples to as many latents: 0 if they look the same.

    Args:
        players: the networks, in evaluation mode.
        fake: generated samples with their latents.
        real: samples that no network trains on, with their codes.
    """
    if players.encoder is None or fake.z is None or real.z is None:
        return {}
    again = players.fake(GeneratorInput(real.z)).x
    found = players.encode(fake.x)
    assert found is not None
    return {
        "encoder/reconstruction": _apart(real.x, again) / _apart(real.x, again.roll(1, dims=0)).clamp_min(1e-12),
        "encoder/latent": (fake.z - found).square().sum() / fake.z.square().sum().clamp_min(1e-12),
        "encoder/distance": energy_distance(real.z, fake.z),
    }


def _apart(one: Tensor, other: Tensor) -> Tensor:
    """Samples (N, *shape), (N, *shape) -> mean distance of those in the same row, 0-d."""
    lengths: Tensor = torch.linalg.vector_norm((one - other).flatten(1), dim=1)
    return lengths.mean()
