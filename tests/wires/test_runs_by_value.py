"""A run from its config to its folder and back: what is saved, gone on with, drawn and judged, by value.

Training samples are images of the levels 0 to 39, held-out ones of 100 to 129. Weights stay, so the generator's is 30
and that of its average 70; latents from a seed are that seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from doubles import level_of
from onlookers import Ledger, Witness
from real_parts import AVERAGED, WITNESS, levels, parts

from gan_cli.commands.sample import sample
from gan_cli.evaluation.evaluate import evaluation
from gan_cli.evaluation.request import EvaluationRequest
from gan_cli.game import GeneratorInput
from gan_cli.networks.base import Latent
from gan_cli.sampling.latents import Stream
from gan_cli.session.play import play
from gan_cli.session.trained import open_run
from gan_cli.training import checkpoint

DATA = levels(range(40), range(100, 130), images=True)


def config(steps: int = 4, **changes: Any) -> Any:
    trainer = {"_target_": "gan_cli.training.trainer.Trainer", "steps": steps, "batch_size": 4, "checkpoint_every": 2}
    told = {"every": 2, "samples_every": 2, "num_samples": 1, "sinks": {"ledger": {"_target_": "onlookers.Ledger"}}}
    settings = {"every": 2, "budget": 1.0, "num": 20, "measures": WITNESS}
    ours = {
        "data": DATA,
        "trainer": trainer,
        "balance": AVERAGED,
        "metric": {"_target_": "gan_cli.quality.during_training.TrainingMetrics", **settings},
        "telemetry": {"_target_": "gan_cli.telemetry.recorder.Recorder", **told},
    }
    return parts(**{**ours, **changes}).config


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run of four steps."""
    play(config(), [], tmp_path)
    return tmp_path


def newest() -> Ledger:
    return Ledger.made[-1]


def test_what_a_run_tells_from_its_first_step_to_its_last(folder: Path) -> None:
    ledger = newest()
    assert ledger.of("samples/fixed") == {0: 75, 2: 75, 4: 75}
    assert ledger.of("samples/random") == {0: 75, 2: 77, 4: 79}
    assert [what for what, step, _ in ledger.told if step == 4] == [
        "progress", "verdict", "scalars", "samples/fixed", "samples/random", "balance/card", "end",
    ]  # fmt: skip
    assert (ledger.info.start_step, ledger.info.total_steps, ledger.info.batch_size) == (0, 4, 4)
    assert ledger.info.measures[0] == "metric/witness" and ledger.info.small_is_good and not ledger.info.has_cut
    outcome = ledger.of("end")[4]
    assert outcome.status == "done" and outcome.final == ledger.of("scalars")[4]
    assert outcome.final["metric/witness"] == pytest.approx(75 / 127.5 - 1.0, abs=1e-6)
    assert checkpoint.steps_in(folder) == [2, 4]


def test_a_run_that_goes_on_says_what_comes_next_and_nothing_twice(folder: Path) -> None:
    first = newest()
    play(config(steps=6), [], folder)
    ledger = newest()
    assert ledger is not first and ledger.info.start_step == 4
    assert list(ledger.of("scalars")) == [6] and list(ledger.of("samples/fixed")) == [6]
    assert ledger.of("samples/random") == {6: 81} and ledger.of("data/real") == {}
    assert 0.0 < ledger.info.earlier < min(first.of("end")[4].seconds, ledger.of("end")[6].seconds)


def test_a_finished_run_keeps_what_it_told_last(folder: Path) -> None:
    """Opened once more it has no step to take, and closes with what its checkpoint held."""
    before = newest().of("end")[4]
    play(config(), [], folder)
    after = newest().of("end")[4]
    spoken = {tag: value for tag, value in before.final.items() if not tag.startswith("time/samples")}
    assert after.final == spoken and after.verdict == before.verdict and after.status == "done"


def test_weights_of_a_checkpoint_are_those_of_its_step(tmp_path: Path) -> None:
    """The rate is such that D's weight moves in every step: samples are opened with that of the step they name."""
    moving = {"_target_": "gan_cli.training.optimizers.SGD", "lr": 0.001}
    still = {"_target_": "gan_cli.training.optimizers.SGD", "lr": 0.0}
    play(config(optim={"generator": moving, "discriminator": still}), [], tmp_path)
    weights = [checkpoint.load(tmp_path, step)["gan"]["generator"]["network"]["weight"].item() for step in (2, 4)]
    assert weights[0] != weights[1]
    opened = {step: open_run(tmp_path, step=step, average=False, device="cpu", trust=True) for step in (2, 4, None)}
    made = {step: run.sample(GeneratorInput(torch.zeros(1, 1))).x for step, run in opened.items()}
    levels_of = {step: samples.add(1.0).mul(127.5).mean().item() for step, samples in made.items()}
    assert levels_of == pytest.approx({2: weights[0], 4: weights[1], None: weights[1]}, abs=1e-3)
    assert [run.step for run in opened.values()] == [2, 4, 4]


@pytest.mark.parametrize(("average", "weight"), [(True, 70), (False, 30)])
def test_a_trained_run_is_sampled_by_the_weights_that_are_asked_for(folder: Path, average: bool, weight: int) -> None:
    trained = open_run(folder, step=None, average=average, device="cpu", trust=True)
    samples = trained.sample(GeneratorInput(torch.full((600, 1), 9.0))).x
    assert trained.averaged == average and level_of(samples) == {9 + weight}
    players = trained.players
    assert level_of(players.fake(players.draw(2, 8)).x) == {38}, "metrics of networks look at the trained one"


@pytest.mark.parametrize(("ema", "weight"), [(True, 70), (False, 30)])
def test_an_evaluation_draws_from_its_own_seed_and_compares_with_its_own_split(
    folder: Path, ema: bool, weight: int
) -> None:
    question = {"run": str(folder), "data": {}, "metric": {"measures": WITNESS}, "num": 20, "seed": 11, "ema": ema}
    plain = {"range": None, "checkpoint": None, "json": None, "figures": False, "out": None, "device": "cpu"}
    for split, among in ("holdout", range(100, 130)), ("train", range(40)):
        Witness.seen.clear()
        found = evaluation(EvaluationRequest(**question, **plain, split=split, trust=True))  # type: ignore[arg-type]
        assert level_of(found.inputs.fake.x) == {11 + weight} and len(found.inputs.fake) == 20
        assert level_of(found.inputs.reference.real.x) < set(among)
        assert level_of(found.inputs.reference.train.x) == set(range(40))
        assert (found.origin["weights"], found.origin["seed"], found.origin["step"]) == ("ema" if ema else "raw", 11, 4)
        assert found.report.protocol["split"] == split
        floor = found.report.results["witness"].floor
        assert floor == found.inputs.reference.other.x.mean().item()


@pytest.mark.parametrize("truncation", [None, 1.5])
def test_samples_of_a_run_are_drawn_from_the_stream_of_their_own_seed(tmp_path: Path, truncation: float | None) -> None:
    run = tmp_path / "run"
    run.mkdir()
    play(config(generator={"_target_": "doubles.Shift", "numbered": False, "weight": 100.0}, balance={}), [], run)
    asked = {"checkpoint": None, "ema": True, "classes": None, "formats": ["npz"], "interpolate": None, "film": False}
    asked["reconstruct"] = False
    drawn = {}
    for seed in (1, 2):
        out = tmp_path / str(seed)
        sample(run=str(run), num=64, seed=seed, truncation=truncation, out=str(out), device="cpu", trust=True, **asked)  # type: ignore[arg-type]
        (array,) = np.load(next(out.glob("*.npz"))).values()
        drawn[seed] = array.reshape(64, -1)[:, 0].tolist()
        z = Stream(Latent(1), seed, truncation).next(64)
        assert drawn[seed] == [round(value + 100.0) for value in z[:, 0].tolist()]
    assert drawn[1] != drawn[2]
