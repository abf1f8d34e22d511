from __future__ import annotations

import pytest
import torch

from gan_cli.errors import SettingError
from gan_cli.networks.conv import ConvDiscriminator
from gan_cli.networks.phase_shuffle import PhaseShuffle
from gan_cli.spec import SampleSpec

SOUND = SampleSpec((1, 1024), sample_rate=8000)
WAVEGAN = {"stride": 4, "kernel_size": 25, "base_channels": 4, "depth": 4}


def test_all_shifts_occur_and_are_filled_by_reflection() -> None:
    maps = torch.arange(6.0).reshape(1, 1, 6)
    seen = {tuple(PhaseShuffle(2)(maps).flatten().tolist()) for _ in range(200)}
    assert seen == {(2, 1, 0, 1, 2, 3), (1, 0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 4), (2, 3, 4, 5, 4, 3)}


def test_it_acts_in_training_only_and_lets_gradients_of_gradients_pass() -> None:
    maps = torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True)
    shuffle = PhaseShuffle(3)
    assert torch.equal(shuffle.eval()(maps), maps)

    def shifted(values: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        return shuffle.train()(values).square()

    assert torch.autograd.gradgradcheck(shifted, maps)


def test_it_is_behind_every_layer_but_the_last() -> None:
    discriminator = ConvDiscriminator(SOUND, phase_shuffle=2, **WAVEGAN)  # type: ignore[arg-type]
    names = [name for name, module in discriminator.named_modules() if isinstance(module, PhaseShuffle)]
    assert names == ["down.0.shuffle", "down.1.shuffle", "down.2.shuffle"]
    sounds = torch.randn(4, 1, 1024)
    assert len({discriminator(sounds).sum().item() for _ in range(8)}) > 1
    assert len({discriminator.eval()(sounds).sum().item() for _ in range(8)}) == 1


def test_it_is_for_sound_that_is_long_enough() -> None:
    with pytest.raises(SettingError, match="shifts sound"):
        ConvDiscriminator(SampleSpec((1, 8, 8)), phase_shuffle=2)
    with pytest.raises(SettingError, match="less than the shortest map that is shifted, 16 long"):
        ConvDiscriminator(SOUND, phase_shuffle=16, **WAVEGAN)  # type: ignore[arg-type]
