from __future__ import annotations

from typing import Any

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


def results_of(name: str, monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Return what a function of the module makes from now on."""
    made: list[Tensor] = []
    way = getattr(convolution, name)

    def noted(*arguments: Any) -> Tensor:
        made.append(way(*arguments))
        return made[-1]

    monkeypatch.setattr(convolution, name, noted)
    return made


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Take the way of the products on any processor; return the gradients that were made by them."""
    monkeypatch.setattr(convolution, "multiplies_tiles", lambda: True)
    return results_of("_weights", monkeypatch)


@pytest.fixture
def reduced(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Return the smaller maps that are made by products of windows from now on."""
    return results_of("_reduced", monkeypatch)


@pytest.fixture
def enlarged(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Return the maps that are enlarged by an equal convolution from now on."""
    return results_of("_enlarged", monkeypatch)


def gradients(layer: nn.Module, maps: Tensor, *, low: bool) -> list[Tensor]:
    """Return what a layer makes, and all of its gradients: of first order, and of second order as R1 needs them."""
    shown = maps.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        made = layer(shown).float()
    (slope,) = torch.autograd.grad(made.square().sum(), shown, create_graph=True)
    (slope.square().sum() * 1e-4 + made.sin().sum()).backward()
    return [made.detach(), slope.detach(), shown.grad, *(p.grad for p in layer.parameters())]  # type: ignore[list-item]


@pytest.mark.parametrize("reducing", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_all_gradients_are_those_of_torch(
    name: str, reducing: bool, products: list[Tensor], reduced: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolution, "_CHANNELS_PER_WINDOW", 0 if reducing else 1000)
    torch.manual_seed(0)
    ours, torchs, arguments = LAYERS[name]
    layer, plain = ours(*arguments), torchs(*arguments)
    plain.load_state_dict(layer.state_dict())
    maps = torch.randn(12, arguments[0], 9, 8).to(memory_format=torch.channels_last)
    found, expected = gradients(layer, maps, low=True), gradients(plain, maps, low=False)
    assert products
    assert bool(reduced) is reducing
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


ENLARGED: dict[str, tuple[int, bool, tuple[int, ...]]] = {
    "sound": (1, True, (6, 1, 25, 4, 11, 1)),
    "image": (2, True, (6, 3, 4, 2, 1)),
    "image, odd": (2, True, (6, 1, 5, 2, 2, 1)),
    "image, kernel of the stride": (2, True, (6, 1, 2, 2, 0)),
    "image, kernel of three strides": (2, True, (6, 2, 6, 2, 2)),
    "voxels": (3, True, (6, 1, 4, 2, 1)),
    "gradient of sound": (1, False, (2, 6, 25, 4, 11)),
    "gradient of images": (2, False, (3, 6, 4, 2, 1)),
    "gradient of images, odd": (2, False, (1, 6, 5, 2, 2)),
    "gradient of voxels": (3, False, (1, 6, 4, 2, 1)),
}
"""Convolutions from or to few channels: axes, whether transposed, arguments."""


@pytest.mark.parametrize("name", ENLARGED)
def test_maps_are_enlarged_as_torch_does(name: str, enlarged: list[Tensor]) -> None:
    torch.manual_seed(0)
    axes, transposed, arguments = ENLARGED[name]
    family = "ConvTranspose" if transposed else "Conv"
    layer, plain = (getattr(source, f"{family}{axes}d")(*arguments).double() for source in (convolution, nn))
    plain.load_state_dict(layer.state_dict())
    size = (8, 12, 4)[:axes]
    maps = torch.randn(2, arguments[0], *size).double()
    found, expected = gradients(layer, maps, low=False), gradients(plain, maps, low=False)
    assert enlarged
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (ConvTranspose2d(6, 8, 4, 2, 1), (8, 8)),  # 32 channels at once are no fewer than torch computes
        (ConvTranspose2d(6, 1, 4, 2, 0), (8, 8)),  # 18 positions from 8
        (ConvTranspose2d(6, 1, 3, 1, 1), (8, 8)),
        (Conv2d(1, 6, 4, 2, 1), (9, 8)),
        (Conv2d(1, 6, 3, 2, 1), (9, 9)),
    ],
)
def test_torchs_own_way_of_other_sizes(layer: nn.Module, size: tuple[int, int], enlarged: list[Tensor]) -> None:
    maps = torch.randn(2, layer.in_channels, *size, requires_grad=True)
    layer(maps).sum().backward()
    assert not enlarged
    assert maps.grad is not None


def test_layers_behind_may_write_into_what_was_enlarged(enlarged: list[Tensor]) -> None:
    made = nn.Sequential(ConvTranspose2d(6, 1, 4, 2, 1), nn.ReLU(inplace=True))(torch.randn(2, 6, 8, 8))
    made.sum().backward()
    assert enlarged
    assert made.min() == 0


def test_real_samples_need_no_gradient(enlarged: list[Tensor]) -> None:
    layer = Conv2d(1, 6, 4, 2, 1)
    layer(torch.randn(2, 1, 8, 8)).sum().backward()
    assert not enlarged
    assert layer.weight.grad is not None


@pytest.mark.parametrize(("size", "expected"), [(8, True), (16, False)])
def test_few_windows_are_multiplied_on_any_processor(
    size: int, expected: bool, products: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolution, "multiplies_tiles", lambda: False)
    layer = Conv2d(16, 16, 4, 2, 1)
    with torch.autocast("cpu", torch.bfloat16):
        layer(torch.randn(2, 16, size, size)).float().sum().backward()
    assert bool(products) is expected


@pytest.mark.parametrize(
    ("layer", "size", "expected"),
    [
        (Conv2d(64, 8, 4, 2, 1), 4, True),  # 4 windows
        (Conv2d(64, 8, 4, 2, 1), 8, False),
        (Conv2d(256, 8, 4, 2, 1), 8, True),
        (Conv2d(32, 8, 4, 2, 1), 4, False),
        (ConvTranspose2d(8, 64, 4, 2, 1), 2, True),
        (ConvTranspose2d(8, 64, 4, 2, 1), 4, False),
    ],
)
def test_few_windows_for_their_channels_are_multiplied(
    layer: nn.Module, size: int, expected: bool, reduced: list[Tensor]
) -> None:
    shown = torch.randn(2, layer.in_channels, size, size, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        layer(shown).float().sum().backward()
    assert bool(reduced) is expected
    assert shown.grad is not None


def test_a_convolution_that_learns_nothing_is_a_product_too(reduced: list[Tensor]) -> None:
    layer, shown = Conv2d(64, 8, 4, 2, 1), torch.randn(2, 64, 4, 4)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        made = layer(shown)
    assert len(reduced) == 1
    assert (made.float() - nn.Conv2d.forward(layer, shown)).norm() < 0.02 * made.float().norm()


def test_layers_behind_may_write_into_a_product(reduced: list[Tensor]) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        made = nn.Sequential(Conv2d(64, 8, 4, 2, 1), nn.ReLU(inplace=True))(torch.randn(2, 64, 4, 4))
    made.float().sum().backward()
    assert reduced
    assert made.min() == 0


def test_penalties_do_not_compute_gradients_of_weights(products: list[Tensor]) -> None:
    layer = Conv2d(16, 16, 4, 2, 1)
    shown = torch.randn(2, 16, 8, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        made = layer(shown).float().square().sum()
    torch.autograd.grad(made, shown, create_graph=True)
    assert not products


def test_gradients_of_weights_by_name(products: list[Tensor]) -> None:
    layer = Conv2d(16, 16, 4, 2, 1).bfloat16()
    made = layer(torch.randn(2, 16, 8, 8).bfloat16()).float().square().sum()
    found = torch.autograd.grad(made, list(layer.parameters()))
    assert products
    assert all(bool(each.abs().sum()) for each in found)


@pytest.mark.parametrize(
    ("layer", "size", "precise"),
    [
        (convolution.Conv3d(4, 4, 3, padding=1), 2, True),
        (convolution.Conv3d(4, 4, 3, padding=1, groups=2), 2, True),
        (Conv2d(4, 4, 3, 2, 1), 1, True),
        (ConvTranspose2d(4, 4, 5, 2, 2, 1), 2, True),  # to 4 positions, less than its kernel
        (convolution.Conv3d(4, 4, 3, padding=1), 3, False),
        (ConvTranspose2d(4, 4, 4, 2, 1), 2, False),
    ],
)
def test_kernels_larger_than_their_map_are_computed_in_float32(layer: nn.Module, size: int, precise: bool) -> None:
    maps = torch.randn(4, 4, *[size] * len(layer.kernel_size), requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        made = layer(maps)
    assert made.dtype is (torch.float32 if precise else torch.bfloat16)
    found = torch.autograd.grad(made.float().square().sum(), [maps, *layer.parameters()])
    expected = torch.autograd.grad(layer(maps).square().sum(), [maps, *layer.parameters()])
    assert all((one - other).norm() < 0.03 * other.norm() for one, other in zip(found, expected, strict=True))


def test_processors_are_asked_once() -> None:
    assert multiplies_tiles() is multiplies_tiles()
