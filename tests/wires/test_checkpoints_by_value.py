"""Each part of a checkpoint comes back to the part that it was of: every one of them has a value of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from onlookers import Examined
from real_parts import advance, make_gan, make_trainer
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.game import Side
from gan_cli.training import checkpoint
from gan_cli.training.optimizers import Adam, RMSprop
from gan_cli.training.trainer import Trainer


class Counts(Technique):
    """Counts its steps from a number of its own, and tells the count."""

    def __init__(self, start: float) -> None:
        self.count = torch.tensor(start)

    def after_step(self, players: Any, batch_size: int, values: Mapping[str, Tensor]) -> None:
        self.count = self.count + 1.0

    def rate(self, side: Side) -> Tensor | None:
        return torch.tensor(0.5) if side == "discriminator" else None

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.count = state["count"].clone()


def trainer(start: tuple[float, float] = (0.0, 0.0), optimizer: Any = Adam) -> Trainer:
    gan = make_gan(lr=0.01, optimizer=optimizer, numbered=False)
    return make_trainer(*map(Counts, start), gan=gan, evaluator=Examined(), checkpoint_every=3, steps=100)


def weights(of: Trainer) -> tuple[float, float]:
    gan = of._components.gan
    return gan.generator.weight.item(), gan.discriminator.weight.item()  # type: ignore[union-attr]


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Trainer, Trainer]:
    """A trainer after step 3, and a new one that goes on from its checkpoint."""
    torch.manual_seed(11)
    whole, later = trainer((10.0, 20.0)), trainer()
    advance(whole, 3, tmp_path, every=2)
    torch.manual_seed(12)
    expected = torch.get_rng_state()
    torch.manual_seed(13)
    state = checkpoint.load(tmp_path, 3)
    state["random"]["cpu"], state["seconds"] = expected, 60.0
    later.load_state_dict(state)
    assert torch.equal(torch.get_rng_state(), expected)
    return whole, later


def test_each_network_has_its_own_weights_rate_and_memory(broken: tuple[Trainer, Trainer]) -> None:
    whole, later = broken
    assert weights(later) == weights(whole) and weights(whole)[0] > 25.0 > 5.0 > weights(whole)[1]
    g, d = later._components.gan.g, later._components.gan.d
    assert (g.lr.item(), d.lr.item()) == pytest.approx((0.01, 0.0025))
    for player, same in ((g, whole._components.gan.g), (d, whole._components.gan.d)):
        (ours,), (theirs,) = (each.optimizer.state.values() for each in (player, same))
        assert ours["step"].item() == 3 and torch.equal(ours["exp_avg"], theirs["exp_avg"])
    assert not torch.equal(*(next(iter(each.optimizer.state.values()))["exp_avg"] for each in (g, d)))


def test_each_technique_has_its_own_state(broken: tuple[Trainer, Trainer]) -> None:
    counts = {name: each.count.item() for name, each in broken[1]._components.techniques.items()}  # type: ignore[attr-defined]
    assert counts == {"a": 13.0, "b": 23.0}


def test_steps_data_latents_window_and_examiner_go_on(broken: tuple[Trainer, Trainer]) -> None:
    whole, later = broken
    assert later.step == 3 and later._components.gan.step.item() == 3
    assert later._feed.next().x.mean().item() == 4.0
    assert torch.equal(later._components.gan.rng.get_state(), whole._components.gan.rng.get_state())
    assert len(later.window) == 1 and later.window.means() == whole.window.means()
    assert later.reported == whole.reported and later.reported["logits/real"] != 0.0
    assert len(later._components.evaluator.asked) == 1  # type: ignore[attr-defined]
    assert later.seconds == 60.0


def test_the_diagnosis_remembers_its_readings(broken: tuple[Trainer, Trainer]) -> None:
    whole, later = (each._components.diagnosis for each in broken)
    assert later._count == whole._count == 1 and later._readings == whole._readings


@pytest.mark.parametrize("optimizer", [Adam, RMSprop])
def test_what_comes_after_a_break_has_the_values_of_the_whole_run(optimizer: Any, tmp_path: Path) -> None:
    whole, later = trainer((10.0, 20.0), optimizer), trainer(optimizer=optimizer)
    advance(whole, 3, tmp_path, every=2)
    later.load_state_dict(checkpoint.load(tmp_path, 3))
    first, second = (advance(each, 4, tmp_path, every=2).of("scalars") for each in (whole, later))
    assert first == second and list(first) == [4, 6] and weights(whole) == weights(later)


def test_a_checkpoint_is_named_by_the_step_that_it_holds(tmp_path: Path) -> None:
    run = trainer()
    advance(run, 7, tmp_path)
    assert checkpoint.steps_in(tmp_path) == [3, 6]
    for step in (3, 6):
        state = checkpoint.load(tmp_path, step)
        assert (state["step"], state["gan"]["step"].item(), state["feed"]["drawn"]) == (step, step, step)
    newest = checkpoint.load_newest(tmp_path)
    assert newest is not None and newest["step"] == 6


def test_no_checkpoint_is_written_twice_or_before_the_first_step(tmp_path: Path) -> None:
    run, notes = trainer(), advance(trainer(), 0)
    assert run.run(tmp_path, notes, lambda: True) is None and checkpoint.steps_in(tmp_path) == []
    advance(run, 2, tmp_path)
    run.run(tmp_path, notes, lambda: True)
    assert checkpoint.steps_in(tmp_path) == [2]
    checkpoint.path_of(tmp_path, 2).unlink()
    run.run(tmp_path, notes, lambda: True)
    assert checkpoint.steps_in(tmp_path) == []
