from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_cli.networks.initialise import constrain_spectral_norm, initialise


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(32, 64, 4), nn.BatchNorm2d(64), nn.ConvTranspose2d(64, 32, 4, stride=2), nn.Linear(128, 256)
    )


def test_normal_is_dcgans() -> None:
    conv, norm, transposed, linear = (layers := network())
    initialise(layers, "normal")
    for layer in (conv, transposed, linear):
        assert layer.weight.mean().item() == pytest.approx(0.0, abs=1e-3)
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
        assert layer.bias.abs().max() == 0.0
    assert norm.weight.mean().item() == pytest.approx(1.0, abs=0.01)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.3)
    assert norm.bias.abs().max() == 0.0


def test_kaiming_counts_the_inputs_that_meet() -> None:
    conv, norm, transposed, linear = (layers := network())
    initialise(layers, "kaiming")
    assert conv.weight.std().item() == pytest.approx((2 / (32 * 16)) ** 0.5, rel=0.05)
    assert transposed.weight.std().item() == pytest.approx((2 / (64 * 16 / 4)) ** 0.5, rel=0.05)
    assert linear.weight.std().item() == pytest.approx((2 / 128) ** 0.5, rel=0.05)
    assert norm.weight.std() == 0.0


def test_xavier_is_bounded() -> None:
    linear = network()[3]
    initialise(linear, "xavier")
    bound = (6 / (128 + 256)) ** 0.5
    assert linear.weight.abs().max().item() == pytest.approx(bound, rel=0.01)


def test_orthogonal() -> None:
    linear = network()[3]
    initialise(linear, "orthogonal")
    assert torch.allclose(linear.weight.T @ linear.weight, torch.eye(128), atol=1e-5)


def test_default_leaves_torchs() -> None:
    before = network()
    after = network()
    initialise(after, "default")
    assert all(torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))


@pytest.mark.parametrize("init", ["default", "normal", "xavier", "kaiming", "orthogonal"])
def test_on_the_meta_device(init: str) -> None:
    with torch.device("meta"):
        layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ConvTranspose2d(4, 3, 3), nn.GroupNorm(1, 3), nn.Linear(5, 5))
        initialise(layers, init)  # type: ignore[arg-type]
        constrain_spectral_norm(layers)
    assert all(p.is_meta for p in layers.parameters())
