from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from gan_cli.networks.blocks import Bounded
from gan_cli.networks.options import Activation, Maxout, build_activation, build_dropout, build_norm, carries_bias
from gan_cli.nonlinear import is_nonlinear


@pytest.mark.parametrize(
    ("channels", "groups"), [(64, 4), (16, 1), (8, 1), (20, 1), (48, 3), (100, 5), (37, 1), (1, 1)]
)
def test_groups_share_16_channels_or_a_few_more(channels: int, groups: int) -> None:
    norm = build_norm("group", channels, 2)
    assert isinstance(norm, nn.GroupNorm) and norm.num_groups == groups


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_axes_that_each_norm_normalises(ndim: int) -> None:
    maps = torch.randn(4, 32, *(3, 4, 5)[:ndim]) * 3 + torch.arange(32.0).reshape(1, 32, *[1] * ndim)
    positions = tuple(range(2, 2 + ndim))
    for kind, axes in (("batch", (0, *positions)), ("instance", positions), ("layer", (1, *positions))):
        norm = build_norm(kind, 32, ndim)  # type: ignore[arg-type]
        assert norm is not None
        assert norm(maps).mean(axes).abs().max() < 1e-4, kind
    assert build_norm("none", 32, ndim) is None and build_norm("spectral", 32, ndim) is None


def test_biases_that_a_norm_cancels() -> None:
    kinds = ("none", "batch", "instance", "layer", "group", "spectral")
    assert [carries_bias(kind, 2) for kind in kinds] == [True, False, False, True, True, True]  # type: ignore[arg-type]
    assert [carries_bias(kind, 0) for kind in kinds] == [True, False, True, True, True, True]  # type: ignore[arg-type]


def test_leaky_relu_has_slope_0_2() -> None:
    assert torch.allclose(build_activation("leaky_relu")(torch.tensor([-1.0, 2.0])), torch.tensor([-0.2, 2.0]))


def test_dropout_drops_whole_channels() -> None:
    layer = build_dropout(0.5, 2)
    assert layer is not None
    kept = layer(torch.ones(8, 32, 3, 3)).flatten(2)
    assert bool((kept.amin(2) == kept.amax(2)).all()) and set(kept.flatten().tolist()) == {0.0, 2.0}
    assert build_dropout(0.0, 2) is None


@pytest.mark.parametrize("kind", get_args(Activation))
def test_every_activation_is_known_as_one(kind: Activation) -> None:
    """By whoever looks for hidden layers: the probe, the pictures of an evaluation, `gan inspect`."""
    assert is_nonlinear(build_activation(kind))


def test_what_ends_or_joins_is_known_too() -> None:
    assert is_nonlinear(Maxout(2)) and is_nonlinear(Bounded(0.0, 1.0)) and not is_nonlinear(nn.Linear(1, 1))
