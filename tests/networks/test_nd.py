from __future__ import annotations

import pytest
import torch

from gan_cli.networks import nd
from gan_cli.networks.initialise import CONVOLUTIONS


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("extra", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_scaling_is_exact(ndim: int, stride: int, extra: int) -> None:
    small = (2, 3, 1)[:ndim]
    large = tuple(stride * extent for extent in small)
    down = nd.conv_down(ndim, 2, 3, stride + extra, stride, bias=False)
    up = nd.conv_up(ndim, 3, 2, stride + extra, stride, bias=False)
    assert down(torch.zeros(2, 2, *large)).shape == (2, 3, *small)
    assert up(torch.zeros(2, 3, *small)).shape == (2, 2, *large)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "expected"),
    [(4, 2, (1, 0)), (3, 2, (1, 1)), (5, 2, (2, 1)), (7, 2, (3, 1)), (2, 2, (0, 0)), (5, 3, (1, 0)), (25, 4, (11, 1))],
)
def test_exact_padding(kernel_size: int, stride: int, expected: tuple[int, int]) -> None:
    assert nd.exact_padding(kernel_size, stride) == expected


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5])
def test_same_keeps_the_size(kernel_size: int) -> None:
    assert nd.conv_same(2, 1, 2, kernel_size, bias=True)(torch.zeros(1, 1, 5, 4)).shape == (1, 2, 5, 4)


def test_even_kernel_looks_further_ahead() -> None:
    layer = nd.conv_same(1, 1, 1, 4, bias=False)
    conv = next(module for module in layer.modules() if isinstance(module, CONVOLUTIONS))
    torch.nn.init.ones_(conv.weight)
    assert layer(torch.tensor([[[1.0, 10.0, 100.0, 1000.0]]])).flatten().tolist() == [111.0, 1111.0, 1110.0, 1100.0]


def test_crop_undoes_pad() -> None:
    margins = ((1, 2), (0, 3))
    maps = torch.arange(12.0).reshape(1, 1, 3, 4)
    padded = nd.Pad(margins)(maps)
    assert padded.shape == (1, 1, 6, 7)
    assert padded[0, 0, 1, 0] == 0.0 and padded[0, 0, 2, 1] == 5.0 and padded[0, 0, 0].abs().sum() == 0.0
    assert torch.equal(nd.Crop(margins)(padded), maps)


def test_chain_keeps_names_when_layers_are_left_out() -> None:
    row = nd.chain(first=torch.nn.Identity(), second=None, third=torch.nn.Tanh())
    assert [name for name, _ in row.named_children()] == ["first", "third"]
