"""Whole sweeps through the command line, one job after another in this process."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import SMALL
from hparams_page import hparams_page

from gan_cli.cpu_threads import CHOSEN_BY_USER
from gan_cli.sweep.workers import BYTES_EACH, count_workers, divide_threads

TINY = (*SMALL, "metric=[]", "sweep_name=s")
SWEEP = Path("outputs/sweep/dcgan-digits/s")


def statuses(sweep: Path = SWEEP) -> dict[str, str]:
    return {row["folder"]: row["status"] for row in json.loads((sweep / "status.json").read_text())["points"]}


def test_folders_are_named_by_the_axes_only(gan) -> None:
    result = gan("train", "-m", *TINY, "seed=0,1", "discriminator.dropout=0,0.3")
    assert result.code == 0, result.err
    assert set(statuses().values()) == {"done"}
    assert {path.parent.name for path in SWEEP.glob("*/summary.json")} == set(statuses())
    assert set(statuses()) == {f"seed={s},discriminator.dropout={d}" for s in (0, 1) for d in ("0", "0.3")}
    assert "s: 4 done" in result.err and f"tensorboard --logdir {SWEEP}" in result.err


def test_the_same_command_leaves_finished_points_alone_and_adds_new_ones(gan) -> None:
    assert gan("train", "-m", *TINY, "seed=0,1").code == 0
    before = (SWEEP / "seed=0" / "summary.json").stat().st_mtime_ns
    again = gan("train", "-m", *TINY, "seed=0,1,2")
    assert again.code == 0 and "2 of 3 points are finished already" in again.err
    assert (SWEEP / "seed=0" / "summary.json").stat().st_mtime_ns == before
    assert set(statuses()) == {"seed=0", "seed=1", "seed=2"}


def test_a_sweep_can_be_made_longer(gan) -> None:
    assert gan("train", "-m", *TINY, "seed=0,1").code == 0
    assert gan("train", "-m", *TINY, "seed=0,1", "trainer.steps=6").code == 0
    assert all((SWEEP / f"seed={seed}" / "checkpoints" / "step_00000006.pt").is_file() for seed in (0, 1))


def test_diverging_and_crashing_points_are_rows(gan, monkeypatch) -> None:
    from gan_cli.data.digits import Digits

    load, calls = Digits.load, iter(range(3))

    def broken(source: Digits) -> object:
        if next(calls) == 1:
            raise OSError("the disk came loose")
        return load(source)

    monkeypatch.setattr(Digits, "load", broken)
    result = gan("train", "-m", *TINY, "optim.discriminator.lr=1e-3,2e-3,1e20")
    assert result.code == 1, result.err
    assert list(statuses().values()) == ["done", "failed", "diverged"]
    assert "the disk came loose" in result.err and "is not finite" in result.err
    failed = next(SWEEP.glob("*=0.002"))
    assert "the disk came loose" in (failed / "train.log").read_text()
    monkeypatch.setattr(Digits, "load", load)
    again = gan("train", "-m", *TINY, "optim.discriminator.lr=1e-3,2e-3,1e20")
    assert again.code == 1 and list(statuses().values()) == ["done", "done", "diverged"]


def test_the_runs_are_compared_at_the_end(gan, monkeypatch) -> None:
    result = gan("train", "-m", *SMALL, "sweep_name=s", "seed=0,1", "generator.depth=1,2", "discriminator.depth=1,2")
    assert result.code == 0, result.err
    assert len((SWEEP / "comparison.csv").read_text().splitlines()) == 1 + 4
    assert (SWEEP / "map.png").is_file() and (SWEEP / "map.pdf").is_file()
    assert len(list(SWEEP.glob("events.out.tfevents.*"))) == 1
    best = next(line for line in result.err.splitlines() if line.startswith("  best "))
    assert "generator.depth=" in best and "frechet_classifier" in best
    assert f"table         {SWEEP}/comparison.csv" in result.err and f"map           {SWEEP}/map.png" in result.err


def test_a_comparison_that_fails_costs_nothing(gan, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr("gan_cli.comparison.request.deliver", broken)
    result = gan("train", "-m", *TINY, "seed=0,1")
    assert result.code == 0 and "not compared: RuntimeError: no ink" in result.err
    assert "s: 2 done" in result.err


def test_other_settings_under_the_same_name_are_refused(gan, refused) -> None:
    assert gan("train", "-m", *TINY, "seed=0,1").code == 0
    message = refused("train", "-m", *TINY, "seed=0,1", "loss=hinge")
    assert "the point seed=0: " in message and "loss" in message


def test_ready_made_axes(gan, refused) -> None:
    told = "gan train: sweep=seeds: goes through values of seed; add -m to run each of its points"
    assert refused("train", "sweep=seeds") == told
    result = gan("train", "-m", *TINY, "sweep=[seeds,dropout]", "seed=3")
    assert result.code == 0, result.err
    assert set(statuses()) == {f"seed=3,discriminator.dropout={rate}" for rate in ("0", "0.15", "0.3", "0.5")}


def test_a_sweep_in_hparams_is_read_at_a_glance(gan) -> None:
    """What TensorBoard's own server answers: the verdict, the swept keys, the figure that decides; as they are read."""
    assert gan("train", "-m", *SMALL, "sweep_name=s", "seed=0,1", "discriminator.norm=none,batch").code == 0
    names, figures, rows = hparams_page(SWEEP)
    assert names == ["verdict", "discriminator.norm", "seed"]
    assert figures[0] == "frechet_classifier"
    assert len(names) + len(figures) <= 10
    assert {(row["discriminator.norm"], row["seed"].strip()) for row in rows} == {
        (norm, seed) for norm in ("none", "batch") for seed in ("0", "1")
    }
    distances = [row["frechet_classifier"] for row in rows]
    assert distances == sorted(distances), "the best one stands on top"
    for row in rows:
        assert row["verdict"] == "warming up"
        assert row["generator.base_channels"].strip() == "4"
        assert {"frechet_view", "balance/distance", "accuracy/discriminator"} <= set(row)


def test_a_single_worker_is_told_of_as_one_run_after_another(gan) -> None:
    result = gan("train", "-m", *TINY, "seed=0,1", "hydra/launcher=local", "workers=1", "hydra.sweep.dir=one")
    assert result.code == 0, result.err
    assert "1 of 2  seed=0: done" in result.err and "2 of 2  seed=1: done" in result.err
    assert "1 of 2 done" not in result.err


def test_workers(monkeypatch) -> None:
    cores = len(os.sched_getaffinity(0))
    assert count_workers(7) == 7
    monkeypatch.setattr("gan_cli.sweep.workers.free_memory", lambda: 100 * BYTES_EACH)
    assert count_workers("auto") == cores
    monkeypatch.setattr("gan_cli.sweep.workers.free_memory", lambda: BYTES_EACH)
    assert count_workers("auto") == 1
    monkeypatch.setattr("gan_cli.sweep.workers.free_memory", lambda: 0)
    assert count_workers("auto") == 1


@pytest.mark.parametrize(("free", "workers", "each"), [(8.0, 2, "4"), (4.6, 2, "2"), (0.3, 2, "1"), (8.0, 1, None)])
def test_jobs_share_the_free_cores(
    free: float, workers: int, each: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CHOSEN_BY_USER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("gan_cli.sweep.workers.free_since_beginning", lambda: free)
    divide_threads(workers)
    assert [os.environ.pop(name, None) for name in CHOSEN_BY_USER] == [each] * len(CHOSEN_BY_USER)


def test_a_number_of_threads_that_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHOSEN_BY_USER:
        monkeypatch.setenv(name, "3")
    divide_threads(2)
    assert [os.environ[name] for name in CHOSEN_BY_USER] == ["3"] * len(CHOSEN_BY_USER)


def test_a_launcher_that_is_not_installed(refused, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    message = refused("train", "-m", *TINY, "seed=0,1", "hydra/launcher=ray")
    assert message == "gan train: hydra/launcher=ray: it is not installed; pip install hydra-ray-launcher"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("workers=0", "workers=0"),
        ("workers=many", "workers=many"),
        ("workers=2", "workers=2: jobs run one after another here; add hydra/launcher=local, or leave it out"),
        ("+hydra.launcher.foo=1", "hydra.launcher.foo=1: no such setting"),
        ("sweep=nothing", "sweep=nothing: no such choice"),
        ("hydra/launcher=locl", "hydra/launcher=locl: no such choice; did you mean local?"),
    ],
)
def test_mistakes(refused, typed: str, message: str) -> None:
    assert message in refused("train", "-m", *TINY, "seed=0,1", typed)
