"""The answer of every hook arrives where it is due, by value: real samples are 1, fakes 31, D doubles them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from doubles import NUMBER, Told, technique
from real_parts import advance, make_game, make_gan, make_trainer, open_parts, parts, play
from torch import Tensor, nn

from gan_cli.balance.base import UpdateContext
from gan_cli.game import Batch, Critic
from gan_cli.spec import SampleSpec


def test_recalled_fakes_are_what_the_discriminator_learns_from() -> None:
    loss = Told()
    sevens = technique(mix_fakes=lambda fake: fake.with_x(torch.full_like(fake.x, 7.0)))
    values = play(make_game(sevens, gan=make_gan(loss)))
    assert loss.d == [(2.0, 14.0)]
    assert (values["logits/real"], values["logits/fake"]) == (2.0, 14.0)
    assert values["loss/discriminator"] == 10 * 2.0 + 14.0
    assert loss.g == [(62.0, None)], "the generator learns from its own"


def test_recalls_follow_each_other_before_the_perturbations() -> None:
    loss = Told()
    first = technique(mix_fakes=lambda fake: fake.with_x(fake.x + 1.0), perturb=lambda samples: samples + 100.0)
    second = technique(mix_fakes=lambda fake: fake.with_x(fake.x * 10.0), perturb=lambda samples: samples * 2.0)
    play(make_game(first, second, gan=make_gan(loss)))
    assert loss.d == [(2 * (1 + 100) * 2.0, 2 * ((31 + 1) * 10 + 100) * 2.0)]


def test_both_networks_see_perturbed_samples_of_both_kinds() -> None:
    loss = Told(pairs=True)
    play(make_game(technique(perturb=lambda samples: samples + 100.0), gan=make_gan(loss)))
    assert loss.d == [(2 * 101.0, 2 * 131.0)]
    assert loss.g == [(2 * 131.0, 2 * 101.0)]


def test_targets_reach_the_loss_and_nothing_else() -> None:
    loss, turns = Told(), []

    def note(players: Any, turn: UpdateContext) -> None:
        turns.append((turn.real_logits.mean().item(), turn.fake_logits.mean().item()))

    swap = technique(relabel=lambda real, fake: (fake, real), d_penalty=note)
    more = technique(relabel=lambda real, fake: (real + 1.0, fake + 2.0))
    values = play(make_game(swap, more, gan=make_gan(loss)))
    assert loss.d == [(62.0 + 1.0, 2.0 + 2.0)]
    assert values["loss/discriminator"] == 10 * 63.0 + 4.0
    assert (values["logits/real"], values["logits/fake"], values["accuracy/pairwise"]) == (2.0, 62.0, 0.0)
    assert turns == [(2.0, 62.0)]
    assert loss.g == [(62.0, None)]


def test_the_discriminator_learns_from_the_targets() -> None:
    """L_D = 10 w 31 + w 1 once they are swapped, so the weight moves by its gradient, 311, times the rate."""
    gan = make_gan(lr=0.001)
    play(make_game(technique(relabel=lambda real, fake: (fake, real)), gan=gan))
    assert gan.discriminator.weight.item() == pytest.approx(2.0 - 0.311)  # type: ignore[union-attr]


def test_penalties_of_the_discriminator_add_up_beside_its_loss() -> None:
    turns: list[list[float]] = []

    def heavy(players: Any, turn: UpdateContext) -> Tensor:
        given = (turn.real.x, turn.fake.x, turn.fake_logits, turn.real_logits)
        turns.append([each.mean().item() for each in given])
        return 1000.0 * players.discriminator.weight

    gan = make_gan(lr=0.001)
    blank = {"mix_fakes": lambda fake: fake.with_x(fake.x * 0)}
    light = technique(d_penalty=lambda players, turn: 5.0 * players.discriminator.weight, **blank)
    shifted = technique(d_penalty=heavy, perturb=lambda samples: samples + 100.0)
    values = play(make_game(light, shifted, technique(), gan=gan))
    assert turns == [[101.0, 100.0, 200.0, 202.0]]
    assert (values["penalty/a"], values["penalty/b"]) == (10.0, 2000.0)
    assert "penalty/c" not in values and "penalty/a/generator" not in values
    assert values["loss/discriminator"] == 10 * 202.0 + 200.0
    gradient = 10 * 101 + 100 + 5 + 1000
    assert values["grad_norm/discriminator"] == pytest.approx(gradient)
    assert gan.discriminator.weight.item() == pytest.approx(2.0 - 0.001 * gradient)  # type: ignore[union-attr]


@pytest.mark.parametrize("pairs", [False, True])
def test_penalties_of_the_generator_add_up_beside_its_loss(pairs: bool) -> None:
    turns: list[list[float | None]] = []

    def heavy(players: Any, turn: UpdateContext) -> Tensor:
        given = (turn.real.x, turn.fake.x, turn.fake_logits, turn.real_logits)
        turns.append([None if each is None else each.mean().item() for each in given])
        return 1000.0 * players.generator.weight

    gan = make_gan(Told(pairs=pairs))
    gan.g.optimizer.param_groups[0]["lr"] = 0.001
    light = technique(g_penalty=lambda players, turn: 5.0 * turn.fake.x.mean())
    shifted = technique(g_penalty=heavy, perturb=lambda samples: samples + 100.0)
    values = play(make_game(light, shifted, technique(), gan=gan))
    assert turns == [[101.0, 131.0, 262.0, 202.0 if pairs else None]]
    assert (values["penalty/a/generator"], values["penalty/b/generator"]) == (5 * 131.0, 30_000.0)
    assert "penalty/c/generator" not in values and "penalty/a" not in values
    assert values["loss/generator"] == 100 * 262.0 + (1000 * 202.0 if pairs else 0.0)
    gradient = 100 * 2 + 5 + 1000
    assert values["grad_norm/generator"] == pytest.approx(gradient)
    assert gan.generator.weight.item() == pytest.approx(30.0 - 0.001 * gradient)  # type: ignore[union-attr]


def test_the_first_opponent_judges_all_that_the_generator_is_judged_by() -> None:
    loss, asked, turns = Told(pairs=True), [], []

    def bring(players: Any, real: Batch, fake: Batch) -> Critic:
        asked.append((players, real.x.mean().item(), fake.x.mean().item()))
        return lambda shown: shown.x.flatten(1).sum(dim=1) + 0.5

    def note(players: Any, turn: UpdateContext) -> None:
        turns.append((turn.fake_logits.mean().item(), turn.real_logits.mean().item()))

    gan = make_gan(loss)
    own = technique(critic_for_generator=bring, g_penalty=note, perturb=lambda samples: samples + 100.0)
    late = technique(critic_for_generator=lambda *_: lambda shown: shown.x.flatten(1).sum(dim=1) * 0.0)
    values = play(make_game(technique(), own, late, gan=gan))
    assert asked == [(gan, 101.0, 131.0)]
    assert loss.g == [(131.5, 101.5)] and turns == [(131.5, 101.5)]
    assert loss.d == [(202.0, 262.0)], "the discriminator's own turn is its own"
    assert values["loss/generator"] == 100 * 131.5 + 1000 * 101.5
    assert values["balance/signal"] == pytest.approx(100.0), "the slope of the opponent, not of the discriminator"


def test_after_an_update_its_own_network_has_moved() -> None:
    gan, seen = make_gan(lr=0.001), []
    note = technique(after_update=lambda players, side: seen.append((players, side, weights())))

    def weights() -> tuple[float, float]:
        return gan.discriminator.weight.item(), gan.generator.weight.item()  # type: ignore[union-attr]

    play(make_game(note, gan=gan))
    d = 2.0 - 0.001 * (10 * 1 + 31)
    g = 30.0 - 0.001 * 100 * d
    assert [(players, side) for players, side, _ in seen] == [(gan, "discriminator"), (gan, "generator")]
    assert seen[0][2] == pytest.approx((d, 30.0)) and seen[1][2] == pytest.approx((d, g))


def test_after_a_step_a_technique_is_told_what_the_step_reports() -> None:
    gan, told = make_gan(), []

    def note(players: Any, batch_size: int, values: Any) -> None:
        told.append((players.step.item(), batch_size, {tag: value.item() for tag, value in values.items()}))

    first = technique(after_step=note, scalars=lambda: {"balance/first": torch.tensor(11.0 + len(told))})
    second = technique(after_step=note, scalars=lambda: {"balance/second": torch.tensor(21.0)})
    values = play(make_game(first, second, gan=gan))
    assert [(step, size) for step, size, _ in told] == [(1, 4), (1, 4)]
    assert told[0][2]["logits/fake"] == 62.0 and told[0][2]["loss/generator"] == 6200.0
    assert "balance/first" not in told[0][2], "scalars are asked for when the step is over"
    assert told[1][2]["balance/first"] == 12.0
    assert (values["balance/first"], values["balance/second"]) == (12.0, 21.0)


class Dressed(nn.Module):
    """Adds to the logits, times ten."""

    def __init__(self, inner: nn.Module, more: float) -> None:
        super().__init__()
        self.inner, self.more = inner, more

    def forward(self, samples: Tensor) -> Tensor:
        return self.inner(samples) * 10.0 + self.more


def test_dressed_discriminators_are_what_the_parts_build() -> None:
    specs: list[SampleSpec] = []

    def build_discriminator(more: float) -> Any:
        def hook(build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
            specs.append(spec)
            return Dressed(build(SampleSpec((spec.shape[0] + 1,))), more)

        return technique(build_discriminator=hook)

    generator, discriminator = parts().networks(
        NUMBER, {"inside": build_discriminator(1.0), "outside": build_discriminator(2.0)}
    )
    assert discriminator(torch.full((1, 1), 3.0)).item() == (2 * 3.0 * 10 + 1.0) * 10 + 2.0
    assert [spec.shape for spec in specs] == [(1,), (2,)]
    assert discriminator.inner.inner.spec.shape == (3,) and generator.spec.shape == (1,)  # type: ignore[union-attr]


def test_techniques_of_a_config_are_attached_and_asked_by_their_names() -> None:
    flips = {"_target_": "gan_cli.balance.label_flip.LabelFlip", "probability": 1.0}
    trainer, _ = open_parts(parts(balance={"average": {"_target_": "doubles.Averaged"}, "label_flip": flips}))
    values = advance(trainer, 1).of("scalars")[1]
    # perturbed by 100, doubled by D: the fakes' 262 stand where the real ones' logits do
    assert values["logits/fake"] == 262.0
    assert values["loss/discriminator"] == pytest.approx(10 * 262.0 + values["logits/real"])
    assert values["balance/label_flip_probability"] == 1.0
    assert trainer.state_dict()["techniques"].keys() == {"average", "label_flip"}


def test_updates_of_the_discriminator_are_counted_over_the_whole_run() -> None:
    """Two a step; in the generator's turn both of its step are behind it."""
    told: list[tuple[str, int]] = []
    note = technique(
        d_penalty=lambda players, turn: told.append(("d", turn.update)),
        g_penalty=lambda players, turn: told.append(("g", turn.update)),
    )
    trainer = make_trainer(note, d_steps=2)
    advance(trainer, 2)
    assert told == [("d", 0), ("d", 1), ("g", 2), ("d", 2), ("d", 3), ("g", 4)]
