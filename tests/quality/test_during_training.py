"""Metrics while a run trains: they change nothing, keep the best, end what is hopeless."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from conftest import Gan

from gan_cli.config import compose
from gan_cli.data.base import Split, Table
from gan_cli.data.colours import Colours
from gan_cli.data.digits import Digits
from gan_cli.data.ring import Ring
from gan_cli.game import Batch
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.metrics.energy_distance import EnergyDistance
from gan_cli.metrics.frechet_classifier import FrechetClassifier
from gan_cli.metrics.frechet_view import FrechetView
from gan_cli.metrics.label_accuracy import LabelAccuracy
from gan_cli.metrics.modes import Modes
from gan_cli.metrics.ngram_js import NgramJS
from gan_cli.quality.during_training import BY_DEFAULT, TrainingMetrics

SMALL = (
    "trainer.steps=60", "generator.base_channels=8", "discriminator.base_channels=8", "telemetry.every=10",
    "trainer.checkpoint_every=20", "telemetry.num_samples=4", "telemetry.samples_every=30", "runtime.device=cpu",
    "discriminator.dropout=0.2",
)  # fmt: skip
OFTEN = ("metric.every=20", "metric.budget=1.0")


class Scripted(Metric):
    """Gives figures that were decided beforehand."""

    results = {"quality": "high", "error": "low"}

    def __init__(self, *values: float) -> None:
        self._values = list(values)

    def measure(self, trial: MetricInputs) -> dict[str, float]:
        value = self._values.pop(0)
        return {"quality": value, "error": -value}


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def plain(run: Path) -> list[dict[str, Any]]:
    return [{tag: v for tag, v in line.items() if not tag.startswith(("time/", "metric/"))} for line in lines(run)]


def test_a_run_with_and_without_metrics_is_bit_equal(gan: Gan, tmp_path: Path) -> None:
    """Every metric that suits images, those that train networks included; dropout draws beside them."""
    everything = (
        "metric=[energy_distance,sliced_wasserstein,mmd,frechet_classifier,kid_classifier,precision_recall,"
        "density_coverage,class_histogram,memorisation,duality_gap,probe]"
    )
    assert gan("train", *SMALL, everything, *OFTEN, "metric.measures.duality_gap.steps=3", "run=with").code == 0
    assert gan("train", *SMALL, "metric=[]", "run=without").code == 0
    assert plain(tmp_path / "with") == plain(tmp_path / "without")
    states = [torch.load(tmp_path / run / "checkpoints/step_00000060.pt") for run in ("with", "without")]
    assert_same(
        *({key: value for key, value in state.items() if key not in ("reading", "seconds")} for state in states)
    )
    assert any(tag == "metric/duality_gap" for tag in lines(tmp_path / "with")[-1])


def assert_same(first: Any, second: Any) -> None:
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, (list, tuple)):
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    elif isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    else:
        assert first == second


def test_metrics_come_at_their_cadence_and_at_the_end(gan: Gan, tmp_path: Path) -> None:
    assert (
        gan("train", *SMALL, "metric=[energy_distance,mmd]", "metric.every=25", "metric.budget=1.0", "run=here").code
        == 0
    )
    steps = [line["step"] for line in lines(tmp_path / "here") if "metric/mmd_view" in line]
    assert steps == [30, 50, 60]
    summary = json.loads((tmp_path / "here/summary.json").read_text())
    assert {"metric/energy_distance", "metric/mmd_view", "metric/mmd_view_error"} <= set(summary["metrics"])


def test_a_small_budget_leaves_the_last_measurement_only(gan: Gan, tmp_path: Path) -> None:
    gan("train", *SMALL, "metric=[mmd]", "metric.every=10", "metric.budget=1e-9", "run=here")
    assert "within 0 % of the run's time" in (tmp_path / "here/train.log").read_text()
    # the first is free, for nothing is known of its cost
    assert [line["step"] for line in lines(tmp_path / "here") if "metric/mmd_view" in line] == [10, 60]


def test_the_best_checkpoint_is_kept_and_can_be_used(gan: Gan, tmp_path: Path) -> None:
    assert gan("train", *SMALL, "metric=[energy_distance]", *OFTEN, "run=here").code == 0
    found = {
        line["step"]: line["metric/energy_distance"]
        for line in lines(tmp_path / "here")
        if "metric/energy_distance" in line
    }
    best = min(found, key=lambda step: found[step])
    state = torch.load(tmp_path / "here/checkpoints/best.pt")
    assert state["step"] == best
    result = gan("evaluate", "run=here", "checkpoint=best", "metric=[mmd]", "figures=false", "device=cpu")
    assert result.code == 0 and f"step {best}" in result.out
    assert gan("sample", "run=here", "checkpoint=best", "num=2", "device=cpu").code == 0


def test_a_break_changes_nothing(gan: Gan, tmp_path: Path) -> None:
    assert gan("train", *SMALL, "metric=[mmd]", *OFTEN, "run=whole").code == 0
    assert gan("train", *SMALL, "metric=[mmd]", *OFTEN, "run=broken", "trainer.steps=40").code == 0
    assert gan("train", "run=broken", "trainer.steps=60").code == 0
    ours, theirs = ([line.get("metric/mmd_view") for line in lines(tmp_path / run)] for run in ("whole", "broken"))
    assert ours == theirs


def test_a_run_that_does_not_improve_is_ended_and_left_alone(gan: Gan, tmp_path: Path) -> None:
    """No learning rate, no progress: the first measurement stays the best."""
    still = (
        "optim.generator.lr=1e-12",
        "generator.norm=none",
        "balance=[]",
        "metric=[energy_distance]",
        "metric.every=10",
        "metric.budget=1.0",
    )
    result = gan("train", *SMALL, *still, "metric.patience=2", "run=here")
    assert result.code == 0, result.err
    status = json.loads((tmp_path / "here/status.json").read_text())
    assert (status["status"], status["step"]) == ("stopped", 30)
    assert "has not improved" in status["message"]
    assert "finished" in gan("train", "run=here").out


def test_a_hopeless_verdict_ends_a_run(gan: Gan, tmp_path: Path) -> None:
    sick = (
        "optim.discriminator.lr=1e-7",
        "telemetry.every=2",
        "diagnosis.warm_up=2",
        "diagnosis.window=3",
        "diagnosis.blind=0.999",
    )
    result = gan("train", *SMALL, *sick, "trainer.stop_on=[generator_dominates]", "run=here")
    assert result.code == 0, result.err
    status = json.loads((tmp_path / "here/status.json").read_text())
    assert status["status"] == "stopped" and status["step"] < 60
    assert "generator dominates" in status["message"]


def examiner(*values: float, **settings: Any) -> TrainingMetrics:
    return TrainingMetrics(measures={"scripted": Scripted(*values)}, **settings)


@pytest.mark.parametrize(
    ("best", "improved"), [(None, [True, False, True, False]), ("error", [True, False, True, False])]
)
def test_the_best_so_far(best: str | None, improved: list[bool]) -> None:
    judge = examiner(best=best)
    found = []
    for value in (1.0, 0.5, 2.0, 2.0):
        judge._compare(value if best is None else -value)
        found.append(judge.improved)
    assert found == improved


def test_patience_survives_a_break() -> None:
    judge, later = examiner(patience=2), examiner(patience=2)
    for value in (1.0, 0.5):
        judge._compare(value)
    later.load_state_dict(judge.state_dict())
    assert later.stop_reason == ""
    later._compare(0.9)
    assert "quality has not improved on 1 in 2 measurements" in later.stop_reason


def test_patience_ends_a_run_whose_result_is_never_a_number() -> None:
    judge = examiner(patience=2)
    for _ in range(2):
        judge._compare(math.nan)
    assert judge.stop_reason == "quality has not been a number in 2 measurements"


def test_a_result_that_is_not_measured_cannot_choose(refused: Any) -> None:
    message = refused("train", *SMALL, "metric=[mmd]", "metric.best=fid", "run=here")
    assert "metric.best=fid" in message and "mmd" in message


CHOSEN = {
    "frechet_classifier": FrechetClassifier, "frechet_view": FrechetView, "energy_distance": EnergyDistance,
    "label_accuracy": LabelAccuracy, "modes": Modes, "ngram_js": NgramJS,
}  # fmt: skip


def opened(source: Any, *names: str, unlabelled: bool = False, **settings: Any) -> TrainingMetrics:
    """Metrics that know their data; the default ones unless they are named."""
    judge = TrainingMetrics(measures={name: CHOSEN[name]() for name in names or BY_DEFAULT}, **settings)
    split = source.load()
    if unlabelled:
        split = Split(*(Table(part.samples) for part in (split.train, split.holdout)))
    players = SimpleNamespace(real=lambda fed: Batch(fed.x), encoder=None)
    judge.open(source, split, SimpleNamespace(device=torch.device("cpu")), players, 0)  # type: ignore[arg-type]
    return judge


def test_the_default_metrics_are_those_of_the_config() -> None:
    assert tuple(compose.plain(compose.compose_full("train", []))["metric"]["measures"]) == BY_DEFAULT


def test_runs_are_ranked_by_the_first_metric_that_applies(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    digits = opened(Digits())
    in_view = ["frechet_view", "energy_distance_view", "energy_distance"]
    assert list(digits.ranking) == ["frechet_classifier", *in_view]
    assert list(opened(Digits(), unlabelled=True).ranking) == in_view
    assert list(opened(Ring(num_samples=400)).ranking) == ["energy_distance"]
    assert list(opened(Colours(unit="char")).ranking)[:2] == ["js4", "js3"]
    assert list(opened(Digits(holdout=0.05)).ranking) == in_view[1:], "90 held-out images are too few"
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert opened(Digits(limit=3, holdout=0.0)).ranking == opened(Digits(limit=3, holdout=0.005)).ranking == {}


def test_metrics_that_somebody_chose_are_missed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    judge = opened(Ring(num_samples=400), "frechet_view", "modes", "energy_distance")
    assert list(judge.ranking.items())[:2] == [("modes", False), ("high_quality", False)]
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == [
        "metric frechet_view is not measured: it needs images or sound"
    ]
    caplog.clear()
    best = opened(Ring(num_samples=400), best="frechet_view")
    assert list(best.ranking) == ["energy_distance"]
    assert "frechet_view is not measured: it needs images" in caplog.text, "the first of the default list, but named"
    assert [each.levelno for each in caplog.records if "classifier" in each.getMessage()] == [logging.INFO]


def test_the_best_is_the_one_that_was_named() -> None:
    judge = opened(Digits(), best="energy_distance")
    assert list(judge.ranking) == ["energy_distance", "frechet_classifier", "frechet_view", "energy_distance_view"]
    judge._compare(1.0)
    assert judge.state_dict()["record"] == {"energy_distance": 1.0}


def test_a_best_result_that_the_data_do_not_have_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Points have no view but their values, so their energy distance has the plain name alone."""
    judge = opened(Ring(num_samples=400), best="energy_distance_view")
    assert list(judge.ranking) == ["energy_distance"]
    assert "metric.best=energy_distance_view is not measured on these data; there are energy_distance" in caplog.text


def test_the_record_of_another_figure_ends_with_the_run_that_set_it(caplog: pytest.LogCaptureFixture) -> None:
    """A run of an older version with the energy distance alone, then with today's list; then a bare number."""
    old, new = opened(Digits(), "energy_distance"), opened(Digits())
    old._compare(0.001)
    new.load_state_dict(old.state_dict())
    assert "best.pt was chosen by another figure; from here on it is chosen anew by frechet_classifier" in caplog.text
    new._compare(50.0)
    assert new.improved
    (name,) = new.state_dict()["record"]
    assert name.startswith("frechet_classifier by classifier ")
    points = opened(Ring(num_samples=400))
    points.load_state_dict({"taken_at": 1000, "record": 0.5, "waiting": 1})
    points._compare(0.7)
    assert not points.improved and points.state_dict()["record"] == {"energy_distance": 0.5}
