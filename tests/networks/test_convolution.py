from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_cli.networks import convolution
from gan_cli.networks.convolution import Conv2d, ConvTranspose2d, multiplies_tiles

LAYERS: dict[str, tuple[type[nn.Module], type[nn.Module], tuple[int, ...]]] = {
    "down": (Conv2d, nn.Conv2d, (16, 24, 4, 2, 1)),
    "down, odd": (Conv2d, nn.Conv2d, (16, 24, 5, 2, 2)),
    "same size": (Conv2d, nn.Conv2d, (16, 24, 3, 1, 1)),
    "one position": (Conv2d, nn.Conv2d, (16, 8, 1)),
    "up": (ConvTranspose2d, nn.ConvTranspose2d, (24, 16, 4, 2, 1)),
    "up, odd": (ConvTranspose2d, nn.ConvTranspose2d, (24, 16, 5, 2, 2, 1)),
}


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Take the way of the products on any processor; return the gradients that were made by them."""
    made: list[Tensor] = []
    way = convolution._weights

    def noted(*arguments: object) -> Tensor:
        made.append(way(*arguments))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(convolution, "multiplies_tiles", lambda: True)
    monkeypatch.setattr(convolution, "_weights", noted)
    return made


def gradients(layer: nn.Module, maps: Tensor, *, low: bool) -> list[Tensor]:
    """Return what a layer makes, and all of its gradients: of first order, and of second order as R1 needs them."""
    shown = maps.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        made = layer(shown).float()
    (slope,) = torch.autograd.grad(made.square().sum(), shown, create_graph=True)
    (slope.square().sum() * 1e-4 + made.sin().sum()).backward()
    return [made.detach(), slope.detach(), shown.grad, *(p.grad for p in layer.parameters())]  # type: ignore[list-item]


@pytest.mark.parametrize("name", LAYERS)
def test_all_gradients_are_those_of_torch(name: str, products: list[Tensor]) -> None:
    torch.manual_seed(0)
    ours, torchs, arguments = LAYERS[name]
    layer, plain = ours(*arguments), torchs(*arguments)
    plain.load_state_dict(layer.state_dict())
    maps = torch.randn(12, arguments[0], 9, 8).to(memory_format=torch.channels_last)
    found, expected = gradients(layer, maps, low=True), gradients(plain, maps, low=False)
    assert products
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert (one - other).norm() < 0.02 * other.norm()


@pytest.mark.parametrize(
    ("layer", "maps", "low"),
    [
        (Conv2d(16, 16, 3, groups=2), torch.zeros(2, 16, 8, 8), True),
        (Conv2d(16, 16, 3, dilation=2), torch.zeros(2, 16, 8, 8), True),
        (Conv2d(16, 16, 3, padding="same"), torch.zeros(2, 16, 8, 8), True),
        (Conv2d(16, 16, 3, padding=1, padding_mode="reflect"), torch.zeros(2, 16, 8, 8), True),
        (Conv2d(3, 16, 4), torch.zeros(2, 3, 8, 8), True),  # few channels
        (Conv2d(16, 16, 4, 2, 1), torch.zeros(16, 16, 256, 256), True),  # more than the caches hold
        (Conv2d(16, 16, 4), torch.zeros(2, 16, 8, 8), False),  # float32
    ],
)
def test_torchs_own_way_elsewhere(layer: Conv2d, maps: Tensor, low: bool, products: list[Tensor]) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        layer(maps).float().sum().backward()
    assert not products
    assert layer.weight.grad is not None


def test_no_graph_for_frozen_weights(products: list[Tensor]) -> None:
    layer = Conv2d(16, 16, 4).requires_grad_(False)
    shown = torch.randn(2, 16, 8, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        layer(shown).float().sum().backward()  # type: ignore[no-untyped-call]
    assert shown.grad is not None
    assert not products


@pytest.mark.parametrize("low", [True, False])
@pytest.mark.parametrize("name", ["down", "up"])
def test_spectral_norm_does_one_step_of_its_power_iteration(name: str, low: bool, products: list[Tensor]) -> None:
    torch.manual_seed(0)
    ours, torchs, arguments = LAYERS[name]
    layer, plain = ours(*arguments), torchs(*arguments)
    plain.load_state_dict(layer.state_dict())
    vectors = []
    for each in (layer, plain):
        torch.manual_seed(1)
        normed = spectral_norm(each)
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            normed(torch.zeros(2, arguments[0], 8, 8)).float().sum().backward()
        vectors.append(normed.state_dict()["parametrizations.weight.0._u"])
    assert torch.equal(*vectors)
    assert bool(products) is low


def test_processors_are_asked_once() -> None:
    assert multiplies_tiles() is multiplies_tiles()
