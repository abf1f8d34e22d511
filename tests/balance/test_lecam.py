"""LeCam: hand-computed anchors and distances, the gradient, resume, every loss."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, assert_plays, players
from torch import nn

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.lecam import LeCam
from gan_cli.game import Batch, Loss
from gan_cli.losses import Relativistic, Wasserstein
from gan_cli.spec import SampleSpec

NOTHING = Batch(torch.zeros(2, 1))


def logits(real: list[float], fake: list[float]) -> UpdateContext:
    return UpdateContext(
        NOTHING, NOTHING, fake_logits=torch.tensor(fake, requires_grad=True), real_logits=torch.tensor(real)
    )


def test_the_penalty_and_its_gradient() -> None:
    technique, arena = LeCam(strength=0.5), players(nn.Linear(1, 1))
    technique.attach(arena)
    turn = logits([1.0, 3.0], [-1.0, 0.0])
    # the first anchors are the means themselves, 2 and -0.5
    penalty = technique.d_penalty(arena, turn)
    assert penalty.item() == pytest.approx(0.5 * ((1.5**2 + 3.5**2) / 2 + (3.0**2 + 2.0**2) / 2))
    penalty.backward()
    # no gradient through the anchors: 0.5 * 2 * (D - a_R) / 2
    assert turn.fake_logits.grad.tolist() == pytest.approx([-1.5, -1.0])


def test_the_anchors_are_averages_without_a_bias() -> None:
    technique, arena = LeCam(decay=0.9), players(nn.Linear(1, 1))
    technique.attach(arena)
    technique.d_penalty(arena, logits([2.0, 2.0], [-1.0, -1.0]))
    assert {tag: round(value.item(), 5) for tag, value in technique.scalars().items()} == {
        "balance/lecam_real": 2.0,
        "balance/lecam_fake": -1.0,
    }
    penalty = technique.d_penalty(arena, logits([4.0, 4.0], [1.0, 1.0]))
    # weights 0.9 : 1
    real, fake = (0.9 * 2.0 + 4.0) / 1.9, (-0.9 + 1.0) / 1.9
    assert technique.scalars()["balance/lecam_real"].item() == pytest.approx(real)
    assert technique.scalars()["balance/lecam_fake"].item() == pytest.approx(fake)
    assert penalty.item() == pytest.approx(0.3 * ((4.0 - fake) ** 2 + (1.0 - real) ** 2))


@pytest.mark.parametrize("loss", [None, Wasserstein(), Relativistic()])
@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec, loss: Loss | None) -> None:
    values = assert_plays(spec, lambda: {"it": LeCam()}, loss)
    assert {"penalty/it", "balance/lecam_real", "balance/lecam_fake"} <= set(values)
