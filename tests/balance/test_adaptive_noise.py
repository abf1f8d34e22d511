"""AdaptiveNoise: sigma follows the accuracy by notches, within its bounds, and counts what it decides."""

from __future__ import annotations

import types
from collections.abc import Iterable

import pytest
import torch
from arena import KINDS, assert_plays
from torch import nn

from gan_cli.balance.adaptive_noise import AdaptiveNoise
from gan_cli.game import Loss
from gan_cli.losses import Hinge, Relativistic
from gan_cli.spec import SampleSpec


def attached(**settings: float) -> AdaptiveNoise:
    technique = AdaptiveNoise(**settings)
    technique.attach(types.SimpleNamespace(discriminator=nn.Linear(1, 1)))  # type: ignore[arg-type]
    return technique


def run(technique: AdaptiveNoise, accuracies: Iterable[float], loss: Loss | None = None) -> list[float]:
    game = types.SimpleNamespace(loss=loss or Hinge())
    tag = "accuracy/discriminator" if game.loss.probability else "accuracy/pairwise"
    seen = []
    for accuracy in accuracies:
        technique.after_step(game, 8, {tag: torch.tensor(accuracy)})  # type: ignore[arg-type]
        seen.append(round(technique.scalars()["balance/adaptive_noise_sigma"].item(), 4))
    return seen


def counts(technique: AdaptiveNoise) -> tuple[float, float]:
    values = technique.scalars()
    return values["balance/adaptive_noise_raises"].item(), values["balance/adaptive_noise_lowers"].item()


@pytest.mark.parametrize("loss", [Hinge(), Relativistic()])
def test_up_above_the_target_and_down_below(loss: Loss) -> None:
    technique = attached(rate=0.1, decay=0.0, max_sigma=0.25)
    assert run(technique, [0.9, 0.9, 0.9, 0.9, 0.5, 0.65], loss) == [0.1, 0.2, 0.25, 0.25, 0.15, 0.15]
    # at the bound, and on the target, nothing is decided
    assert counts(technique) == (3.0, 1.0)
    assert run(technique, [0.1] * 3, loss) == [0.05, 0.0, 0.0]
    assert counts(technique) == (3.0, 3.0)


def test_one_lucky_batch_does_not_turn_it() -> None:
    technique = attached(rate=0.1, decay=0.9)
    # 0.65 -> 0.685 -> 0.6565: still above; then 0.63085
    assert run(technique, [1.0, 0.4, 0.4]) == [0.1, 0.2, 0.1]
    assert technique.scalars()["balance/adaptive_noise_accuracy"].item() == pytest.approx(0.63085, abs=1e-5)


def test_the_noise_is_as_strong_as_it_says() -> None:
    technique = attached(rate=0.3, decay=0.0)
    samples = torch.zeros(100, 100, requires_grad=True)
    assert torch.equal(technique.perturb(samples), samples)
    run(technique, [1.0])
    shown = technique.perturb(samples)
    assert shown.std().item() == pytest.approx(0.3, rel=0.05)
    shown.sum().backward()
    assert torch.equal(samples.grad, torch.ones(100, 100))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"adaptive_noise": AdaptiveNoise(rate=0.05)})
