"""DRAGAN: hand-computed slopes near the data, how far the noise reaches, flat spots, resume, refusals."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, Bowl, assert_plays, players, turn
from torch import Tensor, nn

from gan_cli.balance.dragan import Dragan
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

REAL = torch.tensor([[3.0, 4.0], [0.0, 1.0]])


class Watched(Bowl):
    """Notes where it was asked."""

    def forward(self, samples: Tensor) -> Tensor:
        self.asked = samples.detach()
        return super().forward(samples)


def test_the_penalty_and_its_gradient_without_noise() -> None:
    bowl, technique = Bowl(1.0), Dragan(noise=0.0)
    game = players(bowl)
    technique.attach(game)
    penalty = technique.d_penalty(game, turn(bowl, REAL, torch.zeros(2, 2)))
    assert penalty.item() == pytest.approx(10 * (4.0**2 + 0.0) / 2, rel=1e-5)
    penalty.backward()
    assert bowl.a.grad.item() == pytest.approx(10 * 2 * 4.0 * 5.0 / 2, rel=1e-5)
    assert technique.scalars()["balance/dragan_slope"].item() == pytest.approx(3.0)


def test_the_noise_reaches_half_a_standard_deviation() -> None:
    torch.manual_seed(0)
    bowl, real = Watched(1.0), torch.randn(512, 4) * 3.0
    Dragan().d_penalty(players(bowl, (4,)), turn(bowl, real, real))
    away = (bowl.asked - real) / real.std()
    assert away.amin() >= 0.0 and 0.4 < away.amax() <= 0.5
    assert away.mean().item() == pytest.approx(0.5 / 4, rel=0.1)  # E[a] E[u] = 1/4
    # one `a` per sample: means of samples spread more than those of independent values would
    assert away.mean(dim=1).std() > 0.07


def test_a_flat_spot_has_a_finite_gradient() -> None:
    bowl, origin = Bowl(1.0), torch.zeros(2, 2)
    Dragan().d_penalty(players(bowl), turn(bowl, origin, origin)).backward()
    assert torch.isfinite(bowl.a.grad)


def test_batch_norm_is_refused() -> None:
    discriminator = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))
    with pytest.raises(SettingError, match="discriminator.norm=batch: .*use discriminator.norm=layer"):
        Dragan().attach(players(discriminator))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    values = assert_plays(spec, lambda: {"it": Dragan()}, norm="layer")
    assert {"penalty/it", "balance/dragan_slope"} <= set(values)
