"""R2: hand-computed slopes of a bowl on fake samples, no gradient for the generator, resume, refusals."""

from __future__ import annotations

import pytest
import torch
from arena import SHAPES, Bowl, assert_resumes, game, play, players, turn

from gan_cli.balance.r2 import R2
from gan_cli.errors import SettingError

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
    found = [technique.d_penalty(game, turn(bowl, REAL, FAKE)).item() for _ in range(4)]
    assert found == pytest.approx([3 * 13.0, 0.0, 0.0, 3 * 13.0])


def test_auto_means_nothing_for_points() -> None:
    with pytest.raises(SettingError, match="gamma=auto: .*2-d points"):
        R2().attach(players(Bowl(1.0)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_never_waits_for_the_host(shape: tuple[int, ...]) -> None:
    values = play(game(R2(gamma=1.0, every=2), shape), 2)
    assert {"penalty/it", "balance/r2_gamma"} <= set(values)


def test_resume_is_bit_equal_inside_the_interval() -> None:
    assert_resumes(lambda: R2(every=4))
