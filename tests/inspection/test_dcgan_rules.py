from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from gan_cli.game import Batch, GeneratorInput
from gan_cli.inspection.dcgan_rules import CheckedRule, Pair, check_rules
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.networks.resnet import ResNetDiscriminator, ResNetGenerator
from gan_cli.networks.trace import trace
from gan_cli.spec import SampleSpec

SPEC = SampleSpec((1, 16, 16))


@pytest.fixture(autouse=True)
def without_values() -> Iterator[None]:
    with torch.device("meta"):
        yield


def rules(generator: nn.Module, discriminator: nn.Module, *, spec: SampleSpec = SPEC) -> dict[str, CheckedRule]:
    calls = (
        trace(generator, GeneratorInput(torch.empty(4, 100))),
        trace(discriminator, Batch(torch.empty(4, *spec.shape))),
    )
    return {
        ruling.rule: ruling for ruling in check_rules(Pair(*calls, bounded=spec.value_range is not None), spatial=True)
    }


def broken(found: dict[str, CheckedRule]) -> dict[str, set[str]]:
    """Names of the broken rules, with the letters of those who break them."""
    return {name: {f.side[0].upper() for f in ruling.faults} for name, ruling in found.items() if ruling.faults}


@pytest.mark.parametrize(
    "spec", [SampleSpec((1, 64)), SPEC, SampleSpec((2, 8, 8, 8)), SampleSpec((1, 16, 16), (0.0, 1.0))]
)
def test_dcgan_keeps_them_all(spec: SampleSpec) -> None:
    found = rules(ConvGenerator(spec), ConvDiscriminator(spec), spec=spec)
    assert {ruling.verdict for ruling in found.values()} == {"kept"} and len(found) == 6
    assert all(ruling.evidence and not ruling.faults for ruling in found.values())


@pytest.mark.parametrize(
    ("generator", "discriminator", "expected"),
    [
        ({}, {"norm": "spectral"}, {"batch_norm": {"D"}}),
        ({"norm": "instance"}, {"norm": "layer"}, {"batch_norm": {"G", "D"}}),
        ({"norm": "none"}, {}, {"batch_norm": {"G"}}),
        ({"activation": "leaky_relu"}, {}, {"relu_and_tanh": {"G"}}),
        ({"activation": "tanh"}, {}, {"relu_and_tanh": {"G"}}),
        ({}, {"activation": "relu"}, {"leaky_relu": {"D"}}),
        ({"stride": 1}, {}, {"strided_convolutions": {"G"}}),
        ({}, {"stride": 1, "kernel_size": 3}, {"strided_convolutions": {"D"}}),
        ({}, {"depth": 1}, {}),  # nothing stands between its ends, so there is nothing to normalise
        ({"dropout": 0.3}, {"dropout": 0.3}, {}),
    ],
)
def test_one_setting_breaks_one_rule(generator, discriminator, expected) -> None:
    assert broken(rules(ConvGenerator(SPEC, **generator), ConvDiscriminator(SPEC, **discriminator))) == expected


def test_residual_pair_scales_by_pools() -> None:
    found = rules(ResNetGenerator(SPEC), ResNetDiscriminator(SPEC))
    assert broken(found) == {"strided_convolutions": {"G", "D"}, "batch_norm": {"D"}, "leaky_relu": {"D"}}
    assert found["strided_convolutions"].evidence == "G scales with 4 Upsample; D pools with 4 AvgPool2d"
    assert found["batch_norm"].evidence == "D has spectral norm instead"


def test_dense_networks() -> None:
    both = rules(MLPGenerator(SPEC), MLPDiscriminator(SPEC))
    assert both["strided_convolutions"].verdict == "not applicable"
    assert broken(both) == {"batch_norm": {"D"}, "no_hidden_dense": {"G", "D"}}
    mixed = rules(MLPGenerator(SPEC), ConvDiscriminator(SPEC))  # claim 2 of the sources
    assert broken(mixed) == {"no_hidden_dense": {"G"}}
    assert mixed["no_hidden_dense"].evidence == "G has 3 Linear besides its first layer"


def test_norms_at_the_ends() -> None:
    discriminator = nn.Sequential(
        nn.Conv2d(1, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(), nn.Conv2d(4, 4, 4, 2, 1), nn.BatchNorm2d(4),
        nn.LeakyReLU(), nn.Conv2d(4, 1, 4),
    )  # fmt: skip
    generator = nn.Sequential(
        nn.Linear(100, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Unflatten(1, (4, 4, 4)),
        nn.ConvTranspose2d(4, 1, 4, 4), nn.BatchNorm2d(1), nn.Tanh(),
    )  # fmt: skip
    assert broken(rules(generator, discriminator)) == {"bare_ends": {"G", "D"}}
    open_end = nn.Sequential(*list(generator)[:5])
    assert broken(rules(open_end, ConvDiscriminator(SPEC))) == {"relu_and_tanh": {"G"}}


def test_without_positions_no_rule_applies() -> None:
    spec = SampleSpec((2,), None)
    pair = Pair(
        trace(MLPGenerator(spec), GeneratorInput(torch.empty(1, 100))),
        trace(MLPDiscriminator(spec), Batch(torch.empty(1, 2))),
        False,
    )
    found = check_rules(pair, spatial=False)
    assert {ruling.verdict for ruling in found} == {"not applicable"} and len(found) == 6
