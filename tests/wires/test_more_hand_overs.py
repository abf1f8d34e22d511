"""What passes between players, batches, feeds and checkpoints in few words: who takes whose place, what stays beside.

Of the doubles, G adds its weight, 30, and D multiplies by its weight, 2, and doubles in evaluation mode.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from doubles import IMAGE, NUMBER, Scale, Shift, Told, as_image
from pair_of_networks import PairOfNetworks
from real_parts import AVERAGED, levels, make_game, make_gan, make_trainer, open_parts, parts, play
from torch import Tensor, nn

from gan_cli.balance.unrolled import Unrolled
from gan_cli.config.moved import MOVED, with_new_paths
from gan_cli.data.base import Table, samples_at, spread_samples
from gan_cli.data.feed import open_feed
from gan_cli.game import Batch, GeneratorInput, joined
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.metrics.duality_gap import DualityGap
from gan_cli.quality.suite import as_stored
from gan_cli.session import play as playing
from gan_cli.session.trained import open_run
from gan_cli.spec import SampleSpec
from gan_cli.training.state_check import spec_of


def whole(count: int = 5) -> Batch:
    """Sample v has the label 10 v and the code 100 v."""
    numbers = torch.arange(float(count))
    return Batch(numbers[:, None], (10 * numbers).long(), 100.0 * numbers[:, None])


def rows_of(batch: Batch) -> list[float]:
    """The samples of a batch that has to each its own label and code."""
    values: list[float] = batch.x.flatten().tolist()
    assert batch.y is not None and batch.y.tolist() == [10 * round(value) for value in values]
    assert batch.z is not None and batch.z.flatten().tolist() == [100.0 * value for value in values]
    return values


def test_labels_and_codes_go_with_the_samples_that_are_taken() -> None:
    assert rows_of(whole().take(torch.tensor([4, 1, 1]))) == [4.0, 1.0, 1.0]
    assert rows_of(whole().take(slice(1, None, 2))) == [1.0, 3.0]
    assert [rows_of(part) for part in whole().split(2)] == [[0.0, 1.0], [2.0, 3.0], [4.0]]
    assert rows_of(joined([whole(3), whole(2)])) == [0.0, 1.0, 2.0, 0.0, 1.0]
    assert rows_of(whole().detach()) == rows_of(whole().to("cpu")) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_other_samples_keep_what_stands_beside_the_first_ones() -> None:
    first = whole()
    other = first.with_x(first.x + 0.5)
    assert other.y is first.y and other.z is first.z and other.x.flatten().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_parts_without_labels_are_joined_without_labels() -> None:
    alone = joined([Batch(torch.ones(2, 1)), Batch(torch.zeros(1, 1))])
    assert alone.y is None and alone.z is None and alone.x.flatten().tolist() == [1.0, 1.0, 0.0]


def test_latents_are_parted_in_their_order() -> None:
    parted = GeneratorInput(torch.arange(5.0)[:, None]).split(2)
    assert [part.z.flatten().tolist() for part in parted] == [[0.0, 1.0], [2.0, 3.0], [4.0]]


def test_others_may_take_the_place_of_either_network() -> None:
    gan, drawn, shown = make_gan(), GeneratorInput(torch.ones(1, 1)), Batch(torch.full((1, 1), 3.0))
    assert (gan.fake(drawn).x.item(), gan.fake(drawn, by=Shift(NUMBER, weight=70.0)).x.item()) == (31.0, 71.0)
    assert (gan.critic(shown).item(), gan.critic(shown, by=Scale(NUMBER, weight=5.0)).item()) == (6.0, 15.0)
    assert gan.features is None
    gan.discriminator.features = lambda samples: samples + 0.25  # type: ignore[union-attr]
    assert gan.features is not None and gan.features(shown).item() == 3.25


def test_whatever_networks_compute_in_samples_and_logits_are_float32() -> None:
    gan, ones = make_gan(), torch.ones(1, 1)
    assert gan.fake(GeneratorInput(ones), by=lambda z: z.bfloat16()).x.dtype == torch.float32
    assert gan.critic(Batch(ones), by=lambda samples: samples[:, 0].bfloat16()).dtype == torch.float32


@pytest.mark.parametrize(("through", "slope"), [(True, 100 * (0.77 - 0.03 * 31)), (False, 77.0)])
def test_the_generator_is_judged_by_the_discriminator_of_some_steps_ahead(through: bool, slope: float) -> None:
    """L_D = w (10 x 1 + 31), so three steps at 0.01 make D's weight 2 - 3 x 0.41 = 0.77; fakes are 31."""
    loss = Told()
    gan = make_gan(loss)
    values = play(make_game(Unrolled(steps=3, lr=0.01, through=through), gan=gan))
    assert loss.d == [pytest.approx((weight, 31 * weight)) for weight in (2.0, 2.0, 1.59, 1.18)]
    assert values["loss/generator"] == pytest.approx(100 * 0.77 * 31, rel=1e-4)
    assert values["grad_norm/generator"] == pytest.approx(abs(slope), rel=1e-3)
    assert gan.discriminator.weight.item() == 2.0, "the real one stays"  # type: ignore[union-attr]


def test_the_rate_of_virtual_steps_is_read_at_the_steps_of_the_game() -> None:
    """0.01 at first and 0 in the second step, whose fakes are 32."""
    loss = Told()
    play(make_game(Unrolled(steps=1, lr={"start": 0.01, "end": 0.0, "steps": 1}), gan=make_gan(loss)), steps=2)
    assert [fake for fake, _ in loss.g] == pytest.approx([(2.0 - 0.41) * 31, 2.0 * 32])


@pytest.mark.parametrize("pairs", [False, True])
def test_copies_in_the_duality_gap_improve_in_the_place_of_networks_that_stay(pairs: bool) -> None:
    """Adam's first step is its rate, 1: D's copy comes to the weight 1, G's to 29. M = -w (10 x 1 + fake)."""
    loss = Told(pairs=pairs)
    players = PairOfNetworks(Shift(NUMBER), Scale(NUMBER), loss)
    real = Batch(torch.ones(64, 1))
    known = Reference(NUMBER, real, real, lambda: real, lambda: real)
    found = DualityGap(steps=1, lr=1.0, batch_size=32).measure(MetricInputs(known, real, players))
    assert found["minimax_loss"] == pytest.approx(-1.0 * (10 + 30))
    assert found["duality_gap"] == pytest.approx(-40.0 + 2.0 * (10 + 29))
    assert loss.g == [(60.0, 2.0 if pairs else None)]
    for network, weight in ((players.generator, 30.0), (players.discriminator, 2.0)):
        assert network.weight.item() == weight and network.weight.grad is None  # type: ignore[union-attr]


def test_views_are_of_the_fakes_and_of_the_real_samples_that_they_are_compared_with() -> None:
    fake, real, other = (
        Batch(as_image(torch.full((count, 1), level))) for count, level in ((2, 9.0), (3, 5.0), (4, 1.0))
    )
    views = MetricInputs(Reference(IMAGE, real, other, lambda: other, lambda: other), fake).vectors("raw")
    assert all(torch.equal(view, batch.x.flatten(1)) for view, batch in zip(views, (fake, real), strict=True))


LOPSIDED = SampleSpec((1, 1, 1), (-1.0, 3.0), num_classes=3)
"""Images whose range is neither of the usual ones: the level 51 is -0.2."""


KINDS: dict[str, dict[str, Any]] = {"resident": {}, "streamed": {"resident_bytes": 0, "workers": 0}}


def test_bytes_fill_the_range_of_their_spec_by_every_way_in() -> None:
    table = Table(torch.full((4, 1, 1, 1), 51, dtype=torch.uint8), torch.arange(4) % 3)
    ways = [samples_at(table, [2, 0], LOPSIDED).x]
    for kind in KINDS.values():
        feed = open_feed(table, LOPSIDED, batch_size=2, device=torch.device("cpu"), seed=5, **kind)
        ways.append(feed.next().x)
    assert [way.flatten().tolist() for way in ways] == [pytest.approx([-0.2, -0.2], abs=1e-6)] * 3


def test_a_few_samples_are_of_the_whole_set_and_the_same_at_every_call() -> None:
    """Evenly spread rows, or the first ones, would share what recurs in the order of the set."""
    table = Table(torch.arange(1000.0)[:, None])
    few, again = (spread_samples(table, 100, NUMBER).x.flatten() for _ in range(2))
    assert torch.equal(few, again) and len(few.unique()) == 100
    assert few.min() < 100.0 and few.max() > 900.0 and len(few.sort().values.diff().unique()) > 5


def test_samples_are_judged_as_a_file_of_their_range_holds_them_beside_their_labels() -> None:
    samples = torch.tensor([-0.2 + 0.004, -7.0, 9.0])[:, None, None, None]
    stored = as_stored(Batch(samples, torch.tensor([2, 0, 1])), LOPSIDED)
    assert stored.x.flatten().tolist() == pytest.approx([-0.2, -1.0, 3.0], abs=1e-6)
    assert stored.y is not None and stored.y.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "spec",
    [
        SampleSpec((1, 600), (-2.0, 3.0), 3, sample_rate=300, class_names=("cat", "dog", "emu")),
        SampleSpec((3, 5), (0.0, 1.0), alphabet=("_", "a", "b")),
        NUMBER,
    ],
)
def test_a_checkpoint_says_all_that_its_samples_are(spec: SampleSpec) -> None:
    told = asdict(spec)
    assert spec_of({"spec": told}) == spec
    as_lists = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    assert spec_of({"spec": as_lists}) == spec


def test_a_trainer_saves_the_spec_of_its_data() -> None:
    trainer, _ = open_parts(parts(data=levels(range(40), images=True, labels=4)))
    assert spec_of(trainer.state_dict()) == SampleSpec(IMAGE.shape, num_classes=4)


def modes(network: nn.Module) -> list[bool]:
    """Whether a network is in training mode and whether gradients are on, call by call."""
    seen: list[bool] = []
    network.register_forward_hook(lambda module, given, made: seen.extend((module.training, torch.is_grad_enabled())))
    return seen


def test_samples_and_opinions_are_of_evaluation_mode_and_leave_the_mode_of_training() -> None:
    gan = make_gan()
    trainer = make_trainer(gan=gan)
    for network, ask in (
        (gan.generator, lambda: trainer.sample(GeneratorInput(torch.ones(1, 1)))),
        (gan.discriminator, lambda: trainer.criticise(Batch(torch.ones(1, 1)))),
    ):
        seen = modes(network)
        ask()
        assert seen == [False, False] and network.training


@pytest.mark.parametrize("balance", [{}, AVERAGED])
def test_samples_of_a_trained_run_come_in_the_order_of_their_latents_in_evaluation_mode(
    balance: Any, tmp_path: Path
) -> None:
    """600 of them are more than two batches."""
    config = parts(data=levels(range(40), images=True), balance=balance).config
    playing.play({**config, "trainer": {**config["trainer"], "steps": 1}}, [], tmp_path)
    trained = open_run(tmp_path, step=None, average=True, device="cpu", trust=True)
    seen = modes(trained._network.train())
    z: Tensor = (torch.arange(600.0) * 7 % 150)[:, None]
    made = trained.sample(GeneratorInput(z)).x
    assert torch.allclose(made, as_image(z + (70.0 if balance else 30.0)), atol=1e-5)
    assert set(seen) == {False} and trained._network.training


def test_classes_are_found_under_their_new_paths_in_lists_and_mappings_too() -> None:
    old = "gan_cli.session.examiner.Examiner"
    new = MOVED[old]
    saved = {"metric": {"_target_": old, "name": old}, "more": [[{"_target_": old}], 3, None]}
    assert with_new_paths(saved) == {"metric": {"_target_": new, "name": old}, "more": [[{"_target_": new}], 3, None]}
