"""The classifier of the metrics: its sizes by kind, and that sound is seen as a spectrogram."""

from __future__ import annotations

import pytest
import torch

from gan_cli.log_mel import log_mel
from gan_cli.networks.classifier import FEATURES, Classifier, Spectrogram
from gan_cli.spec import SampleSpec


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 65, 70), (1, 16, 16, 16), (1, 300), (2, 4096), (1, 5)])
def test_features_and_logits_of_every_kind(shape: tuple[int, ...]) -> None:
    network = Classifier(SampleSpec(shape), 5).eval()
    samples = torch.randn(3, *shape).clamp(-1, 1)
    assert network.features(samples).shape == (3, FEATURES)
    assert network(samples).shape == (3, 5)


@pytest.mark.parametrize("shape", [(1, 4096), (2, 1000)])
def test_sound_is_seen_as_the_view_of_sound(shape: tuple[int, ...]) -> None:
    clips = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    maps = Spectrogram(SampleSpec(shape))(clips)
    assert maps.shape[:2] == (3, shape[0])
    assert torch.equal(maps.flatten(1), log_mel(clips))


def test_a_tone_is_one_row_and_a_click_is_one_column() -> None:
    spectrogram = Spectrogram(SampleSpec((1, 4096)))
    tone = torch.sin(2 * torch.pi * 0.1 * torch.arange(4096.0))[None, None]
    click = torch.zeros(1, 1, 4096)
    click[0, 0, 2000:2004] = 1.0
    (of_tone,), (of_click,) = spectrogram(tone)[0], spectrogram(click)[0]
    assert of_tone.mean(dim=1).argmax() == of_tone[:, 5].argmax()
    assert of_tone.std(dim=1).amax() < of_tone.std(dim=0).amin()
    assert of_click.std(dim=0).amax() < of_click.std(dim=1).amax()
    assert abs(of_click.mean(dim=0).argmax() / of_click.shape[1] - 2000 / 4096) < 0.05
