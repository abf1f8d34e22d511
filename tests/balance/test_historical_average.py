"""Historical averaging: hand-computed means and distances, both networks, the gradient, resume."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, assert_plays, constant, fill, players

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.historical_average import HistoricalAverage
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec

TURN = UpdateContext(Batch(torch.zeros(1, 1)), Batch(torch.zeros(1, 1)), torch.zeros(1))


def test_the_distance_from_the_mean_of_the_past_and_its_gradient() -> None:
    arena = players(constant(0.0, 1), generator=constant(5.0, 1))
    technique = HistoricalAverage(strength=2.0)
    technique.attach(arena)
    assert technique.d_penalty(arena, TURN).item() == 0.0
    fill(arena.discriminator, 1.0)
    penalty = technique.d_penalty(arena, TURN)
    assert penalty.item() == pytest.approx(2.0 * 3 * 1.0)
    penalty.backward()
    assert arena.discriminator.bias.grad.item() == pytest.approx(2.0 * 2 * 1.0)
    technique.after_update(arena, "discriminator")
    assert technique.d_penalty(arena, TURN).item() == pytest.approx(2.0 * 3 * 0.5**2)  # the mean of 0 and 1
    fill(arena.discriminator, 4.0)
    technique.after_update(arena, "discriminator")
    assert technique.d_penalty(arena, TURN).item() == pytest.approx(2.0 * 3 * (4 - 5 / 3) ** 2)  # of 0, 1 and 4
    assert technique.g_penalty(arena, TURN).item() == 0.0


def test_each_network_has_a_past_of_its_own() -> None:
    arena = players(constant(0.0, 1), generator=constant(5.0, 1))
    technique = HistoricalAverage(strength=1.0)
    technique.attach(arena)
    fill(arena.generator, 7.0)
    assert technique.g_penalty(arena, TURN).item() == pytest.approx(3 * 4.0)
    technique.after_update(arena, "generator")
    assert technique.g_penalty(arena, TURN).item() == pytest.approx(3 * 1.0)
    assert technique.d_penalty(arena, TURN).item() == 0.0


def test_it_works_on_networks_without_values() -> None:
    arena = players(constant(0.0, 1).to("meta"), generator=constant(0.0, 1).to("meta"))
    technique = HistoricalAverage()
    technique.attach(arena)
    technique.after_update(arena, "generator")


@pytest.mark.parametrize("norm", ["batch", "spectral"])
@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec, norm: str) -> None:
    values = assert_plays(spec, lambda: {"it": HistoricalAverage()}, norm=norm)
    assert {"penalty/it", "penalty/it/generator"} <= set(values)
    assert values["penalty/it"].item() > 0.0
