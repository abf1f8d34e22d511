from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_cli.errors import SettingError
from gan_cli.networks import nd
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.spec import SampleSpec

REFERENCE = SampleSpec((3, 64, 64))


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def layers(network: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, kind)]


def test_reference_pair_has_exactly_its_parameters() -> None:
    with torch.device("meta"):
        assert count(ConvGenerator(REFERENCE)) == 3_600_256
        assert count(ConvDiscriminator(REFERENCE)) == 2_765_568


def test_reference_pair_has_dcgans_structure() -> None:
    with torch.device("meta"):
        generator, discriminator = ConvGenerator(REFERENCE), ConvDiscriminator(REFERENCE)
    assert generator.widths == [512, 256, 128, 64] and discriminator.widths == [64, 128, 256, 512]
    assert [type(layer).__name__ for layer in generator.modules() if not list(layer.children())] == [
        *("Linear", "BatchNorm1d", "ReLU", "Unflatten"),
        *("ConvTranspose2d", "BatchNorm2d", "ReLU") * 3,
        *("ConvTranspose2d", "Tanh"),
    ]
    assert [type(layer).__name__ for layer in discriminator.modules() if not list(layer.children())] == [
        *("Identity", "Conv2d", "LeakyReLU"),
        *("Conv2d", "BatchNorm2d", "LeakyReLU") * 3,
        "WholeMap2d",
    ]
    assert all(layer.negative_slope == 0.2 for layer in layers(discriminator, nn.LeakyReLU))  # type: ignore[union-attr]
    assert all(layer.bias is None for layer in layers(generator, nn.ConvTranspose2d))
    assert all(layer.bias is None for layer in layers(discriminator, nn.Conv2d))


@pytest.mark.parametrize("norm", ["none", "spectral", "layer", "group"])
def test_biases_where_no_norm_cancels_them(norm: str) -> None:
    discriminator = ConvDiscriminator(REFERENCE, base_channels=2, norm=norm)  # type: ignore[arg-type]
    assert all(layer.bias is not None for layer in layers(discriminator, nn.Conv2d))


def test_spectral_norm_is_on_every_weight_and_works() -> None:
    discriminator = ConvDiscriminator(SampleSpec((1, 8, 8)), base_channels=4, depth=2, norm="spectral", init="kaiming")
    for _ in range(200):
        discriminator(torch.randn(2, 1, 8, 8))
    convolutions = layers(discriminator.eval(), nn.Conv2d)
    assert len(convolutions) == 3
    for layer in convolutions:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert largest.item() == pytest.approx(1.0, abs=1e-3)
    assert not layers(discriminator, nn.BatchNorm2d)


def test_crop_and_pad_are_mirror_images() -> None:
    spec = SampleSpec((1, 5, 7))
    generator, discriminator = ConvGenerator(spec, base_channels=2), ConvDiscriminator(spec, base_channels=2)
    wide = generator.out.conv(generator.up(generator.start(torch.randn(2, 100))))
    narrow = generator.out.crop(wide)
    assert wide.shape == (2, 1, 6, 8) and torch.equal(narrow, wide[:, :, 0:5, 0:7])
    padded = discriminator.pad(narrow)
    assert padded.shape == wide.shape
    assert torch.equal(padded[:, :, 0:5, 0:7], narrow)
    assert padded[:, :, 5].abs().max() == 0.0 and padded[:, :, :, 7].abs().max() == 0.0


def test_last_map_is_the_start_map() -> None:
    for size in (4, 5, 7, 8, 28, 33):
        spec = SampleSpec((1, size, size))
        generator, discriminator = ConvGenerator(spec, base_channels=2), ConvDiscriminator(spec, base_channels=2)
        start = generator.start(torch.randn(2, 100))
        assert discriminator.features(torch.randn(2, *spec.shape)).shape == (2, start[0].numel())


def test_widths_replace_depth_and_base_channels() -> None:
    spec = SampleSpec((1, 32, 32))
    generator = ConvGenerator(spec, widths=[24, 12])
    discriminator = ConvDiscriminator(spec, widths=[12, 24])
    assert generator.depth == discriminator.depth == 2
    assert generator.start(torch.randn(2, 100)).shape == (2, 24, 8, 8)
    assert discriminator.features(torch.randn(2, 1, 32, 32)).shape == (2, 24 * 8 * 8)


def test_max_channels_ends_the_doubling() -> None:
    assert ConvGenerator(REFERENCE, base_channels=4, max_channels=8).widths == [8, 8, 8, 4]
    assert ConvDiscriminator(REFERENCE, base_channels=4, max_channels=8).widths == [4, 8, 8, 8]


def test_kernel_below_stride_is_refused() -> None:
    for build in (ConvGenerator, ConvDiscriminator):
        with pytest.raises(SettingError, match="kernel_size=2: must be at least the stride, 3"):
            build(REFERENCE, kernel_size=2, stride=3)


def test_instance_norm_of_single_values_is_refused() -> None:
    for build in (ConvGenerator, ConvDiscriminator):
        with pytest.raises(SettingError, match="the smallest map here is 1x1"):
            build(SampleSpec((1, 8, 8)), depth=3, norm="instance")


@pytest.mark.parametrize("size", [(5,), (4, 3), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("layout", ["contiguous", "channels last"])
def test_a_convolution_over_the_whole_map_is_the_convolution(size: tuple[int, ...], layout: str) -> None:
    whole = nd.WHOLE_MAP[len(size)](6, 2, size, bias=True).double()
    maps = torch.randn(3, 6, *size, dtype=torch.float64)
    if layout == "channels last":
        maps = maps.movedim(1, -1).contiguous().movedim(-1, 1)
    torchs: type[nn.Module] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(size) - 1]
    expected = torchs.forward(whole, maps)
    assert whole(maps).shape == expected.shape == (3, 2, *(1 for _ in size))
    torch.testing.assert_close(whole(maps), expected)
