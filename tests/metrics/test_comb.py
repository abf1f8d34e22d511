from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from trials import trial

from gan_cli.data.chirps import Chirps
from gan_cli.metrics.comb import Comb
from gan_cli.networks.conv import ConvGenerator
from gan_cli.spec import SampleSpec, normalise

LENGTH = 1024


def tone(cycles: float) -> Tensor:
    """A tone with this many cycles in a clip."""
    return torch.sin(torch.arange(LENGTH) * 2 * math.pi * cycles / LENGTH).expand(4, 1, LENGTH)


def comb(clips: Tensor) -> float:
    return Comb().measure(trial(clips, clips))["comb"]


@pytest.mark.parametrize(("cycles", "share"), [(16, 1.0), (160, 1.0), (512 - 16, 1.0), (17, 0.0), (100, 0.0)])
def test_tones_on_the_comb_and_beside_it(cycles: float, share: float) -> None:
    assert comb(tone(cycles)) == pytest.approx(share, abs=1e-6)


def test_noise_has_an_equal_share_and_an_offset_has_none() -> None:
    torch.manual_seed(0)
    noise = torch.randn(64, 1, LENGTH)
    assert comb(noise) == pytest.approx(32 / 512, rel=0.1)
    assert comb(noise + 5.0) == pytest.approx(comb(noise), rel=1e-3)
    assert comb(torch.zeros(2, 1, LENGTH)) == 0.0


def test_untrained_transposed_convolutions_whine_and_calls_of_birds_do_not() -> None:
    torch.manual_seed(0)
    settings = {"base_channels": 4, "stride": 4, "kernel_size": 25, "norm": "none"}
    spec = SampleSpec((1, LENGTH), sample_rate=8000)
    with torch.no_grad():
        generators = {
            kind: ConvGenerator(spec, upsampling=kind, **settings)(torch.randn(32, 100))  # type: ignore[arg-type]
            for kind in ("transposed", "nearest")
        }
    assert comb(generators["transposed"]) > 3 * comb(generators["nearest"])
    chirps = Chirps(length=LENGTH, num_samples=64)
    assert comb(normalise(chirps.load().train.samples, chirps.spec)) < 0.1


def test_it_is_for_sound_that_is_long_enough() -> None:
    images = torch.zeros(4, 1, 8, 8)
    assert Comb().lacks(trial(images, images)) == "needs sound, such as data=chirps"
    short = torch.zeros(4, 1, 100)
    assert Comb().lacks(trial(short, short)) == "needs clips of 128 values or more"
    assert Comb().lacks(trial(tone(1), tone(1))) is None
