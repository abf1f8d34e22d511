"""Which samples each update is shown, which network it moves, and what the clip leaves of its gradient, by value."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from arena import step
from doubles import BATCH, Counting, Told, technique
from real_parts import make_game, make_gan, play

from gan_cli.game import Batch
from gan_cli.training.optimizers import SGD, Adam, RMSprop


def test_each_update_of_the_discriminator_has_new_samples_of_both_kinds() -> None:
    loss = Told()
    values = play(make_game(gan=make_gan(loss), d_steps=3))
    assert loss.d == [(2.0, 62.0), (4.0, 64.0), (6.0, 66.0)]
    assert (values["logits/real"], values["logits/fake"]) == (6.0, 66.0), "the last update is what is reported"


@pytest.mark.parametrize("pairs", [False, True])
def test_the_generator_begins_with_the_last_fakes_and_goes_on_with_new_ones(pairs: bool) -> None:
    loss = Told(pairs=pairs)
    values = play(make_game(gan=make_gan(loss), d_steps=2, g_steps=3))
    rival = 4.0 if pairs else None
    assert loss.g == [(64.0, rival), (66.0, rival), (68.0, rival)]
    assert values["loss/generator"] == 6800.0 + (4000.0 if pairs else 0.0)


def test_the_stream_of_samples_goes_on_from_step_to_step() -> None:
    loss = Told()
    play(make_game(gan=make_gan(loss), g_steps=2), steps=3)
    assert loss.d == [(2.0, 62.0), (4.0, 66.0), (6.0, 70.0)]
    assert loss.g == [(62.0, None), (64.0, None), (66.0, None), (68.0, None), (70.0, None), (72.0, None)]


def test_each_loss_moves_its_own_weight_by_its_own_gradient() -> None:
    """D: 10 x 1 + 31 at the rate 0.001; G: 100 times what D's weight has become."""
    gan = make_gan(lr=0.001)
    values = play(make_game(gan=gan))
    d = 2.0 - 0.041
    assert gan.discriminator.weight.item() == pytest.approx(d)  # type: ignore[union-attr]
    assert gan.generator.weight.item() == pytest.approx(30.0 - 0.1 * d)  # type: ignore[union-attr]
    assert values["grad_norm/discriminator"] == pytest.approx(41.0)
    assert values["grad_norm/generator"] == pytest.approx(100 * d)
    assert values["balance/signal"] == pytest.approx(100 * d)


def test_the_discriminators_update_leaves_the_generator_no_gradient_and_the_other_way_round() -> None:
    gan = make_gan()
    game = make_game(gan=gan)
    fake = gan.fake(gan.draw(BATCH))
    game.update_discriminator(Batch(torch.ones(BATCH, 1)), fake.detach(), 0)
    assert gan.generator.weight.grad is None  # type: ignore[union-attr]
    gan.discriminator.weight.grad = None  # type: ignore[union-attr]
    game.update_generator(fake, Batch(torch.ones(BATCH, 1)), 1)
    assert gan.discriminator.weight.grad is None  # type: ignore[union-attr]
    assert gan.generator.weight.grad.item() == 200.0  # type: ignore[union-attr]


def test_finished_steps_are_counted_once_a_step() -> None:
    gan, steps = make_gan(), []
    note = technique(after_update=lambda players, side: steps.append(players.step.item()))
    play(make_game(note, gan=gan, d_steps=2), steps=2)
    assert steps == [0, 0, 0, 1, 1, 1] and gan.step.item() == 2


@pytest.mark.parametrize("cut", [0.0, 10.0, 100.0])
def test_accuracies_are_at_the_cut_of_the_loss(cut: float) -> None:
    """Logits of real samples are 2, of fakes 62."""
    values = play(make_game(gan=make_gan(Told(cut=cut))))
    real, fake = float(cut < 2.0), float(cut > 62.0)
    assert (values["accuracy/real"], values["accuracy/fake"]) == (real, fake)
    assert values["accuracy/discriminator"] == (real + fake) / 2.0


class Mixed(Counting):
    """Real samples of 10, 20, 30 and 40."""

    def next(self) -> Batch:
        return Batch(torch.tensor([[10.0], [20.0], [30.0], [40.0]]))


def test_pairs_are_counted_over_true_logits_of_all_samples() -> None:
    values = step(make_game(), Mixed())
    assert values["accuracy/pairwise"].item() == 0.25, "the fakes are 31: one real sample in four is above them"


CLIPS = [(1e9, 41.0), (50.0, 41.0), (41.0, 41.0), (10.0, 10.0), (0.5, 0.5)]


@pytest.mark.parametrize(("clip", "left"), CLIPS)
def test_a_gradient_is_shortened_to_the_clip_and_never_lengthened(clip: float, left: float) -> None:
    """The discriminator's is 41; the generator's 200, D being still."""
    gan = make_gan(lr=0.001)
    values = play(make_game(gan=gan, clip_grad_norm=clip))
    assert gan.discriminator.weight.item() == pytest.approx(2.0 - 0.001 * left)  # type: ignore[union-attr]
    assert values["grad_norm/discriminator"] == pytest.approx(41.0), "told as it was before"


@pytest.mark.parametrize(("clip", "left"), [(1e9, 200.0), (300.0, 200.0), (10.0, 10.0)])
def test_the_generators_gradient_is_clipped_alike(clip: float, left: float) -> None:
    gan = make_gan()
    gan.g.optimizer.param_groups[0]["lr"] = 0.001
    values = play(make_game(gan=gan, clip_grad_norm=clip))
    assert gan.generator.weight.item() == pytest.approx(30.0 - 0.001 * left)  # type: ignore[union-attr]
    assert values["grad_norm/generator"] == pytest.approx(200.0)


@pytest.mark.parametrize("optimizer", [Adam, SGD, RMSprop])
def test_a_schedule_is_read_at_the_finished_steps_of_the_game(optimizer: Any) -> None:
    """Rates of 0.3, 0.2, 0.1 and then none, told after the step that they were used for."""
    ramp = {"start": 0.3, "end": 0.0, "steps": 3}
    gan = make_gan(optimizer=lambda parameters, lr: optimizer(parameters, lr=ramp))
    game, feed, told, before = make_game(gan=gan), Counting(), [], gan.discriminator.weight.item()  # type: ignore[union-attr]
    moved = []
    for _ in range(5):
        step(game, feed)
        told.append(gan.d.lr.item())
        before, way = gan.discriminator.weight.item(), gan.discriminator.weight.item() - before  # type: ignore[union-attr]
        moved.append(way != 0.0)
    assert told == pytest.approx([0.3, 0.2, 0.1, 0.0, 0.0], abs=1e-7)
    assert moved == [True, True, True, False, False]
