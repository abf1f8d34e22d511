"""MinibatchStddev: the number it adds, its gradient, what it remembers, and its company."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
from arena import KINDS, assert_plays
from torch import nn

from gan_cli.balance.base import Technique
from gan_cli.balance.minibatch_stddev import MinibatchStddev, SpreadHead
from gan_cli.balance.packing import Packing
from gan_cli.errors import SettingError
from gan_cli.losses import Relativistic
from gan_cli.networks.conv import ConvDiscriminator
from gan_cli.networks.mlp import MLPDiscriminator
from gan_cli.networks.resnet import ResNetDiscriminator
from gan_cli.spec import SampleSpec

FEATURES = torch.tensor([[1.0, 0.0], [3.0, 0.0]])  # deviations 1 and 0: the spread is 1/2


def head(weight: float) -> SpreadHead:
    layer = nn.Linear(2, 1)
    nn.init.constant_(layer.weight, 1.0)
    nn.init.zeros_(layer.bias)
    made = SpreadHead(layer)
    nn.init.constant_(made.spread.weight, weight)
    return made


def test_the_spread_is_one_more_input() -> None:
    torch.testing.assert_close(head(4.0)(FEATURES), torch.tensor([[3.0], [5.0]]), atol=1e-3, rtol=0)
    assert head(0.0)(FEATURES).flatten().tolist() == [1.0, 3.0]


def test_it_is_what_a_constant_map_beside_the_last_one_gives() -> None:
    torch.manual_seed(0)
    maps, layer, wider = torch.randn(5, 3, 2, 2), nn.Conv2d(3, 1, 2), nn.Conv2d(4, 1, 2)
    with torch.no_grad():
        wider.weight[:, :3], wider.bias[:] = layer.weight, layer.bias
    made = SpreadHead(layer)
    nn.init.constant_(made.spread.weight, wider.weight[:, 3].sum().item())
    constant = (maps.var(0, correction=0) + 1e-8).sqrt().mean().expand(5, 1, 2, 2)
    torch.testing.assert_close(made(maps), wider(torch.cat([maps, constant], 1)))


def test_alike_samples_have_no_spread_but_a_gradient_that_is_finite() -> None:
    features = torch.ones(4, 3, requires_grad=True)
    made = SpreadHead(nn.Linear(3, 1))
    nn.init.ones_(made.spread.weight)
    made(features).sum().backward()
    assert bool(torch.isfinite(features.grad).all())
    assert made.spread.weight.grad.item() == pytest.approx(4 * math.sqrt(1e-8))


def test_spread_is_rewarded_where_its_weight_is_positive() -> None:
    features = FEATURES.clone().requires_grad_()
    made = head(1.0)
    nn.init.zeros_(made.layer.weight)
    made(features).mean().backward()
    assert features.grad[:, 0].tolist() == pytest.approx([-0.25, 0.25])  # apart


def test_in_evaluation_mode_a_logit_does_not_depend_on_its_company() -> None:
    made = head(4.0)
    for _ in range(200):
        made(FEATURES)
    made.eval()
    torch.testing.assert_close(made(FEATURES[:1]), torch.tensor([[3.0]]), atol=1e-3, rtol=0)
    torch.testing.assert_close(made(FEATURES[1:]), torch.tensor([[5.0]]), atol=1e-3, rtol=0)


def test_a_gauge_that_looks_at_a_batch_leaves_no_trace() -> None:
    made = head(4.0).eval()
    for module in made.modules():
        module.training = getattr(module, "batchwise", False)
    torch.testing.assert_close(made(FEATURES), torch.tensor([[3.0], [5.0]]), atol=1e-3, rtol=0)
    assert made.spread.usual.item() == 0.0


@pytest.mark.parametrize("build", [MLPDiscriminator, ConvDiscriminator, ResNetDiscriminator])
def test_every_discriminator_has_a_place_for_it_and_starts_as_it_was(build: type[nn.Module]) -> None:
    spec = SampleSpec((1, 8, 8))
    torch.manual_seed(0)
    plain = build(spec, base_channels=4)
    torch.manual_seed(0)
    network = MinibatchStddev().build_discriminator(partial(build, base_channels=4), spec)
    batch = torch.randn(6, *spec.shape)
    torch.testing.assert_close(network(batch), plain(batch))
    assert network.features(batch).shape == plain.features(batch).shape


def test_a_discriminator_without_a_last_layer_of_that_name_is_refused() -> None:
    with pytest.raises(
        SettingError, match="discriminator=Linear: needs a discriminator with one last layer named head"
    ):
        MinibatchStddev().build_discriminator(lambda spec: nn.Linear(2, 1), SampleSpec((2,)))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"minibatch_stddev": MinibatchStddev()})


@pytest.mark.parametrize("order", [1, -1])
def test_it_plays_with_packs(order: int) -> None:
    def make() -> dict[str, Technique]:
        return dict([("packing", Packing()), ("minibatch_stddev", MinibatchStddev())][::order])

    assert_plays(KINDS[2], make, Relativistic())
