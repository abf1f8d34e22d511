"""A reading tells its own window, in its own order, of the networks that it names: the n-th real batch is n."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from doubles import Averaged, Told, technique
from onlookers import Examined
from real_parts import advance, make_gan, make_trainer

from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.spec import KINDS
from gan_cli.training import checkpoint


def test_a_reading_is_the_mean_of_the_steps_since_the_last_one() -> None:
    scalars = advance(make_trainer(), 7, every=3).of("scalars")
    assert list(scalars) == [3, 6]
    # logits are twice the batch's number: 1, 2, 3 and then 4, 5, 6
    assert [scalars[step]["logits/real"] for step in (3, 6)] == [4.0, 10.0]
    assert [scalars[step]["logits/fake"] for step in (3, 6)] == [64.0, 70.0]
    assert [scalars[step]["loss/generator"] for step in (3, 6)] == [6400.0, 7000.0]


def test_a_window_goes_on_over_a_break() -> None:
    trainer, later = make_trainer(), make_trainer()
    advance(trainer, 4, every=3)
    saved = {**trainer.state_dict(), "step": 4}
    later._components.gan.latent.drawn[0] = 4  # type: ignore[attr-defined]
    later.load_state_dict(saved)
    for each in (trainer, later):
        reading = advance(each, 2, every=3).of("scalars")
        assert list(reading) == [6] and reading[6]["logits/real"] == 10.0 and reading[6]["logits/fake"] == 70.0


def test_progress_verdict_scalars_and_pictures_are_told_in_this_order() -> None:
    told = [(what, step) for what, step, _ in advance(make_trainer(), 4, every=2, pictures_every=4).told]
    assert told == [
        ("progress", 1), ("progress", 2), ("verdict", 2), ("scalars", 2),
        ("progress", 3), ("progress", 4), ("verdict", 4), ("scalars", 4), ("pictures", 4),
    ]  # fmt: skip


def test_update_ratios_are_of_the_last_step_and_of_their_own_network() -> None:
    gan = make_gan(lr=0.0001)
    gan.d.optimizer.param_groups[0]["lr"] = 0.0003
    weights: dict[str, list[float]] = {"discriminator": [2.0], "generator": [30.0]}

    def note(players: Any, side: str) -> None:
        weights[side].append(getattr(players, side).weight.item())

    reading = advance(make_trainer(technique(after_update=note), gan=gan), 3, every=3).of("scalars")[3]
    ratios = {side: abs(way[3] - way[2]) / way[2] for side, way in weights.items()}
    for side, ratio in ratios.items():
        assert reading[f"balance/update_{side}"] == pytest.approx(ratio, rel=1e-3)
    assert reading["balance/tempo"] == pytest.approx(ratios["discriminator"] / ratios["generator"], rel=1e-3)


def test_update_ratios_cover_all_updates_of_a_step() -> None:
    gan = make_gan(lr=0.0001)
    reading = advance(make_trainer(gan=gan, d_steps=3), 1).of("scalars")[1]
    # gradients of 10 x 1 + 31, 10 x 2 + 32 and 10 x 3 + 33
    assert reading["balance/update_discriminator"] == pytest.approx(0.0001 * (41 + 52 + 63) / 2.0, rel=1e-3)


def test_learning_rates_are_told_as_techniques_left_them() -> None:
    rates = {"discriminator": torch.tensor(0.5), "generator": torch.tensor(0.25)}
    slow = technique(rate=lambda side: rates[side])
    reading = advance(make_trainer(slow, gan=make_gan(lr=0.0004)), 1).of("scalars")[1]
    assert (reading["lr/discriminator"], reading["lr/generator"]) == pytest.approx((0.0002, 0.0001))


def test_gauges_that_follow_from_the_loss() -> None:
    loss = Told(cut=1.0, probable=True)
    loss.ideal = 1.0
    reading = advance(make_trainer(gan=make_gan(loss)), 1).of("scalars")[1]
    assert reading["balance/ideal_gap"] == 10 * 2.0 + 62.0 - 1.0
    assert reading["balance/r_t"] == 1.0, "both logits of real samples, 2, are above the cut"
    reading = advance(make_trainer(gan=make_gan(Told(cut=1.0))), 1).of("scalars")[1]
    assert not {"balance/ideal_gap", "balance/r_t"} & reading.keys()


class Noted(Diagnosis):
    """Keeps what it is shown, and gives the verdict that is laid down for it."""

    def __init__(self, verdict: Verdict | None = None) -> None:
        super().__init__()
        self.read_: list[tuple[int, dict[str, float], str | None]] = []
        self.cautions: list[str] = []
        self.given = verdict or Verdict("balanced", 1)

    def read(self, step: int, steps: int, values: Any, judgement: str | None, caution: str = "") -> Verdict:
        self.read_.append((step, dict(values), judgement))
        self.cautions.append(caution)
        return self.given


@pytest.mark.parametrize("probable", [True, False])
def test_the_diagnosis_reads_the_gauges_of_the_step_and_the_accuracy_that_means_something(probable: bool) -> None:
    diagnosis = Noted()
    trainer = make_trainer(gan=make_gan(Told(probable=probable)), diagnosis=diagnosis, evaluator=Examined(at=(2,)))
    notes = advance(trainer, 2, every=2)
    ((step, values, judgement),) = diagnosis.read_
    assert step == 2 and judgement == ("accuracy/discriminator" if probable else "accuracy/pairwise")
    assert notes.of("verdict") == {2: diagnosis.given}
    told = notes.of("scalars")[2]
    assert told == {**values, "metric/scripted": 1002.0}


@pytest.mark.parametrize("judged", [True, False])
def test_the_diagnosis_is_told_if_its_bounds_were_chosen_on_other_kinds(
    judged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "points", replace(KINDS["points"], judged=judged))
    diagnosis = Noted()
    advance(make_trainer(diagnosis=diagnosis), 1)
    assert diagnosis.cautions == ["" if judged else "no bound of the diagnosis was chosen on points"]


def test_metrics_are_taken_where_they_are_due_and_at_the_last_step(tmp_path: Path) -> None:
    evaluator = Examined(at=(2, 3, 6))
    notes = advance(make_trainer(Averaged(), evaluator=evaluator, steps=8), 8, tmp_path, every=2, pictures_every=4)
    assert evaluator.asked == [2, 4, 6], "asked at readings only; the last one is taken anyway"
    assert evaluator.seen == {2: 70.0, 6: 70.0, 8: 70.0}, "of the averaged generator, whose weight is 70"
    told = notes.of("scalars")
    assert {step: values.get("metric/scripted") for step, values in told.items()} == {
        2: 1002.0, 4: None, 6: 1006.0, 8: 1008.0,
    }  # fmt: skip
    # so are the pictures, from a latent of 1; the discriminator answers in evaluation mode, where it doubles twice
    assert notes.of("pictures") == {4: (71.0, 4.0), 8: (71.0, 4.0)}


def test_without_an_average_samples_come_from_the_generator() -> None:
    evaluator = Examined(at=(1,))
    notes = advance(make_trainer(evaluator=evaluator), 1, pictures_every=1)
    assert evaluator.seen == {1: 30.0} and notes.of("pictures") == {1: (31.0, 4.0)}


@pytest.mark.parametrize("at", [(1, 2, 3), (1, 2)])
def test_the_best_checkpoint_is_that_of_the_best_measurement(at: tuple[int, ...], tmp_path: Path) -> None:
    """A reading without a measurement is no better one."""
    trainer, best = make_trainer(evaluator=Examined(at=at, best=(1, 2))), []
    for _ in range(5):
        advance(trainer, 1, tmp_path)
        state = checkpoint.load_best(tmp_path)
        best.append((state["step"], state["feed"]["drawn"]))
    assert best == [(1, 1), (2, 2), (2, 2), (2, 2), (2, 2)]


def test_an_examiner_without_hope_ends_the_run_where_it_says_so(tmp_path: Path) -> None:
    trainer = make_trainer(evaluator=Examined(stop_from=3), checkpoint_every=50)
    notes = advance(trainer, 3, tmp_path)
    assert trainer.stopped == "no use"
    assert list(notes.of("pictures")) == [3] and checkpoint.steps_in(tmp_path) == [3]


@pytest.mark.parametrize("doubt", ["", "some"])
def test_a_verdict_ends_the_run_when_it_is_named_and_beyond_doubt(doubt: str, tmp_path: Path) -> None:
    verdict = Verdict("mode_collapse", 4, (), doubt)
    for named, ends in (["mode_collapse"], not doubt), (["oscillating"], False), (None, False):
        trainer = make_trainer(diagnosis=Noted(verdict), stop_on=named)
        advance(trainer, 1, tmp_path)
        assert bool(trainer.stopped) == ends
        assert not ends or "since step 4" in trainer.stopped
