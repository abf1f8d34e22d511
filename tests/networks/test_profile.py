from __future__ import annotations

import pytest
import torch
from torch import nn

from gan_cli.config.compose import compose_full, plain
from gan_cli.errors import SettingError
from gan_cli.game import Batch, GeneratorInput
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.networks.profile import LayerProfile, Totals, profile, totals
from gan_cli.networks.resnet import ResNetDiscriminator, ResNetGenerator
from gan_cli.session.assemble import Parts
from gan_cli.spec import SampleSpec

IMAGE = SampleSpec((3, 8, 8))


def test_conv_generator_by_hand() -> None:
    with torch.device("meta"):
        rows = profile(
            ConvGenerator(IMAGE, latent_dim=10, depth=2, base_channels=4), GeneratorInput(torch.empty(5, 10))
        )
    assert rows == [
        LayerProfile(
            name="start.linear",
            kind="Linear 10→32",
            output_shape=(8, 2, 2),
            parameters=10 * 32 + 32 + 2 * 32,
            multiply_adds=10 * 32,
            activations=32,
            followed_by="BatchNorm1d, ReLU, Unflatten",
        ),
        LayerProfile(
            name="up.0.conv",
            kind="ConvTranspose2d 8→4, 4, stride 2",
            output_shape=(4, 4, 4),
            parameters=8 * 4 * 16 + 2 * 4,
            multiply_adds=2 * 2 * 8 * 4 * 16,
            activations=4 * 4 * 4,
            followed_by="BatchNorm2d, ReLU",
        ),
        LayerProfile(
            name="out.conv",
            kind="ConvTranspose2d 4→3, 4, stride 2",
            output_shape=(3, 8, 8),
            parameters=4 * 3 * 16,
            multiply_adds=4 * 4 * 4 * 3 * 16,
            activations=3 * 8 * 8,
            followed_by="Tanh",
        ),
    ]
    assert totals(rows) == Totals(416 + 520 + 192, 320 + 2048 + 3072, 32 + 64 + 192)


def test_spectral_discriminator_by_hand() -> None:
    network = ConvDiscriminator(SampleSpec((1, 5, 5)), base_channels=4, norm="spectral", dropout=0.3)
    rows = profile(network, Batch(torch.empty(2, 1, 5, 5)))
    assert [(row.kind, row.output_shape) for row in rows] == [
        ("Conv2d 1→4, 4, stride 2", (4, 3, 3)),
        ("Conv2d 4→1, 3", (1, 1, 1)),
    ]
    assert rows[0].followed_by == "LeakyReLU, Dropout2d"
    assert [row.parameters for row in rows] == [4 * 16 + 4, 4 * 9 + 1]
    assert [row.multiply_adds for row in rows] == [3 * 3 * 4 * 16, 4 * 9]


@pytest.mark.parametrize(
    ("generator", "discriminator"),
    [(MLPGenerator, MLPDiscriminator), (ConvGenerator, ConvDiscriminator), (ResNetGenerator, ResNetDiscriminator)],
)
@pytest.mark.parametrize("kernel_size", [3, 4])
def test_totals_hold_every_parameter(
    generator: type[nn.Module], discriminator: type[nn.Module], kernel_size: int
) -> None:
    settings = {} if generator is MLPGenerator else {"kernel_size": kernel_size}
    spec = SampleSpec((2, 9, 9))
    for network, shape in ((generator(spec, **settings), (100,)), (discriminator(spec, **settings), (2, 9, 9))):
        rows = profile(network, Batch(torch.empty(1, *shape)))
        assert totals(rows).parameters == sum(p.numel() for p in network.parameters())


def test_a_residual_block_is_one_row() -> None:
    rows = profile(ResNetDiscriminator(IMAGE, base_channels=4, norm="none"), Batch(torch.empty(1, 3, 8, 8)))
    assert [(row.name, row.kind) for row in rows] == [
        ("down.0", "Residual 3→4, 3, down 2"),
        ("down.1", "Residual 4→8, 3, down 2"),
        ("head", "Linear 8→1"),
    ]
    first, second, head = rows
    assert first.output_shape == (4, 4, 4) and first.followed_by == ""
    assert first.parameters == (3 * 4 * 9 + 4) + (4 * 4 * 9 + 4) + 3 * 4
    assert first.multiply_adds == 64 * 3 * 4 * 9 + 64 * 4 * 4 * 9 + 16 * 3 * 4
    assert first.activations == 2 * 4 * 64 + 4 * 16
    assert second.output_shape == (8, 2, 2) and second.followed_by == "ReLU"
    assert second.parameters == (4 * 4 * 9 + 4) + (4 * 8 * 9 + 8) + 4 * 8
    assert second.multiply_adds == 16 * 4 * 4 * 9 + 16 * 4 * 8 * 9 + 4 * 4 * 8
    assert second.activations == 4 * 16 + 8 * 16 + 8 * 4
    assert (head.parameters, head.multiply_adds, head.activations) == (8 + 1, 8, 1)


def test_resnet_pair_costs_the_same_in_the_middle() -> None:
    spec = SampleSpec((3, 32, 32))
    with torch.device("meta"):
        up = profile(ResNetGenerator(spec, norm="none"), GeneratorInput(torch.empty(1, 100)))
        down = profile(ResNetDiscriminator(spec, norm="none"), Batch(torch.empty(1, 3, 32, 32)))
    pairs = {row.kind.split(",")[0]: row.multiply_adds for row in (*up, *down)}
    assert pairs["Residual 256→128"] == pairs["Residual 128→256"]
    assert pairs["Residual 128→64"] == pairs["Residual 64→128"]


def test_network_and_its_state_are_left_alone() -> None:
    network = ConvGenerator(IMAGE, base_channels=4)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    profile(network, GeneratorInput(torch.randn(4, 100)))
    assert network.training and not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_frozen_weights_are_not_counted() -> None:
    layer = nn.Linear(3, 2)
    layer.weight.requires_grad_(False)
    assert profile(nn.Sequential(layer), Batch(torch.empty(1, 3)))[0].parameters == 2


@pytest.mark.parametrize(
    ("layer", "shape", "multiply_adds"),
    [
        (nn.Linear(5, 3), (5,), 5 * 3),
        (nn.Linear(5, 3), (7, 5), 7 * 5 * 3),
        (nn.Conv1d(4, 6, 5, stride=3, padding=1), (4, 16), 5 * 6 * 4 * 5),
        (nn.Conv2d(4, 6, 3, groups=2, padding=1), (4, 8, 9), 8 * 9 * 6 * 2 * 9),
        (nn.Conv2d(4, 6, 3, dilation=2), (4, 8, 9), 4 * 5 * 6 * 4 * 9),
        (nn.Conv3d(2, 3, 2, stride=2), (2, 4, 4, 6), 2 * 2 * 3 * 3 * 2 * 8),
        (nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1), (4, 10), 10 * 4 * 6 * 4),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), (4, 5, 6), 5 * 6 * 4 * 3 * 9),
        (nn.ConvTranspose3d(2, 3, 2, stride=2), (2, 2, 3, 4), 2 * 3 * 4 * 2 * 3 * 8),
    ],
)
def test_multiply_adds_by_hand(layer: nn.Module, shape: tuple[int, ...], multiply_adds: int) -> None:
    """Products of a weight and a value: per output position, for a transposed convolution per input position."""
    assert profile(nn.Sequential(layer), Batch(torch.empty(3, *shape)))[0].multiply_adds == multiply_adds


def test_a_shared_layer_computes_twice_and_is_owned_once() -> None:
    layer = nn.Linear(4, 4)
    assert totals(profile(nn.Sequential(layer, nn.ReLU(), layer), Batch(torch.empty(1, 4)))) == Totals(20, 32, 8)


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=cgan",), ("model=acgan",), ("model=projection_gan",), ("model=r3gan",), ("model=bigan",),
        ("model=mlp", "data=digits", "condition=concat"), ("model=sn_dcgan",), ("data=chirps",), ("data=colours",),
    ],
)  # fmt: skip
def test_the_rows_have_all_parameters(overrides: tuple[str, ...]) -> None:
    parts = Parts(plain(compose_full("train", [*overrides, "run=x", "sweep_name=s"])))
    spec = parts.source().spec
    with torch.device("meta"):
        networks = parts.networks(spec, parts.techniques())
        for network, given in zip(networks, parts.empty_inputs(networks[0], spec, 8), strict=True):
            learning = sum(p.numel() for p in network.parameters() if p.requires_grad)
            assert totals(profile(network, given)).parameters == learning


def test_a_network_that_is_one_layer_counts_once() -> None:
    assert totals(profile(nn.Linear(3, 1), Batch(torch.empty(2, 3)))).parameters == 4


def test_a_network_without_layers_of_torch_is_refused() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self, points: torch.Tensor) -> torch.Tensor:
            return points @ self.weight

    with pytest.raises(SettingError, match="Scaled: has no Linear or convolution of torch.nn"):
        profile(Scaled(), Batch(torch.empty(2, 3)))
