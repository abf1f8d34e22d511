"""The reasons for latent size, enlarging layers and activations follow from the networks themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from gan_cli.game import Batch, GeneratorInput
from gan_cli.inspection.reasons import reasons
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.networks.profile import profile
from gan_cli.networks.text import TextDiscriminator, TextGenerator
from gan_cli.networks.trace import trace
from gan_cli.spec import SampleSpec

IMAGE = SampleSpec((1, 28, 28))
TEXT = SampleSpec((5, 4), (0.0, 1.0), alphabet=("", *"abcd"))


def told(generator: Any, discriminator: nn.Module, spec: SampleSpec) -> dict[str, str]:
    drawn, shown = GeneratorInput(torch.empty(4, generator.latent.dim)), Batch(torch.empty(4, *spec.shape))
    calls = trace(generator, drawn), trace(discriminator, shown)
    return reasons(*calls, profile(generator, drawn), spec, generator.latent)


def of_convolutions(spec: SampleSpec, **settings: Any) -> dict[str, str]:
    return told(ConvGenerator(spec, base_channels=4, **settings), ConvDiscriminator(spec, base_channels=4), spec)


def test_dcgan() -> None:
    found = of_convolutions(IMAGE)
    assert found["latent"].startswith("100 normal numbers for the 784 values of an image: all ways")
    assert found["enlarging"].startswith("3 (4x4 → 8x8 → 16x16 → 32x32, cropped to 28x28): the first map, made by")
    assert (
        "ReLU passes gradients unchanged where it is on, tanh at its end, since the data are in [-1, 1]"
        in (found["activations"])
    )
    assert "D: LeakyReLU passes a part of the gradient" in found["activations"]


@pytest.mark.parametrize("upsampling", ["nearest", "linear"])
def test_other_layers_that_enlarge_are_counted_once(upsampling: str) -> None:
    assert of_convolutions(IMAGE, upsampling=upsampling)["enlarging"].startswith("3 (4x4 → 8x8 → 16x16 → 32x32, crop")


@pytest.mark.parametrize(("dim", "shape"), [(1, "a curve"), (2, "a sheet")])
def test_few_latent_numbers(dim: int, shape: str) -> None:
    said = of_convolutions(IMAGE, latent_dim=dim)["latent"]
    assert f"samples lie on {shape}; what is beside it is never drawn" in said


def test_points_have_no_map_and_no_end() -> None:
    spec = SampleSpec((2,), None)
    found = told(MLPGenerator(spec), MLPDiscriminator(spec, maxout=2), spec)
    assert "enlarging" not in found
    assert "no fewer than the data have" in found["latent"]
    assert "nothing at its end, since the data are unbounded" in found["activations"]
    assert "D: Maxout always passes a gradient" in found["activations"]


def test_dense_images_are_drawn_at_once() -> None:
    assert told(MLPGenerator(IMAGE), MLPDiscriminator(IMAGE), IMAGE)["enlarging"].startswith("none: every position")


@pytest.mark.parametrize("shares", ["softmax", "gumbel"])
def test_text_ends_in_shares(shares: str) -> None:
    generator = TextGenerator(TEXT, base_channels=4, shares=shares)  # type: ignore[arg-type]
    found = told(generator, TextDiscriminator(TEXT, base_channels=4), TEXT)
    assert "values of a text" in found["latent"]
    assert "softmax at its end, since shares of the tokens sum to 1" in found["activations"]
    assert "D: ReLU stops the gradient where it is off" in found["activations"]
