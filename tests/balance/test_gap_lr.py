"""GapLR: hand-computed factors on both sides of the ideal loss, the average, resume, refusals."""

from __future__ import annotations

import copy
import math
import types
from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from torch import nn

from gan_cli.balance.gap_lr import GapLR
from gan_cli.errors import SettingError
from gan_cli.losses import NonSaturating, Relativistic, Wasserstein


def attached(loss: Any = None, device: str = "cpu", **settings: Any) -> GapLR:
    technique = GapLR(**settings)
    objective = loss or types.SimpleNamespace(ideal=2.0)
    technique.attach(types.SimpleNamespace(discriminator=nn.Linear(1, 1, device=device), loss=objective))
    return technique


def after(technique: GapLR, *losses: float) -> float:
    for loss in losses:
        technique.after_step(None, 8, {"loss/discriminator": torch.tensor(loss)})
    factor = technique.rate("discriminator")
    assert factor.item() == technique.scalars()["balance/gap_lr_factor"].item()
    return factor.item()


@pytest.mark.parametrize(
    ("loss", "factor"),
    [
        (2.0, 1.0),
        (2.1, math.sqrt(2.0)),  # half of the gap of 0.2
        (2.2, 2.0),
        (9.0, 2.0),
        (1.9, math.sqrt(0.1)),
        (1.8, 0.1),
        (0.0, 0.1),
    ],
)
def test_the_factor(loss: float, factor: float) -> None:
    assert after(attached(decay=0.0), loss) == pytest.approx(factor, rel=1e-5)


def test_it_starts_at_one_and_follows_an_average() -> None:
    technique = attached()
    assert after(technique) == 1.0
    assert after(technique, 4.0) == pytest.approx(2.0**0.5)  # 2 + 0.05 * 2 is half of the gap away
    assert technique.rate("generator") is None


def test_bounds_and_gap_are_settings() -> None:
    settings = {"highest": 3.0, "lowest": 0.5, "gap": 0.5, "decay": 0.0}
    assert after(attached(**settings), 2.5) == pytest.approx(3.0**0.5)
    assert after(attached(**settings), 1.5) == pytest.approx(0.5**0.5)


def test_the_ideal_is_the_losses_own() -> None:
    assert after(attached(NonSaturating(), decay=0.0), math.log(4.0) * 0.95) == pytest.approx(0.1**0.5, rel=1e-4)
    assert after(attached(Relativistic(), decay=0.0), math.log(2.0) * 1.05) == pytest.approx(2.0**0.5, rel=1e-4)


def test_a_loss_without_an_ideal_is_refused() -> None:
    with pytest.raises(SettingError, match="loss=Wasserstein: has no ideal value"):
        attached(Wasserstein())


def test_resume_is_bit_equal() -> None:
    whole = attached()
    after(whole, 1.0, 2.5)
    saved = copy.deepcopy(whole.state_dict())
    resumed = attached()
    resumed.load_state_dict(saved)
    assert after(resumed, 1.7, 1.9) == after(whole, 1.7, 1.9)


def test_nothing_is_read_on_the_host() -> None:
    technique = attached()
    loss = torch.tensor(1.0)
    with NoHostSync():
        technique.after_step(None, 8, {"loss/discriminator": loss})
        assert technique.rate("discriminator") is not None and technique.scalars()
    assert attached(device="meta")._loss.device.type == "meta"  # as in a rehearsal
