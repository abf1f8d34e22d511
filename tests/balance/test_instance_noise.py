"""InstanceNoise: strength over time, the gradient, and steps of the real game."""

from __future__ import annotations

import types

import pytest
import torch
from arena import KINDS, assert_plays

from gan_cli.balance.instance_noise import InstanceNoise
from gan_cli.spec import SampleSpec


def attached(step: int, **settings: object) -> InstanceNoise:
    technique = InstanceNoise(**settings)  # type: ignore[arg-type]
    technique.attach(types.SimpleNamespace(step=torch.tensor(step)))  # type: ignore[arg-type]
    return technique


@pytest.mark.parametrize(("step", "sigma"), [(0, 0.1), (750, 0.075), (1500, 0.05), (3000, 0.0), (9000, 0.0)])
def test_it_fades_by_default(step: int, sigma: float) -> None:
    technique = attached(step)
    assert technique.scalars()["balance/instance_noise_sigma"].item() == pytest.approx(sigma)
    torch.manual_seed(0)
    noise = technique.perturb(torch.zeros(100, 1, 10, 10))
    torch.manual_seed(0)
    torch.testing.assert_close(noise, sigma * torch.randn(100, 1, 10, 10))


def test_a_number_stays_and_the_sample_keeps_its_gradient() -> None:
    technique = attached(10**6, sigma=0.5)
    samples = torch.ones(4, 3, requires_grad=True)
    shown = technique.perturb(samples)
    assert (shown - samples).std() > 0.1
    shown.sum().backward()
    assert torch.equal(samples.grad, torch.ones(4, 3))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"instance_noise": InstanceNoise()})
