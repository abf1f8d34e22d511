from __future__ import annotations

import torch
from torch import nn

from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.spec import SampleSpec

DIGITS = SampleSpec((1, 8, 8))


def leaves(network: nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in network.modules() if not list(layer.children())]


def test_first_gan() -> None:
    generator, discriminator = MLPGenerator(DIGITS), MLPDiscriminator(DIGITS)
    assert leaves(generator) == [*("Linear", "BatchNorm1d", "ReLU") * 3, "Linear", "Unflatten", "Tanh"]
    assert leaves(discriminator) == [*("Linear", "LeakyReLU") * 3, "Linear"]
    assert generator.widths == discriminator.widths == [256, 256, 256]


def test_no_tanh_on_points() -> None:
    assert "Tanh" not in leaves(MLPGenerator(SampleSpec((2,), None)))


def test_mirrored_widths() -> None:
    generator = MLPGenerator(DIGITS, latent_dim=10, widths=[12, 25, 51])
    discriminator = MLPDiscriminator(DIGITS, widths=[51, 25, 12])
    assert generator.depth == discriminator.depth == 3
    linear = [m for m in generator.modules() if isinstance(m, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(10, 12), (12, 25), (25, 51), (51, 64)]
    linear = [m for m in discriminator.modules() if isinstance(m, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(64, 51), (51, 25), (25, 12), (12, 1)]


def test_instance_norm_normalises_each_sample_without_scale() -> None:
    generator = MLPGenerator(DIGITS, norm="instance", base_channels=32)
    norm = next(m for m in generator.modules() if isinstance(m, nn.LayerNorm))
    assert norm.weight is None and norm.bias is None
    values = norm(torch.randn(4, 32) * 7 + 3)
    assert torch.allclose(values.mean(1), torch.zeros(4), atol=1e-5)
    assert torch.allclose(values.var(1, unbiased=False), torch.ones(4), atol=1e-3)


def test_discriminators_first_layer_is_never_normalised() -> None:
    assert leaves(MLPDiscriminator(DIGITS, depth=2, norm="batch")) == [
        *("Linear", "LeakyReLU"),
        *("Linear", "BatchNorm1d", "LeakyReLU"),
        "Linear",
    ]


def test_spectral_norm_is_on_every_linear() -> None:
    discriminator = MLPDiscriminator(DIGITS, norm="spectral")
    linear = [m for m in discriminator.modules() if isinstance(m, nn.Linear)]
    assert len(linear) == 4 and all(hasattr(layer, "parametrizations") for layer in linear)


def test_maxout_takes_the_largest_of_its_maps() -> None:
    discriminator = MLPDiscriminator(DIGITS, widths=[3], maxout=5)
    assert leaves(discriminator) == ["Linear", "Maxout", "Linear"]
    images = torch.randn(4, 1, 8, 8)
    linear = next(m for m in discriminator.modules() if isinstance(m, nn.Linear))
    assert linear.out_features == 15
    maps = images.flatten(1) @ linear.weight.T + linear.bias
    by_hand = torch.stack([maps[:, 5 * unit : 5 * unit + 5].max(dim=1).values for unit in range(3)], dim=1)
    assert torch.allclose(discriminator.features(images), by_hand, atol=1e-6)
    assert discriminator(images).shape == (4,)
