"""The networks of published recipes have the published numbers of parameters."""

from __future__ import annotations

import math

import torch
from torch import nn

from gan_cli.config.build import build
from gan_cli.config.compose import compose_full, plain
from gan_cli.networks.initialise import WEIGHT_LAYERS
from gan_cli.networks.phase_shuffle import PhaseShuffle
from gan_cli.spec import SampleSpec


def networks(recipe: str, spec: SampleSpec) -> tuple[nn.Module, nn.Module]:
    """Both networks of a recipe for samples of a kind, without values."""
    config = plain(compose_full("train", [f"model={recipe}"]))
    with torch.device("meta"):
        generator, discriminator = (build(side, config[side], spec) for side in ("generator", "discriminator"))
    return generator, discriminator


def parameters(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


def weights(network: nn.Module) -> int:
    """The weights of layers without biases and norms."""
    return sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, WEIGHT_LAYERS))


def test_wavegan() -> None:
    """Donahue et al. (2019), arXiv:1802.04208, tables 3 and 4 of the appendix, for 16,384 values of one channel."""
    generator, discriminator = networks("wavegan", SampleSpec((1, 16384)))
    assert parameters(generator) == 19_065_345
    assert parameters(discriminator) == 17_427_969
    shuffles = [layer.reach for layer in discriminator.modules() if isinstance(layer, PhaseShuffle)]
    assert shuffles == [2] * 4


def test_3d_gan() -> None:
    """Wu et al. (2016), arXiv:1610.07584, appendix A: five convolutions of 4x4x4, for 64 voxels a side.

    The paper has no sum; its layers have these weights.
    """
    generator, discriminator = networks("gan3d", SampleSpec((1, 64, 64, 64)))
    widths = [512, 256, 128, 64, 1]
    inner = sum(64 * wide * narrow for wide, narrow in zip(widths, widths[1:], strict=False))
    assert weights(generator) == 64 * 200 * widths[0] + inner
    assert weights(discriminator) == inner + 64 * widths[0]
    assert math.prod(generator.start.linear.weight.shape) == 200 * 512 * 4**3
