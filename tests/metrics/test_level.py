from __future__ import annotations

import pytest
import torch
from torch import Tensor
from trials import trial

from gan_cli.metrics.level import Level


def measured(clips: Tensor, **settings: float) -> dict[str, float]:
    return Level(**settings).measure(trial(clips, clips))


def test_levels_in_decibels() -> None:
    square = torch.tensor([1.0, -1.0]).repeat(64).reshape(1, 1, 128)
    assert measured(square) == {"level": pytest.approx(0.0, abs=1e-9), "silent": 0.0}
    assert measured(torch.cat([square / 10, square / 1000]))["level"] == pytest.approx(-40.0, abs=1e-4)


def test_silence() -> None:
    clips = torch.zeros(4, 1, 128)
    clips[0] = 0.01
    assert measured(clips) == {"level": pytest.approx((-40 - 3 * 120) / 4, abs=1e-4), "silent": 0.75}
    assert measured(clips, silence=-30.0)["silent"] == 1.0


def test_it_is_for_sound() -> None:
    images = torch.zeros(4, 1, 8, 8)
    assert Level().lacks(trial(images, images)) == "needs sound, such as data=chirps"
