from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_cli.networks.r3gan import Halve, R3GANDiscriminator, R3GANGenerator
from gan_cli.spec import SampleSpec

SMALL = {"base_channels": 8, "max_channels": 16}


def parameters(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


def test_the_papers_pair_for_cifar_10() -> None:
    """Huang et al. (2024), arXiv:2501.05441: 20.73 and 20.68 million parameters."""
    spec = SampleSpec((3, 32, 32))
    with torch.device("meta"):
        generator = R3GANGenerator(spec, base_channels=768, max_channels=768)
        discriminator = R3GANDiscriminator(spec, base_channels=768, max_channels=768)
    assert parameters(generator) == 20_732_160
    assert parameters(discriminator) == 20_683_776
    (grouped, *_) = (module for module in discriminator.modules() if getattr(module, "groups", 1) > 1)
    assert grouped.groups == 96
    assert not any("Norm" in type(module).__name__ for module in (*generator.modules(), *discriminator.modules()))


@pytest.mark.parametrize("shape", [(1, 40), (3, 9, 12), (2, 8, 8, 8)])
@pytest.mark.parametrize("kernel_size", [3, 4])
def test_any_kind_of_map(shape: tuple[int, ...], kernel_size: int) -> None:
    spec = SampleSpec(shape)
    samples = R3GANGenerator(spec, kernel_size=kernel_size, **SMALL)(torch.randn(3, 64))
    assert samples.shape == (3, *shape) and samples.abs().max() <= 1.0
    discriminator = R3GANDiscriminator(spec, kernel_size=kernel_size, dropout=0.2, **SMALL)
    logits = discriminator(samples)
    logits.sum().backward()
    assert logits.shape == (3,) and discriminator.features(samples).shape == (3, 16)


def test_blocks_begin_as_nothing_and_signals_keep_their_size() -> None:
    torch.manual_seed(0)
    spec = SampleSpec((3, 32, 32))
    discriminator = R3GANDiscriminator(spec)
    images = torch.randn(64, 3, 1, 1).expand(64, 3, 32, 32)
    maps = discriminator.read(images)
    assert torch.equal(discriminator.stages[0].blocks(maps), maps)
    assert 0.3 < discriminator(images).std() < 3.0
    generator = R3GANGenerator(spec)
    assert 0.1 < generator(torch.randn(64, 64)).std() < 1.0


def test_halving_is_the_adjoint_of_doubling() -> None:
    """Inside a map: what doubling spreads, halving collects with the same weights."""
    maps = torch.zeros(1, 1, 16)
    maps[..., 8] = 1.0
    assert Halve()(maps).flatten()[3:6].tolist() == [0.125, 0.375, 0.0]
    assert torch.allclose(Halve()(torch.ones(1, 2, 8, 4)), torch.ones(1, 2, 4, 2))
