"""Which discriminators judge real and fake samples in one pass, and that this changes nothing."""

from __future__ import annotations

import pytest
import torch
from real_run import TECHNIQUES, advance, open_run, settings, settings_with
from torch import nn

from gan_cli.errors import SettingError
from gan_cli.game import joined
from gan_cli.networks.alone import judges_alone

ALONE = [
    ("discriminator.norm=layer",),
    ("discriminator.norm=none",),
    ("discriminator.norm=instance",),
    ("discriminator=mlp",),
    ("discriminator=resnet", "discriminator.norm=layer"),
    ("model=r3gan",),
    ("condition=projection", "data.num_classes=3"),
    ("condition=concat", "data.num_classes=3"),
    ("encoder=conv",),
    ("data.shape=[1,64]",),
]
TOGETHER = [
    ("discriminator.norm=batch", "discriminator.depth=2"),
    ("discriminator.norm=spectral",),
    ("data.shape=[1,64]", "discriminator.depth=2", "discriminator.phase_shuffle=2"),
]


@pytest.mark.parametrize("overrides", ALONE, ids=" ".join)
def test_one_pass_gives_the_logits_of_two(overrides: tuple[str, ...]) -> None:
    _, gan = open_run(settings(*overrides))
    assert gan.judges_alone
    one, other = (gan.fake(gan.draw(3, seed)).detach() for seed in (1, 2))
    together, apart = gan.critic(joined([one, other])), torch.cat([gan.critic(one), gan.critic(other)])
    assert torch.allclose(together, apart, atol=1e-5)


@pytest.mark.parametrize("overrides", TOGETHER, ids=" ".join)
def test_two_passes_for_layers_that_see_the_batch(overrides: tuple[str, ...]) -> None:
    _, gan = open_run(settings(*overrides))
    assert not gan.judges_alone


def test_layers_of_other_people_are_not_trusted() -> None:
    class Own(nn.Module):
        pass

    assert not judges_alone(nn.Sequential(nn.Linear(2, 1), Own()))
    assert judges_alone(nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5)))


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_step_is_the_same_either_way(technique: str, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for alone in (True, False):
        try:
            trainer, gan = open_run(settings_with([technique]))
        except SettingError:
            pytest.skip("refused by the tiny settings")
        if technique in {"minibatch_stddev", "packing"}:
            assert not gan.judges_alone
            return
        assert gan.judges_alone
        monkeypatch.setattr(gan, "judges_alone", alone)
        advance(trainer, 3)
        results.append(torch.cat([p.detach().flatten() for p in gan.discriminator.parameters()]))
    assert torch.allclose(*results, atol=2e-5)
