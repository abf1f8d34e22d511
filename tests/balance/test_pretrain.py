"""Pretrain: who is held at which step, which weights move, and no wait for the device."""

from __future__ import annotations

import types

import pytest
import torch
from no_sync import NoHostSync

from gan_cli.balance.pretrain import Pretrain
from gan_cli.game import Side


def gates(technique: Pretrain, side: Side, steps: int) -> list[float | None]:
    players = types.SimpleNamespace(step=torch.zeros((), dtype=torch.int64))
    technique.attach(players)
    seen = []
    for _ in range(steps):
        gate = technique.gate(side)
        seen.append(None if gate is None else gate.item())
        players.step += 1
        assert technique.scalars() == {"balance/pretrain_holds": torch.tensor(float(len(seen) <= technique.steps))}
    return seen


@pytest.mark.parametrize(("learns", "waits"), [("discriminator", "generator"), ("generator", "discriminator")])
def test_only_one_network_learns_for_the_first_steps(learns: Side, waits: Side) -> None:
    technique = Pretrain(network=learns, steps=3)
    assert gates(technique, waits, 5) == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert gates(technique, learns, 5) == [None] * 5


def test_a_resumed_run_goes_on_counting_at_the_players_clock() -> None:
    technique = Pretrain(steps=3)
    technique.attach(types.SimpleNamespace(step=torch.tensor(3)))
    technique.load_state_dict(technique.state_dict())
    assert technique.gate("generator").item() == 1.0


def test_nothing_is_read_on_the_host() -> None:
    technique = Pretrain()
    technique.attach(types.SimpleNamespace(step=torch.zeros((), dtype=torch.int64)))
    with NoHostSync():
        assert technique.gate("generator") is not None and technique.scalars()
