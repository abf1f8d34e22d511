"""What holds for every pair: shapes, ranges, gradients, seeds, precision, memory formats."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.networks.base import HasLatent, Latent
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.initialise import Init
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.networks.options import Activation, DiscriminatorNorm, Norm
from gan_cli.networks.resnet import ResNetDiscriminator, ResNetGenerator
from gan_cli.spec import SampleSpec

Build = Callable[..., Any]

PAIRS: dict[str, tuple[Build, Build]] = {
    "mlp": (MLPGenerator, MLPDiscriminator),
    "conv": (ConvGenerator, ConvDiscriminator),
    "resnet": (ResNetGenerator, ResNetDiscriminator),
}
SPATIAL = ["conv", "resnet"]
SMALL = {"base_channels": 4}
IMAGE = SampleSpec((2, 9, 9))


def play(pair: str, spec: SampleSpec, *, count: int = 3, latent_dim: int = 5, **settings: Any) -> tuple[Tensor, Tensor]:
    """Fake samples and their logits, from a small pair with the same settings on both sides."""
    build_generator, build_discriminator = PAIRS[pair]
    generator = build_generator(spec, latent_dim=latent_dim, **SMALL | settings)
    discriminator = build_discriminator(spec, **SMALL | settings)
    samples = generator(torch.randn(count, latent_dim))
    return samples, discriminator(samples)


@pytest.mark.parametrize("size", [4, 5, 7, 8, 28, 33])
@pytest.mark.parametrize("kernel_size", [3, 4, 5, 7])
@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("pair", SPATIAL)
def test_every_dimension_size_and_kernel(pair: str, ndim: int, kernel_size: int, size: int) -> None:
    narrow = 2 if ndim == 3 else 4
    spec = SampleSpec((2, *(size, 5, 4)[:ndim]))
    samples, logits = play(pair, spec, kernel_size=kernel_size, base_channels=narrow, count=2)
    assert samples.shape == (2, *spec.shape)
    assert logits.shape == (2,)
    assert samples.abs().max() <= 1.0


@pytest.mark.parametrize("size", [8, 28, 33])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("pair", SPATIAL)
def test_every_depth(pair: str, depth: int, size: int) -> None:
    spec = SampleSpec((1, size, size))
    samples, logits = play(pair, spec, depth=depth)
    assert samples.shape == (3, *spec.shape) and logits.shape == (3,)
    for build in PAIRS[pair]:
        assert build(spec, depth=depth, **SMALL).depth == depth


@pytest.mark.parametrize(("kernel_size", "stride"), [(1, 1), (2, 1), (3, 1), (2, 2), (3, 3), (5, 3), (7, 4)])
@pytest.mark.parametrize("pair", SPATIAL)
def test_every_stride(pair: str, kernel_size: int, stride: int) -> None:
    samples, logits = play(pair, SampleSpec((1, 9, 13)), kernel_size=kernel_size, stride=stride)
    assert samples.shape == (3, 1, 9, 13) and logits.shape == (3,)


@pytest.mark.parametrize("pair", SPATIAL)
def test_audio_of_16000(pair: str) -> None:
    samples, logits = play(pair, SampleSpec((1, 16000)), base_channels=2, max_channels=4, count=2)
    assert samples.shape == (2, 1, 16000) and logits.shape == (2,)


@pytest.mark.parametrize("shape", [(2,), (7,), (1, 30), (3, 8, 8), (1, 4, 4, 4)])
def test_mlp_serves_every_shape(shape: tuple[int, ...]) -> None:
    samples, logits = play("mlp", SampleSpec(shape))
    assert samples.shape == (3, *shape) and logits.shape == (3,)


@pytest.mark.parametrize("pair", PAIRS)
def test_attributes_and_features(pair: str) -> None:
    build_generator, build_discriminator = PAIRS[pair]
    generator = build_generator(IMAGE, latent="uniform", **SMALL)
    discriminator = build_discriminator(IMAGE, **SMALL)
    assert isinstance(generator, HasLatent) and generator.latent == Latent(100, "uniform")
    assert hasattr(discriminator, "features")
    assert generator.spec == discriminator.spec == IMAGE
    assert generator.depth == discriminator.depth == {"mlp": 3, "conv": 2, "resnet": 2}[pair]
    features = discriminator.eval().features(torch.randn(2, *IMAGE.shape))
    assert features.shape == (2, {"mlp": 4, "conv": 8 * 3 * 3, "resnet": 8}[pair])


@pytest.mark.parametrize("pair", PAIRS)
def test_logits_are_the_head_of_the_features(pair: str) -> None:
    discriminator = PAIRS[pair][1](IMAGE, norm="layer", **SMALL)
    samples = torch.randn(3, *IMAGE.shape)
    head = discriminator.head
    expected = discriminator.features(samples) @ head.weight.flatten() + head.bias
    assert torch.allclose(discriminator(samples), expected, atol=1e-5)


@pytest.mark.parametrize("norm", get_args(Norm))
@pytest.mark.parametrize("pair", PAIRS)
def test_every_norm_of_the_generator_reaches_every_parameter(pair: str, norm: str) -> None:
    settings = {"depth": 2, "norm": norm, "base_channels": 6, "init": "kaiming"}
    generator = PAIRS[pair][0](IMAGE, latent_dim=5, **settings)
    weights = torch.randn(4, *IMAGE.shape)
    (generator(torch.randn(4, 5)) * weights).sum().backward()
    cancelled = {"start.linear.bias"} if (pair, norm) == ("conv", "batch") else set()
    assert_gradients(generator, cancelled)


@pytest.mark.parametrize("norm", get_args(DiscriminatorNorm))
@pytest.mark.parametrize("pair", PAIRS)
def test_every_norm_of_the_discriminator_reaches_every_parameter(pair: str, norm: str) -> None:
    discriminator = PAIRS[pair][1](IMAGE, depth=2, norm=norm, base_channels=6, init="kaiming")
    (discriminator(torch.randn(4, *IMAGE.shape)) * torch.randn(4)).sum().backward()
    assert_gradients(discriminator)


def assert_gradients(network: nn.Module, cancelled: Collection[str] = ()) -> None:
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad.abs().max() > 1e-5) == (name not in cancelled), name


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("pair", PAIRS)
def test_every_activation(pair: str, activation: str) -> None:
    samples, logits = play(pair, IMAGE, activation=activation, norm="none", depth=2)
    logits.sum().backward()
    assert samples.isfinite().all() and logits.isfinite().all()


@pytest.mark.parametrize("init", get_args(Init))
@pytest.mark.parametrize("pair", PAIRS)
def test_every_init(pair: str, init: str) -> None:
    samples, logits = play(pair, IMAGE, init=init, depth=2)
    assert samples.isfinite().all() and logits.isfinite().all()


@pytest.mark.parametrize("spec", [SampleSpec((2, 9)), IMAGE, SampleSpec((1, 4, 4, 4))])
@pytest.mark.parametrize("pair", PAIRS)
def test_dropout_acts_in_training_only(pair: str, spec: SampleSpec) -> None:
    build_generator, build_discriminator = PAIRS[pair]
    for network, inputs in (
        (build_generator(spec, latent_dim=5, dropout=0.5, norm="layer"), torch.randn(2, 5)),
        (build_discriminator(spec, dropout=0.5, norm="layer"), torch.randn(2, *spec.shape)),
    ):
        assert not torch.equal(network(inputs), network(inputs))
        network.eval()
        assert torch.equal(network(inputs), network(inputs))


@pytest.mark.parametrize("pair", PAIRS)
def test_double_backward_for_gradient_penalties(pair: str) -> None:
    for norm in ("none", "batch", "spectral"):
        discriminator = PAIRS[pair][1](IMAGE, norm=norm, activation="leaky_relu", init="kaiming", **SMALL)
        samples = torch.randn(4, *IMAGE.shape, requires_grad=True)
        (slope,) = torch.autograd.grad(discriminator(samples).sum(), samples, create_graph=True)
        slope.square().sum().backward()
        assert discriminator.head.weight is not None
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in discriminator.parameters())


@pytest.mark.parametrize("pair", PAIRS)
def test_same_seed_same_network(pair: str) -> None:
    def once() -> tuple[Tensor, Tensor]:
        torch.manual_seed(3)
        return play(pair, IMAGE, depth=2)

    for first, second in zip(once(), once(), strict=True):
        assert torch.equal(first, second)


@pytest.mark.parametrize("pair", PAIRS)
def test_inputs_are_left_alone(pair: str) -> None:
    build_generator, build_discriminator = PAIRS[pair]
    for activation in get_args(Activation):
        latents, samples = torch.randn(3, 5), torch.randn(3, *IMAGE.shape)
        before = latents.clone(), samples.clone()
        build_generator(IMAGE, latent_dim=5, norm="none", activation=activation, **SMALL)(latents)
        build_discriminator(IMAGE, norm="none", activation=activation, **SMALL)(samples)
        assert torch.equal(latents, before[0]) and torch.equal(samples, before[1])


@pytest.mark.parametrize("pair", PAIRS)
def test_single_sample_in_eval_mode(pair: str) -> None:
    build_generator, build_discriminator = PAIRS[pair]
    generator, discriminator = build_generator(IMAGE, **SMALL).eval(), build_discriminator(IMAGE, **SMALL).eval()
    logits = discriminator(generator(torch.randn(1, 100)))
    assert logits.shape == (1,) and logits.isfinite().all()


@pytest.mark.parametrize("pair", PAIRS)
def test_bfloat16_autocast(pair: str) -> None:
    torch.manual_seed(0)
    discriminator = PAIRS[pair][1](IMAGE, norm="spectral", **SMALL)
    generator = PAIRS[pair][0](IMAGE, latent_dim=5, **SMALL)
    latents = torch.randn(4, 5)
    exact = discriminator.eval()(generator(latents))
    discriminator.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = discriminator(generator(latents))
        rounded.float().sum().backward()
    assert torch.allclose(rounded.float(), exact, atol=0.1, rtol=0.1)
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in generator.parameters())


@pytest.mark.parametrize("pair", SPATIAL)
def test_channels_last_keeps_the_values(pair: str) -> None:
    build_generator, build_discriminator = PAIRS[pair]
    generator, discriminator = build_generator(IMAGE, **SMALL), build_discriminator(IMAGE, **SMALL)
    generator.eval(), discriminator.eval()
    latents = torch.randn(3, 100)
    samples = generator(latents)
    logits = discriminator(samples)
    generator.to(memory_format=torch.channels_last)
    discriminator.to(memory_format=torch.channels_last)
    assert torch.allclose(generator(latents), samples, atol=1e-5)
    assert torch.allclose(discriminator(samples.contiguous(memory_format=torch.channels_last)), logits, atol=1e-5)


@pytest.mark.parametrize("pair", PAIRS)
def test_range_of_the_data(pair: str) -> None:
    spec = SampleSpec((1, 8, 8), (0.0, 4.0))
    generator = PAIRS[pair][0](spec, latent_dim=5, init="kaiming", **SMALL)
    samples = generator(torch.randn(64, 5) * 50)
    assert samples.min() >= 0.0 and samples.max() <= 4.0
    assert samples.min() < 1.0 and samples.max() > 3.0


def test_points_are_unbounded() -> None:
    generator = MLPGenerator(SampleSpec((2,), None), latent_dim=5)
    assert generator.eval()(torch.randn(64, 5) * 1000).abs().max() > 1.0


@pytest.mark.parametrize("pair", SPATIAL)
def test_points_are_refused(pair: str) -> None:
    for side, build in zip(("generator", "discriminator"), PAIRS[pair], strict=True):
        with pytest.raises(SettingError) as caught:
            build(SampleSpec((2,), None))
        assert str(caught.value) == (
            f"{side}={pair}: needs samples with spatial dimensions, but the data are 2-d points; use {side}=mlp"
        )


@pytest.mark.parametrize("pair", SPATIAL)
def test_too_deep_is_refused(pair: str) -> None:
    for build in PAIRS[pair]:
        with pytest.raises(SettingError, match="depth=4: 8x8 can be halved 3 times at most"):
            build(SampleSpec((1, 8, 8)), depth=4)


@pytest.mark.parametrize("pair", PAIRS)
def test_wrong_widths_are_refused(pair: str) -> None:
    for build in PAIRS[pair]:
        for widths in ([], [4, 0]):
            with pytest.raises(SettingError, match="list one width of at least 1 per layer"):
                build(IMAGE, widths=widths)
        with pytest.raises(SettingError, match="widths already lists 2 layers"):
            build(IMAGE, widths=[4, 4], depth=3)


@pytest.mark.parametrize("norm", get_args(DiscriminatorNorm))
@pytest.mark.parametrize("pair", PAIRS)
def test_nothing_waits_for_a_value(pair: str, norm: str) -> None:
    """The meta device has no values: a `.item()` or a branch on a tensor raises there."""
    spec = SampleSpec((2, 20, 20))
    with torch.device("meta"):
        generator = PAIRS[pair][0](spec, norm="batch" if norm == "spectral" else norm, dropout=0.1, **SMALL)
        discriminator = PAIRS[pair][1](spec, norm=norm, dropout=0.1, **SMALL)
        logits = discriminator(generator(torch.randn(3, 100)))
        logits.sum().backward()
    assert logits.is_meta and logits.shape == (3,)
