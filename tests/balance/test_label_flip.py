"""LabelFlip: pairs trade places, as often as asked, and the gradient follows the label."""

from __future__ import annotations

import types

import pytest
import torch
from arena import IMAGES, assert_plays

from gan_cli.balance.label_flip import LabelFlip
from gan_cli.game import Loss
from gan_cli.losses import NonSaturating, Relativistic


def attached(probability: object, step: int = 0) -> LabelFlip:
    technique = LabelFlip(probability=probability)  # type: ignore[arg-type]
    technique.attach(types.SimpleNamespace(step=torch.tensor(step)))  # type: ignore[arg-type]
    return technique


def test_none_and_all() -> None:
    real, fake = torch.tensor([1.0, 2.0]), torch.tensor([-3.0, -4.0])
    same = attached(0.0).relabel(real, fake)
    assert torch.equal(same[0], real)
    assert torch.equal(same[1], fake)
    swapped = attached(1.0).relabel(real, fake)
    assert torch.equal(swapped[0], fake)
    assert torch.equal(swapped[1], real)


def test_as_many_as_asked_and_only_in_pairs() -> None:
    torch.manual_seed(0)
    real, fake = torch.arange(10_000.0), -torch.arange(10_000.0)
    labelled_real, labelled_fake = attached(0.05).relabel(real, fake)
    assert torch.equal(labelled_real, -labelled_fake)
    assert (labelled_real < 0).float().mean().item() == pytest.approx(0.05, abs=0.01)


def test_a_ramp_moves_it() -> None:
    technique = attached({"start": 0.4, "end": 0.0, "steps": 4}, step=1)
    assert technique.scalars()["balance/label_flip_probability"].item() == pytest.approx(0.3)


def test_a_flipped_sample_pulls_the_other_way() -> None:
    real, fake = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    NonSaturating().discriminator(*attached(1.0).relabel(real, fake)).backward()
    # d softplus(D)/dD = 1/2 at 0: the real logit is pushed down, the fake one up
    assert real.grad.item() == pytest.approx(0.5)
    assert fake.grad.item() == pytest.approx(-0.5)


@pytest.mark.parametrize("loss", [NonSaturating(), Relativistic()])
def test_it_plays(loss: Loss) -> None:
    assert_plays(IMAGES, lambda: {"label_flip": LabelFlip(probability=0.5)}, loss)
