"""BEGAN: the exact loss with its gradient, the weight k by hand, the convergence, resume, refusals, no wait."""

from __future__ import annotations

import copy
import types
from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from torch import Tensor, nn

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.began import BEGAN
from gan_cli.errors import SettingError
from gan_cli.game import Batch
from gan_cli.losses import Hinge, NonSaturating, Relativistic, Wasserstein


class Energy(nn.Linear):
    energy = True


def players(device: str = "cpu", **given: Any) -> types.SimpleNamespace:
    network = Energy(1, 1, device=device)
    step = torch.zeros((), dtype=torch.int64)
    return types.SimpleNamespace(**{"discriminator": network, "loss": Wasserstein(), "step": step} | given)


def attached(game: types.SimpleNamespace, **settings: Any) -> BEGAN:
    technique = BEGAN(**settings)
    technique.attach(game)
    return technique


def errors(real: float, fake: float) -> dict[str, Tensor]:
    """What a step reports of these reconstruction errors: logits are minus the error."""
    return {"logits/real": torch.tensor(-real), "logits/fake": torch.tensor(-fake)}


def test_k_and_convergence_by_hand() -> None:
    game = players()
    technique = attached(game, gain=0.1)
    technique.after_step(game, 8, errors(2.0, 0.4))  # 0.5 * 2 - 0.4 = 0.6
    assert technique.scalars()["balance/began_k"].item() == pytest.approx(0.06)
    assert technique.scalars()["balance/began_convergence"].item() == pytest.approx(2.6)
    technique.after_step(game, 8, errors(1.0, 0.8))  # 0.5 - 0.8 = -0.3
    assert technique.scalars()["balance/began_k"].item() == pytest.approx(0.03)
    assert technique.scalars()["balance/began_convergence"].item() == pytest.approx(1.3)


def test_k_stays_between_nothing_and_all() -> None:
    game = players()
    technique = attached(game, gain=1.0)
    technique.after_step(game, 8, errors(0.0, 5.0))
    assert technique.scalars()["balance/began_k"].item() == 0.0
    technique.after_step(game, 8, errors(9.0, 0.0))
    assert technique.scalars()["balance/began_k"].item() == 1.0


def test_the_sum_with_the_wasserstein_loss_is_began_s_own() -> None:
    game = players()
    technique = attached(game, gain=0.1)
    technique.after_step(game, 8, errors(4.0, 0.0))  # k = 0.2
    real_error = torch.tensor([1.0, 3.0], requires_grad=True)
    fake_error = torch.tensor([2.0, 6.0], requires_grad=True)
    real, fake = -real_error, -fake_error
    penalty = technique.d_penalty(game, UpdateContext(Batch(real), Batch(fake), fake, real))
    total = Wasserstein().discriminator(real, fake) + penalty
    assert total.item() == pytest.approx(2.0 - 0.2 * 4.0)
    total.backward()
    assert real_error.grad.tolist() == pytest.approx([0.5, 0.5])
    assert fake_error.grad.tolist() == pytest.approx([-0.1, -0.1])
    assert Wasserstein().generator(fake).item() == pytest.approx(4.0)


def test_gamma_may_move() -> None:
    game = players()
    technique = attached(game, gamma={"start": 1.0, "end": 0.5, "steps": 10}, gain=0.1)
    game.step += 10
    technique.after_step(game, 8, errors(2.0, 0.4))
    assert technique.scalars()["balance/began_k"].item() == pytest.approx(0.06)


@pytest.mark.parametrize("loss", [NonSaturating(), Hinge(), Relativistic()])
def test_losses_that_are_no_difference_of_errors_are_refused(loss: Any) -> None:
    with pytest.raises(SettingError, match=f"loss={type(loss).__name__}: .*use loss=wasserstein"):
        attached(players(loss=loss))


def test_a_discriminator_without_errors_is_refused() -> None:
    with pytest.raises(SettingError, match="discriminator=Linear: .*use discriminator=autoencoder"):
        attached(players(discriminator=nn.Linear(1, 1)))


def test_resume_is_bit_equal() -> None:
    game = players()
    whole = attached(game)
    whole.after_step(game, 8, errors(2.0, 0.3))
    saved = copy.deepcopy(whole.state_dict())
    resumed = attached(game)
    resumed.load_state_dict(saved)
    for technique in (whole, resumed):
        technique.after_step(game, 8, errors(1.1, 0.7))
    assert resumed.scalars() == whole.scalars()


def test_nothing_is_read_on_the_host() -> None:
    game = players()
    technique, values = attached(game), errors(1.0, 0.5)
    with NoHostSync():
        technique.after_step(game, 8, values)
        assert technique.scalars()
    assert attached(players("meta"))._k.device.type == "meta"  # as in a rehearsal
