from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from gan_cli.networks.blocks import Style, residual_down, residual_up
from gan_cli.networks.resnet import ResNetDiscriminator, ResNetGenerator
from gan_cli.spec import SampleSpec

PLAIN = Style(ndim=2, kernel_size=3, stride=2, norm="none", activation="relu", dropout=0.0)


def test_up_block_is_the_papers_formula() -> None:
    block, maps = residual_up(PLAIN, 3, 2), torch.randn(2, 3, 4, 4)
    main, skip = block.main, block.skip
    hidden = F.relu(main.conv1(F.interpolate(F.relu(maps), scale_factor=2)))
    expected = main.conv2(hidden) + skip.conv(F.interpolate(maps, scale_factor=2))
    assert torch.allclose(block(maps), expected, atol=1e-6)


def test_down_block_is_the_papers_formula() -> None:
    block, maps = residual_down(PLAIN, 2, 3, first=False), torch.randn(2, 2, 4, 4)
    main, skip = block.main, block.skip
    expected = F.avg_pool2d(main.conv2(F.relu(main.conv1(F.relu(maps)))) + skip.conv(maps), 2)
    assert torch.allclose(block(maps), expected, atol=1e-6)


def test_first_block_reads_the_data_as_they_are() -> None:
    block, maps = residual_down(PLAIN, 2, 3, first=True), torch.randn(2, 2, 4, 4)
    main, skip = block.main, block.skip
    expected = F.avg_pool2d(main.conv2(F.relu(main.conv1(maps))) + skip.conv(maps), 2)
    assert torch.allclose(block(maps), expected, atol=1e-6)


def test_features_are_summed_over_positions() -> None:
    discriminator = ResNetDiscriminator(SampleSpec((1, 8, 8)), base_channels=3, norm="none")
    samples = torch.randn(2, 1, 8, 8)
    expected = F.relu(discriminator.down(samples)).sum((2, 3))
    assert torch.allclose(discriminator.features(samples), expected, atol=1e-5)


def test_widths_are_mirrored() -> None:
    spec = SampleSpec((3, 32, 32))
    with torch.device("meta"):
        generator, discriminator = ResNetGenerator(spec), ResNetDiscriminator(spec)
        assert generator.widths == [256, 128, 64] and discriminator.widths == [64, 128, 256]
        assert ResNetGenerator(spec, widths=[8, 8]).depth == 2
    blocks = [block.describe() for block in (*generator.up, *discriminator.down)]  # type: ignore[operator]
    assert blocks == [
        *("Residual 256→128, 3, up 2", "Residual 128→64, 3, up 2", "Residual 64→64, 3, up 2"),
        *("Residual 3→64, 3, down 2", "Residual 64→128, 3, down 2", "Residual 128→256, 3, down 2"),
    ]


def test_spectral_norm_by_default_and_batch_norm_in_the_generator() -> None:
    spec = SampleSpec((1, 8, 8))
    weights = [m for m in ResNetDiscriminator(spec).modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(weights) == 2 * 3 + 1 and all(hasattr(layer, "parametrizations") for layer in weights)
    norms = [m for m in ResNetGenerator(spec).modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 2 * 2 + 1


def test_even_kernels() -> None:
    spec = SampleSpec((1, 7, 6))
    generator, discriminator = ResNetGenerator(spec, kernel_size=2), ResNetDiscriminator(spec, kernel_size=6)
    assert discriminator(generator(torch.randn(2, 100))).shape == (2,)
