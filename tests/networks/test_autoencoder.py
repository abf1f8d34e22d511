"""AutoencoderDiscriminator: every shape, size, norm and kernel; the energy by hand; codes, gradients, profile."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from torch import nn

from gan_cli.errors import SettingError
from gan_cli.game import Batch
from gan_cli.networks.autoencoder import AutoencoderDiscriminator
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.initialise import Init
from gan_cli.networks.options import Activation, DiscriminatorNorm
from gan_cli.networks.profile import profile, totals
from gan_cli.spec import SampleSpec

IMAGE = SampleSpec((2, 9, 9))


def build(spec: SampleSpec = IMAGE, **settings: Any) -> AutoencoderDiscriminator:
    return AutoencoderDiscriminator(spec, **{"base_channels": 4, "code_dim": 5} | settings)


@pytest.mark.parametrize("shape", [(2,), (7,), (1, 30), (1, 16000), (1, 4, 4), (3, 28, 28), (2, 33, 5), (1, 5, 4, 4)])
def test_every_shape(shape: tuple[int, ...]) -> None:
    unbounded = len(shape) == 1
    spec = SampleSpec(shape, value_range=None if unbounded else (-1.0, 1.0))
    network = build(spec, max_channels=8)
    samples = torch.randn(3, *shape)
    assert network.decode(network.features(samples)).shape == samples.shape
    assert network.features(samples).shape == (3, 5)
    assert network(samples).shape == (3,)
    assert network.energy and hasattr(network, "features") and network.spec == spec


@pytest.mark.parametrize(("kernel_size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
def test_every_kernel_and_stride(kernel_size: int, stride: int) -> None:
    assert build(kernel_size=kernel_size, stride=stride)(torch.randn(2, *IMAGE.shape)).shape == (2,)


@pytest.mark.parametrize("spec", [SampleSpec((2,), value_range=None), IMAGE])
def test_the_logit_is_minus_the_mean_absolute_error(spec: SampleSpec) -> None:
    network = build(spec)
    samples = torch.randn(3, *spec.shape)
    rebuilt = network.decode(network.features(samples))
    for sample, copy, logit in zip(samples, rebuilt, network(samples), strict=True):
        assert logit.item() == pytest.approx(-sum(abs(sample - copy).flatten().tolist()) / spec.numel, rel=1e-5)


def test_a_sample_that_is_reproduced_has_no_energy() -> None:
    network = build()

    class Nothing(nn.Module):
        def forward(self, codes: torch.Tensor) -> torch.Tensor:
            return torch.full((len(codes), *IMAGE.shape), 0.25)

    network.decode = Nothing()
    samples = torch.full((2, *IMAGE.shape), 0.25)
    samples[1] = -0.75
    assert network(samples).tolist() == [0.0, -1.0]


def test_it_is_made_of_the_conv_pair() -> None:
    network = build(code_dim=7)
    encoder, decoder = ConvDiscriminator(IMAGE, base_channels=4), ConvGenerator(IMAGE, base_channels=4)
    assert network.widths == encoder.widths and network.depth == encoder.depth
    assert isinstance(network.decode, ConvGenerator)
    assert network.decode.widths == decoder.widths and network.decode.latent.dim == 7
    assert network.code.in_features == encoder.features(torch.randn(2, *IMAGE.shape)).shape[1]


@pytest.mark.parametrize("spec", [SampleSpec((2,), value_range=None), IMAGE])
@pytest.mark.parametrize("norm", get_args(DiscriminatorNorm))
def test_every_norm_reaches_every_parameter_twice(norm: str, spec: SampleSpec) -> None:
    torch.manual_seed(0)
    network = build(spec, norm=norm, depth=2, base_channels=6)
    samples = torch.randn(4, *spec.shape, requires_grad=True)
    (slope,) = torch.autograd.grad((network(samples) * torch.randn(4)).sum(), samples, create_graph=True)
    (network(samples).mean() + slope.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_spectral_norm_is_on_every_weight() -> None:
    network = build(SampleSpec((1, 8, 8)), norm="spectral")
    weighted = [m for m in network.modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))]
    assert len(weighted) == 2 * network.depth + 2
    assert all(hasattr(layer, "parametrizations") for layer in weighted)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in network.modules())


def test_every_activation_and_init() -> None:
    for activation, init in zip(get_args(Activation), [*get_args(Init), "xavier"], strict=True):
        assert build(activation=activation, init=init, dropout=0.5)(torch.randn(2, *IMAGE.shape)).isfinite().all()


def test_it_learns_to_reproduce() -> None:
    torch.manual_seed(0)
    network = build(SampleSpec((1, 4, 4)), base_channels=8)
    samples = torch.rand(8, 1, 4, 4) * 2.0 - 1.0
    before = -network(samples).mean().item()
    for _ in range(200):
        slopes = torch.autograd.grad(-network(samples).mean(), list(network.parameters()))
        with torch.no_grad():
            for parameter, slope in zip(network.parameters(), slopes, strict=True):
                parameter -= 0.1 * slope
    assert -network(samples).mean().item() < 0.7 * before


def test_its_profile_counts_both_halves() -> None:
    network = build(norm="batch")
    rows = profile(network, Batch(torch.empty(1, *IMAGE.shape)))
    assert totals(rows).parameters == sum(p.numel() for p in network.parameters())
    assert [row.kind.split()[0] for row in rows] == [
        *("Conv2d", "Conv2d", "Linear", "Linear", "ConvTranspose2d", "ConvTranspose2d")
    ]


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SettingError, match="depth=9: 9x9 can be halved 3 times at most"):
        build(depth=9)
    with pytest.raises(SettingError, match="kernel_size=1: must be at least the stride, 2"):
        build(kernel_size=1)
