from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hparams_page import hparams_page

from gan_cli.training import checkpoint

SMALL = (
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "trainer.batch_size=16",
    "runtime.threads=1",
    "telemetry.every=5",
    "telemetry.samples_every=10",
    "telemetry.num_samples=4",
)
TAGS = {
    "loss/discriminator", "loss/generator", "logits/real", "logits/fake", "accuracy/real", "accuracy/fake",
    "accuracy/discriminator", "accuracy/pairwise", "accuracy/holdout", "grad_norm/discriminator", "grad_norm/generator",
    "lr/discriminator", "lr/generator", "time/samples_per_second", "balance/signal", "balance/spread", "balance/missed",
    "balance/astray", "balance/distance", "balance/feature_spread", "balance/r_v", "balance/r_t", "balance/ideal_gap",
    "balance/update_discriminator", "balance/update_generator", "balance/tempo",
    "balance/repeated", "floor/distance", "floor/missed", "floor/astray", "floor/repeated", "floor/spread",
}  # fmt: skip
METRICS = {
    "metric/frechet_classifier", "metric/frechet_view", "metric/energy_distance_view", "metric/energy_distance",
    "time/metrics",
}  # fmt: skip


def read(path: Path) -> dict[str, object]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def test_a_run_folder_holds_what_the_architecture_says(gan, tmp_path):
    result = gan("train", "trainer.steps=20", "trainer.checkpoint_every=6", *SMALL, "run=here")
    assert result.code == 0, result.err
    run = tmp_path / "here"
    assert {"config.yaml", "overrides.txt", "metrics.jsonl", "samples", "checkpoints", "status.json"} <= {
        item.name for item in run.iterdir()
    }
    assert len(list(run.glob("events.out.tfevents.*"))) == 1
    assert sorted(item.name for item in (run / "samples").iterdir()) == [
        "balance.png", "real.png", "step_00000000.png", "step_00000010.png", "step_00000020.png",
    ]  # fmt: skip
    assert checkpoint.steps_in(run) == [18, 20]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 15, 20]
    assert all(set(line) == TAGS | {"step"} for line in lines[:-1])
    assert set(lines[-1]) == TAGS | METRICS | {"step"}
    summary = read(run / "summary.json")
    assert set(summary) == {"status", "step", "verdict", "advice", "metrics", "capacity", "seconds"}
    assert set(summary["metrics"]) == TAGS | METRICS
    assert (summary["status"], summary["step"]) == ("done", 20)
    assert "tensorboard --logdir here" in result.err
    status = read(run / "status.json")
    assert status["status"] == "done"
    assert status["verdict"] == summary["verdict"] == {"state": "warming_up", "since": 0, "evidence": [], "doubt": ""}


def test_the_same_seed_gives_the_same_figures_and_another_does_not(gan, tmp_path):
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        gan("train", "trainer.steps=10", f"seed={seed}", *SMALL, f"run={name}")

    def losses(name: str) -> list[float]:
        lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line)["loss/generator"] for line in lines]

    assert losses("one") == losses("same")
    assert losses("one") != losses("other")


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_a_diverged_run_stops_with_the_step_and_the_network(gan, tmp_path, side):
    result = gan(
        "train", "data=ring", "model=mlp", "loss=wasserstein", "optim=sgd", f"optim.{side}.lr=1e3",
        "trainer.steps=50", "trainer.checkpoint_every=1", "trainer.keep_checkpoints=50", *SMALL, "run=here",
    )  # fmt: skip
    assert result.code == 1
    status = read(tmp_path / "here/status.json")
    assert status["status"] == "diverged"
    assert "diverged at step" in str(status["message"])
    assert str(status["message"]) in result.err
    steps = checkpoint.steps_in(tmp_path / "here")
    assert steps
    assert max(steps) < int(str(status["step"]))
    for step in steps:
        state = checkpoint.load(tmp_path / "here", step)
        assert all(torch.isfinite(value).all() for value in state["reading"]["window"]["rows"].unbind())
    assert (tmp_path / "here/summary.json").exists()


def test_a_crash_is_recorded_and_raised(gan, tmp_path, monkeypatch):
    from gan_cli.training.step import Game

    def crash(self: Game, *given: object, **named: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Game, "play", crash)
    result = gan("train", "trainer.steps=10", *SMALL, "run=here")
    assert result.code == 1
    assert result.err.splitlines()[-3:] == [
        f"gan train: run={tmp_path / 'here'}: unexpected error: ZeroDivisionError: a bug",
        "  The stack trace shows where: put HYDRA_FULL_ERROR=1 in front of the command; "
        f"it is in {tmp_path / 'here/train.log'} too.",
        f"  No checkpoint was written before; go on with `gan train run={tmp_path / 'here'}`.",
    ]
    assert "raise ZeroDivisionError" in (tmp_path / "here/train.log").read_text()
    status = read(tmp_path / "here/status.json")
    assert (status["status"], status["message"]) == ("failed", "ZeroDivisionError: a bug")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert gan("train", "run=here").code == 0
    assert read(tmp_path / "here/status.json")["status"] == "done"


def test_held_out_data_is_not_trained_on(gan, tmp_path, monkeypatch):

    seen: list[int] = []
    from gan_cli.data import feed

    original = feed.ResidentFeed.__init__

    def note(self, data, spec, **settings):
        seen.append(len(data))
        original(self, data, spec, **settings)

    monkeypatch.setattr(feed.ResidentFeed, "__init__", note)
    assert gan("train", "trainer.steps=2", "data.holdout=0.25", *SMALL, "run=here").code == 0
    assert seen == [1797 - round(1797 * 0.25)]


def test_a_run_in_hparams_is_read_at_a_glance(gan, tmp_path):
    """The verdict, what was typed, what it was trained on; classes by their names, whole numbers as they are typed."""
    gan("train", "model=lsgan", "discriminator.dropout=0.2", "trainer.steps=2", *SMALL, "run=here")
    names, figures, (row,) = hparams_page(tmp_path / "here")
    typed = {"model", "discriminator.dropout", "trainer.steps", *(each.partition("=")[0] for each in SMALL)}
    assert names[0] == "verdict"
    assert len(names) + len(figures) <= 10
    assert set(names[1:]) <= typed | {"data"}
    assert "discriminator.dropout" in names
    assert figures[0] == "frechet_classifier"
    assert "frechet_classifier" in row
    assert (row["loss"], row["discriminator"], row["model"]) == ("LeastSquares", "ConvDiscriminator", "lsgan")
    assert (row["discriminator.dropout"].strip(), row["trainer.steps"].strip()) == ("0.2", "2")
    assert row["optim.generator.betas"] == "[0.5,0.999]"
    assert not any(key.startswith("telemetry.sinks") for key in row)


def test_the_row_of_a_run_that_goes_on_still_shows_what_was_typed_at_first(gan, tmp_path):
    gan("train", "loss=least_squares", "trainer.steps=2", *SMALL, "run=here")
    gan("train", "run=here", "trainer.steps=3")
    names, _, (row,) = hparams_page(tmp_path / "here")
    assert "loss" in names
    assert (row["loss"], row["trainer.steps"].strip()) == ("least_squares", "3")


def test_a_run_that_its_caller_gives_up_ends_there_for_good(tmp_path):
    from gan_cli.config.compose import compose_full, plain
    from gan_cli.session.play import SweepHooks, play

    config = plain(compose_full("train", [*SMALL, "trainer.steps=20", "run=here", "runtime.device=cpu"]))
    asked = []

    def give_up(step, verdict, values):
        asked.append((step, verdict.state, "balance/distance" in values))
        return "hopeless" if step == 7 else ""

    ending = play(config, [], tmp_path, SweepHooks(give_up=give_up))
    assert [each[:2] for each in asked] == [(step, "warming_up") for step in range(8)]
    assert not asked[0][2] and asked[-1][2], "the last reading"
    assert (ending.exit_code, ending.outcome.status, ending.outcome.message) == (0, "stopped", "hopeless")
    assert checkpoint.steps_in(tmp_path) == [7]
