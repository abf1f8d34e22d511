"""R2: hand-computed slopes of a bowl on fake samples, no gradient for the generator, resume, refusals."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, Bowl, assert_plays, players, turn

from gan_cli.balance.r2 import R2
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

REAL = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
FAKE = torch.tensor([[3.0, 4.0], [0.0, 1.0]])  # E ||x||^2 = 13


def test_the_penalty_and_its_gradient() -> None:
    bowl, technique = Bowl(2.0), R2(gamma=0.5, every=1)
    game = players(bowl)
    technique.attach(game)
    fake = FAKE.clone().requires_grad_(True)
    penalty = technique.d_penalty(game, turn(bowl, REAL, fake))
    assert penalty.item() == pytest.approx(0.5 / 2 * 2**2 * 13)
    penalty.backward()
    assert bowl.a.grad.item() == pytest.approx(0.5 * 2 * 13)
    assert fake.grad is None


def test_the_average_does_not_depend_on_the_interval() -> None:
    bowl, technique = Bowl(2.0), R2(gamma=0.5, every=3)
    game = players(bowl)
    technique.attach(game)
    found = [technique.d_penalty(game, turn(bowl, REAL, FAKE, update)).item() for update in range(4)]
    assert found == pytest.approx([3 * 13.0, 0.0, 0.0, 3 * 13.0])


def test_auto_means_nothing_for_points() -> None:
    with pytest.raises(SettingError, match="gamma=auto: .*2-d points"):
        R2().attach(players(Bowl(1.0)))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    values = assert_plays(spec, lambda: {"it": R2(gamma=1.0, every=4)}, norm="layer")
    assert {"penalty/it", "balance/r2_gamma"} <= set(values)
