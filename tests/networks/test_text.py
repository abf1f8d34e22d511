"""The pair for text: shapes, shares, published sizes, straight-through tokens, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from gan_cli.errors import SettingError
from gan_cli.networks.text import GumbelShares, TextDiscriminator, TextGenerator
from gan_cli.spec import SampleSpec

ALPHABET = ("", *"abcdefg")
TEXT = SampleSpec((8, 12), (0.0, 1.0), alphabet=ALPHABET)


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("norm", ["none", "batch", "layer", "instance", "group"])
def test_shapes_shares_and_gradients(norm: str) -> None:
    generator = TextGenerator(TEXT, base_channels=16, depth=2, norm=norm)  # type: ignore[arg-type]
    discriminator = TextDiscriminator(TEXT, base_channels=16, depth=2, norm=norm)  # type: ignore[arg-type]
    samples = generator(torch.randn(5, 128))
    assert samples.shape == (5, 8, 12)
    assert torch.allclose(samples.sum(dim=1), torch.ones(5, 12), atol=1e-5)
    logits = discriminator(samples)
    assert logits.shape == (5,) and discriminator.features(samples).shape == (5, 16 * 12)
    logits.square().sum().backward()
    for name, parameter in [*generator.named_parameters(), *discriminator.named_parameters()]:
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_the_published_size() -> None:
    """Gulrajani's networks for 32 characters: five blocks of two convolutions 512 -> 512 of kernel 5."""
    spec = SampleSpec((96, 32), (0.0, 1.0), alphabet=("", *map(chr, range(33, 128))))
    blocks = 5 * 2 * (512 * 512 * 5 + 512)
    generator, discriminator = (build(spec, base_channels=512) for build in (TextGenerator, TextDiscriminator))
    assert count(generator) == 129 * 512 * 32 + blocks + 513 * 96
    assert count(discriminator) == 97 * 512 + blocks + 512 * 32 + 1


def test_gumbel_draws_tokens_with_the_gradient_of_a_softmax() -> None:
    logits = torch.tensor([[2.0], [0.0], [0.0]])[None].requires_grad_()
    ending = GumbelShares(1.0)
    torch.manual_seed(0)
    drawn = ending(logits.expand(4000, 3, 1))
    assert set(drawn.detach().round(decimals=5).unique().tolist()) == {0.0, 1.0}
    wanted = logits.softmax(dim=1)[0, :, 0]
    assert drawn.detach().mean(dim=0)[:, 0].tolist() == pytest.approx(wanted.tolist(), abs=0.03)
    drawn[:, 0].sum().backward()
    assert logits.grad is not None and logits.grad[0, 0, 0] > 0 > logits.grad[0, 1, 0]
    ending.eval()
    assert ending(logits).detach()[0, :, 0].tolist() == [1.0, 0.0, 0.0]


def test_only_text() -> None:
    for build, side in ((TextGenerator, "generator"), (TextDiscriminator, "discriminator")):
        with pytest.raises(SettingError, match=f"{side}=text: needs text, but the data are 2-d points; use {side}=mlp"):
            build(SampleSpec((2,), None))
        with pytest.raises(SettingError, match=f"use {side}=conv"):
            build(SampleSpec((1, 8, 8)))
