"""The computed fields against a measurement: which positions of a sample move which position of a map, by gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from gan_cli.game import Batch
from gan_cli.inspection.receptive_field import receptive_fields
from gan_cli.networks.autoencoder import AutoencoderDiscriminator
from gan_cli.networks.conv import ConvDiscriminator
from gan_cli.networks.mlp import MLPDiscriminator
from gan_cli.networks.nd import Crop, Pad
from gan_cli.networks.resnet import ResNetDiscriminator
from gan_cli.spec import SampleSpec


def computed(network: nn.Module, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    return {field.name: field.positions for field in receptive_fields(network, Batch(torch.empty(2, *shape)))}


def measured(network: nn.Module, shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """The widest extent that one position of a module's output depends on, over all positions, per axis.

    Weights are 1, so that no path cancels another; smooth activations and pools of averages let every path through.
    """
    network = network.eval()
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    kept: list[Tensor] = []
    network.get_submodule(name).register_forward_hook(lambda module, inputs, output: kept.append(output))
    sample = torch.full((1, *shape), 1e-3, dtype=torch.float64, requires_grad=True)
    network.double()(sample)
    (maps,) = kept
    extents = [0] * (len(shape) - 1)
    columns = maps[0].sum(0).flatten() if maps.ndim == len(shape) + 1 else maps.flatten()[:1]
    for unit in columns:
        (gradient,) = torch.autograd.grad(unit, sample, retain_graph=True)
        touched = gradient[0].abs().sum(0) > 0
        for axis in range(touched.ndim):
            others = tuple(other for other in range(touched.ndim) if other != axis)
            line = (touched.any(dim=others) if others else touched).nonzero().flatten()
            if len(line):
                extents[axis] = max(extents[axis], int(line[-1] - line[0]) + 1)
    return tuple(extents)


CONV_SHAPES = [(1, 40), (2, 12, 21), (1, 8, 9, 8)]


@pytest.mark.parametrize("shape", CONV_SHAPES)
@pytest.mark.parametrize("settings", [{"kernel_size": 3}, {"kernel_size": 4}, {"kernel_size": 5, "depth": 1}])
def test_conv_discriminator(shape: tuple[int, ...], settings: dict[str, int]) -> None:
    network = ConvDiscriminator(SampleSpec(shape), base_channels=1, norm="none", activation="silu", **settings)
    fields = computed(network, shape)
    for name in (*(f"down.{layer}" for layer in range(network.depth)), "head"):
        assert fields[name] == measured(network, shape, name), name
    assert fields[""] == shape[1:]


@pytest.mark.parametrize("shape", [(1, 40), (1, 16, 13)])
@pytest.mark.parametrize("kernel_size", [1, 3, 4])
@pytest.mark.parametrize("stride", [1, 2])
def test_residual_discriminator_follows_the_longest_path(shape: tuple[int, ...], kernel_size: int, stride: int) -> None:
    settings = {"kernel_size": kernel_size, "stride": stride, "depth": 2}
    network = ResNetDiscriminator(SampleSpec(shape), base_channels=1, norm="none", activation="silu", **settings)
    fields = computed(network, shape)
    for name in ("down.0", "down.1"):
        assert fields[name] == measured(network, shape, name), name
    assert fields["head"] == fields[""] == shape[1:]


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv1d(1, 1, 3, dilation=3, padding=3), nn.Conv1d(1, 1, 2, dilation=2)],
        [nn.Conv1d(1, 1, 5, padding="same"), nn.Conv1d(1, 1, 4, padding="valid")],
        [nn.AvgPool1d(3, stride=2, padding=1), nn.Conv1d(1, 1, 3)],
        [nn.Conv1d(1, 1, 3), nn.AdaptiveAvgPool1d(5)],
        [nn.Conv1d(1, 1, 1, stride=3), nn.Conv1d(1, 1, 3)],
        [Pad(((3, 1),)), nn.Conv1d(1, 1, 2), Crop(((2, 4),)), nn.Conv1d(1, 1, 2, stride=2)],
        [nn.Conv1d(1, 1, 4, stride=2, padding=1), nn.ConvTranspose1d(1, 1, 5, stride=3, padding=1), nn.Conv1d(1, 1, 3)],
        [nn.Conv1d(1, 1, 4, stride=2, padding=1), nn.Upsample(scale_factor=2), nn.Conv1d(1, 1, 3)],
    ],
)
def test_layers_in_a_row(layers: list[nn.Module]) -> None:
    network = nn.Sequential(*layers)
    fields = computed(network, (1, 23))
    for index in range(len(layers)):
        assert fields[str(index)] == measured(network, (1, 23), str(index)), index


def test_by_hand() -> None:
    """DCGAN at 64x64: 1 + 3 (1 + 2 + 4 + 8) = 46 positions in the last map; the last filter covers the image."""
    with torch.device("meta"):
        network = ConvDiscriminator(SampleSpec((3, 64, 64)))
    fields = {field.name: field for field in receptive_fields(network, Batch(torch.empty(1, 3, 64, 64)))}
    assert [fields[f"down.{layer}"].positions for layer in range(4)] == [(4, 4), (10, 10), (22, 22), (46, 46)]
    assert [fields[f"down.{layer}"].map_size[0] for layer in range(4)] == [32, 16, 8, 4]
    assert fields["head"].positions == fields[""].positions == (64, 64)


def test_max_pooling_and_norms_count_their_positions_only() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2), nn.MaxPool2d((2, 3)), nn.ReLU(inplace=True))
    assert computed(network, (1, 9, 11)) == {"": (4, 5), "0": (3, 3), "1": (3, 3), "2": (4, 5), "3": (4, 5)}


@pytest.mark.parametrize("norm", ["batch", "instance", "layer", "spectral"])
def test_norms_change_nothing(norm: str) -> None:
    spec = SampleSpec((1, 16, 16))
    with torch.device("meta"):
        networks = [ResNetDiscriminator(spec, norm=kind) for kind in ("none", norm)]  # type: ignore[arg-type]
    plain, normed = (computed(network, spec.shape) for network in networks)
    assert plain.items() <= normed.items()


@pytest.mark.parametrize("kind", [MLPDiscriminator, AutoencoderDiscriminator])
def test_dense_layers_see_everything(kind: type[nn.Module]) -> None:
    fields = computed(kind(SampleSpec((1, 8, 6))), (1, 8, 6))
    assert fields[""] == (8, 6)
    if kind is MLPDiscriminator:
        assert set(fields.values()) == {(8, 6)}


def test_points_have_no_extent() -> None:
    assert set(computed(MLPDiscriminator(SampleSpec((2,), None)), (2,)).values()) == {()}


def test_network_is_left_alone() -> None:
    network = ConvDiscriminator(SampleSpec((1, 8, 8)), base_channels=2)
    receptive_fields(network, Batch(torch.empty(1, 1, 8, 8)))
    assert network.training and not any(module._forward_hooks for module in network.modules())
