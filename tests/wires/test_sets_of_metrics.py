"""Metrics are shown the sets that they name: training samples are 0 to 39, held-out ones 100 to 129."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from doubles import NUMBER, SEED, Levels, Told
from onlookers import Witness
from pair_of_networks import PairOfNetworks
from real_parts import AVERAGED, WITNESS, advance, levels, open_parts, parts
from torch import Tensor, nn

from gan_cli.data.base import Table
from gan_cli.game import Batch
from gan_cli.metrics.base import FeatureMetric, MetricInputs, Reference
from gan_cli.metrics.duality_gap import DualityGap
from gan_cli.metrics.memorisation import Memorisation
from gan_cli.quality import classifier as judging
from gan_cli.quality.classifier_training import classifier_data_of
from gan_cli.quality.reference import open_reference
from gan_cli.quality.suite import MetricSuite

TRAIN, HELD_OUT = range(40), range(100, 130)
CPU = torch.device("cpu")


def values(samples: Tensor) -> set[int]:
    return {round(value) for value in samples.flatten().tolist()}


def examined(steps: int, **changes: Any) -> tuple[list[MetricInputs], dict[int, Any], Any]:
    """The trials of a run that is examined every second step, what was told, and its players."""
    metric = {
        "_target_": "gan_cli.quality.during_training.TrainingMetrics",
        "every": 2,
        "budget": 1.0,
        "num": 20,
        "measures": WITNESS,
    }
    made = parts(**{"data": levels(TRAIN, HELD_OUT), "metric": {**metric, **changes.pop("metric", {})}, **changes})
    trainer, gan = open_parts(made)
    Witness.seen.clear()
    told = advance(trainer, steps, every=2).of("scalars")
    return list(Witness.seen), told, gan


def test_fakes_are_compared_with_held_out_samples() -> None:
    (trial,), _, gan = examined(2)
    reference = trial.reference
    assert values(reference.real.x) < set(HELD_OUT) and len(reference.real) == len(trial.fake) == 20
    assert reference.holdout is not None and values(reference.holdout.x) <= set(HELD_OUT)
    assert values(reference.train.x) == set(TRAIN)
    assert values(reference.other.x) < set(TRAIN) and len(reference.other) == 20
    assert trial.players is not None
    assert (trial.players.generator, trial.players.discriminator) == (gan.generator, gan.discriminator)
    assert trial.players.loss is gan.loss and trial.players.draw(3, 8).z.tolist() == [[8.0]] * 3


def test_where_training_samples_are_asked_for_two_halves_of_them_are_compared() -> None:
    (trial,), _, _ = examined(2, metric={"split": "train"})
    real, other = values(trial.reference.real.x), values(trial.reference.other.x)
    assert real | other == set(TRAIN) and not real & other and len(real) == len(other) == 20
    assert trial.reference.holdout is not None and values(trial.reference.holdout.x) < set(HELD_OUT)


def test_nothing_held_out_leaves_training_samples() -> None:
    (trial,), _, _ = examined(2, data=levels(TRAIN))
    assert values(trial.reference.real.x) < set(TRAIN) and trial.reference.holdout is None


@pytest.mark.parametrize(("balance", "weight"), [({}, 30.0), (AVERAGED, 70.0)])
def test_fakes_are_drawn_from_the_seed_of_the_run_by_the_network_to_sample_from(balance: Any, weight: float) -> None:
    trials, told, _ = examined(6, balance=balance)
    assert [values(trial.fake.x) for trial in trials] == [{SEED + round(weight)}] * 3
    assert [reading["metric/witness"] for reading in told.values()] == [SEED + weight] * 3
    assert [reading["metric/witness_error"] for reading in told.values()] == [0.5] * 3


def test_fakes_are_judged_as_eight_bits_hold_them() -> None:
    data = levels(TRAIN, HELD_OUT, images=True)
    (trial,), _, _ = examined(2, data=data, generator={"_target_": "doubles.Shift", "weight": 30.4})
    assert trial.fake.x.add(1.0).mul(127.5).mean().item() == pytest.approx(35.0, abs=1e-3)


def reference(train: range = TRAIN, holdout: range | None = HELD_OUT, **given: Any) -> Reference:
    source = Levels(train=[float(n) for n in train], holdout=None if holdout is None else [float(n) for n in holdout])
    return open_reference(source, source.load(), **{"num": 20, "of": "holdout", "device": CPU, **given})


def test_floors_are_of_other_real_samples() -> None:
    real = reference()
    Witness.seen.clear()
    report = MetricSuite({"witness": Witness()}, real, "holdout").take(
        MetricInputs(real, Batch(torch.full((20, 1), 7.0)))
    )
    result = report.results["witness"]
    assert (result.value, result.error) == (7.0, 0.5)
    assert result.floor == pytest.approx(real.other.x.mean().item()) and result.floor < 40.0
    assert report.protocol == {"n_real": 20, "n_fake": 20, "split": "holdout"}


def test_copies_are_of_training_samples() -> None:
    """Held-out samples are 61 to 90 from the nearest training sample; the fakes 1."""
    score = Memorisation().measure(MetricInputs(reference(num=30), Batch(torch.full((30, 1), 40.0))))
    assert score["nearest_train"] == pytest.approx(1.0 / 75.5) and score["copies"] == 1.0
    score = Memorisation().measure(MetricInputs(reference(num=30), Batch(torch.full((30, 1), 115.0))))
    assert score["nearest_train"] == pytest.approx(76.0 / 75.5) and score["copies"] == 0.0


class Same(nn.Module):
    """Gives what it is given, with a weight that hardly moves."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, samples: Tensor) -> Tensor:
        return samples[:, 0] + 1e-6 * self.weight


class Generates(Same):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z)[:, None] * 0.0 + 9.0 + 1e-6 * self.weight


def test_the_duality_gap_is_scored_on_the_half_that_nobody_improved_on() -> None:
    """Even held-out samples are 1, odd ones 4; fakes are 9: M = -(10 x 4 + 9)."""
    loss = Told()
    held_out = torch.tensor([1.0, 4.0] * 32)[:, None]
    known = Reference(NUMBER, Batch(held_out), Batch(held_out), lambda: Batch(held_out), lambda: Batch(held_out + 50.0))
    players = PairOfNetworks(Generates(), Same(), loss)
    found = DualityGap(steps=3, batch_size=16).measure(MetricInputs(known, Batch(held_out), players))
    assert found["minimax_loss"] == pytest.approx(-49.0, abs=1e-3) and found["duality_gap"] == pytest.approx(
        0, abs=1e-3
    )
    # D's copy learns in 3 steps and is scored in 2 rounds, which is all that G's copy is asked of L_D
    assert [round(real) for real, _ in loss.d] == [1, 1, 1, 4, 4, 4, 4]
    assert len(loss.g) == 3


class Reads(nn.Module):
    """Names the class that the brightness of an image says, so it is right where the label agrees."""

    def forward(self, samples: Tensor) -> Tensor:
        level = ((samples.flatten(1).mean(dim=1) + 1.0) * 127.5).round().long()
        return nn.functional.one_hot(level % 4, 5).float()


def test_the_classifier_learns_training_samples_and_its_accuracy_is_on_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """All labels of the training samples agree with what it says, and of the 30 others all but 8."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    taught: list[Tensor] = []

    def learn(spec: Any, classes: int, samples: Tensor, labels: Tensor, device: torch.device) -> nn.Module:
        taught.append(samples)
        return Reads().eval()

    monkeypatch.setattr(judging, "train_classifier", learn)
    source = Levels(train=[float(n) for n in TRAIN], holdout=[float(n) for n in HELD_OUT], images=True, labels=4)
    split = source.load()
    assert isinstance(split.holdout, Table) and split.holdout.labels is not None
    split.holdout.labels[:8] = (split.holdout.labels[:8] + 1) % 4
    lessons = classifier_data_of(split, source.spec)
    assert not isinstance(lessons, str)
    judge = judging.classifier_of(lessons, CPU)
    assert not isinstance(judge, str) and judge.accuracy == pytest.approx(22 / 30)
    assert [values(samples) for samples in taught] == [set(TRAIN)]


def test_where_nothing_is_held_out_the_classifier_is_asked_about_samples_that_it_did_not_learn() -> None:
    source = Levels(train=[float(n) for n in range(200)], images=True, labels=4)
    lessons = classifier_data_of(source.load(), source.spec)
    assert not isinstance(lessons, str)
    known, asked = values(lessons.train.samples), values(lessons.test.samples)
    assert len(known) == 180 and len(asked) == 20 and not known & asked and known | asked == set(range(200))


class Sees:
    """A classifier whose features are the samples."""

    digest, accuracy = "0123456789ab", 0.875

    def features_and_probabilities(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        return samples.double(), samples.double() + 0.5


class Looks(FeatureMetric):
    """Tells what the classifier makes of both sides."""

    results = {"fakes": "low", "real": "low", "classes": "low"}
    fewest = 2

    def measure(self, trial: MetricInputs) -> dict[str, float]:
        fakes, real = trial.classifier_outputs, trial.reference.classifier_outputs
        return {"fakes": fakes[0].mean().item(), "real": real[0].mean().item(), "classes": fakes[1].mean().item()}


def test_metrics_look_at_both_sides_through_one_classifier_and_tell_its_accuracy() -> None:
    part, other = Batch(torch.full((20, 1), 3.0)), Batch(torch.full((20, 1), 8.0))
    known = Reference(
        NUMBER, part, None, lambda: other, lambda: other, refuse_classifier=lambda: None, open_classifier=Sees
    )
    report = MetricSuite({"looks": Looks()}, known, "train").take(MetricInputs(known, Batch(torch.full((20, 1), 7.0))))
    assert {name: (one.value, one.floor) for name, one in report.results.items()} == {
        "fakes": (7.0, 8.0), "real": (3.0, 3.0), "classes": (7.5, 8.5),
    }  # fmt: skip
    assert (report.protocol["classifier"], report.protocol["classifier_accuracy"]) == ("0123456789ab", 0.875)
