"""Gates and rates reach the network that they are for, whichever optimizer moves it, and are obeyed together."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from doubles import technique
from found import OPTIMIZERS
from real_parts import make_game, make_gan, play

SIDES = ("discriminator", "generator")


def moves(optimizer: Any, *hooks: Any) -> dict[str, float]:
    """How far one step moves each network."""
    gan = make_gan(lr=0.01, optimizer=optimizer)
    play(make_game(*hooks, gan=gan))
    return {"discriminator": gan.discriminator.weight.item() - 2.0, "generator": gan.generator.weight.item() - 30.0}  # type: ignore[union-attr]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("held", SIDES)
def test_one_closed_gate_of_two_holds_its_own_network(optimizer: Any, held: str) -> None:
    closed = technique(gate=lambda side: torch.tensor(float(side != held)))
    open_ = technique(gate=lambda side: torch.tensor(1.0))
    for gates in ((closed, open_), (open_, closed)):
        moved = moves(optimizer, *gates)
        other = next(side for side in SIDES if side != held)
        assert moved[held] == 0.0 and moved[other] < 0.0
    assert all(moved < 0.0 for moved in moves(optimizer, open_, open_).values())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("slowed", SIDES)
def test_rates_multiply_for_their_own_network(optimizer: Any, slowed: str) -> None:
    def rated(factor: float) -> Any:
        return technique(rate=lambda side: torch.tensor(factor) if side == slowed else None)

    # with a still discriminator, whose weight is a factor of the generator's gradient
    still = technique(rate=lambda side: torch.tensor(0.0) if side != slowed else None)
    whole, less = moves(optimizer, still), moves(optimizer, rated(0.5), rated(0.25), still)
    assert less[slowed] == pytest.approx(whole[slowed] / 8.0, rel=1e-3) and whole[slowed] < -1e-3


def test_rates_and_gates_are_asked_once_for_each_update() -> None:
    asked: list[tuple[str, str]] = []
    hooks = {name: lambda side, name=name: asked.append((name, side)) for name in ("gate", "rate")}
    play(make_game(technique(**hooks), d_steps=2))
    update = [("gate", "discriminator"), ("rate", "discriminator")]
    assert asked == [*update, *update, ("gate", "generator"), ("rate", "generator")]
