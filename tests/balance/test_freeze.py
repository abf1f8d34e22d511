"""Freeze: the interval, its repetition, refusals, and no wait for the device."""

from __future__ import annotations

import types
from typing import Any

import pytest
import torch
from no_sync import NoHostSync

from gan_cli.balance.freeze import Freeze
from gan_cli.errors import SettingError


def held(until: int, **settings: Any) -> list[int]:
    """The steps (0 is the first) in which the generator is held; the scalar says the same afterwards."""
    technique = Freeze(network="generator", **settings)
    players = types.SimpleNamespace(step=torch.zeros((), dtype=torch.int64))
    technique.attach(players)
    found = []
    for step in range(until):
        gate = technique.gate("generator")
        assert technique.gate("discriminator") is None
        players.step += 1
        assert technique.scalars()["balance/freeze_holds"].item() == 1.0 - gate.item()
        if gate.item() == 0.0:
            found.append(step)
    return found


def test_once() -> None:
    assert held(12, start=3, steps=2) == [3, 4]
    assert held(4, start=0, steps=1) == [0]


def test_again_and_again() -> None:
    assert held(14, start=3, steps=2, every=5) == [3, 4, 8, 9, 13]
    assert held(6, start=0, steps=1, every=2) == [0, 2, 4]


def test_a_network_that_never_learns_again_is_refused() -> None:
    with pytest.raises(SettingError, match="every=500: must be more than steps, 500, or the discriminator never"):
        Freeze(every=500)


def test_nothing_is_read_on_the_host() -> None:
    technique = Freeze(every=2000)
    technique.attach(types.SimpleNamespace(step=torch.zeros((), dtype=torch.int64)))
    with NoHostSync():
        assert technique.gate("discriminator") is not None and technique.scalars()
