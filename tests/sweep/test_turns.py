"""Jobs that take turns in one process: their order, their ends, and what each has for itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from conftest import SMALL

from gan_cli.stepwise import Stepwise
from gan_cli.sweep.turns import Begin, Job, Turns


def job(name: str, steps: int, seen: list[str], then: Callable[[], float | None] = lambda: None) -> Begin:
    def work() -> Stepwise[float | None]:
        for step in range(steps):
            seen.append(f"{name}{step}")
            yield
        return then()

    return lambda: (work(), logging.NullHandler())


def test_jobs_take_turns_and_the_next_begins_when_one_ends() -> None:
    seen: list[str] = []
    results = Turns(2).play([job("a", 2, seen, lambda: 1.0), job("b", 3, seen), job("c", 1, seen, lambda: 3.0)])
    assert seen == ["a0", "b0", "a1", "b1", "b2", "c0"]
    assert results == [1.0, None, 3.0]


def end_by_signal() -> float | None:
    raise SystemExit(143)


def test_a_signal_lets_the_other_jobs_end_and_begins_no_more() -> None:
    seen: list[str] = []
    with pytest.raises(SystemExit) as exit_:
        Turns(2).play([job("a", 1, seen, end_by_signal), job("b", 3, seen), job("c", 1, seen)])
    assert exit_.value.code == 143
    assert seen == ["a0", "b0", "b1", "b2"]


def drawing(seed: int, into: list[float]) -> Begin:
    def work() -> Iterator[None]:
        torch.manual_seed(seed)
        for _ in range(4):
            into.append(float(torch.rand(())))
            yield

    def begin() -> tuple[Job, logging.Handler]:
        return work(), logging.NullHandler()  # type: ignore[return-value]

    return begin


def test_each_job_has_random_numbers_of_its_own() -> None:
    together: dict[int, list[float]] = {1: [], 2: []}
    alone: dict[int, list[float]] = {1: [], 2: []}
    Turns(2).play([drawing(seed, drawn) for seed, drawn in together.items()])
    for seed, drawn in alone.items():
        Turns(1).play([drawing(seed, drawn)])
    assert together == alone


def test_each_job_has_a_log_of_its_own(tmp_path: Path) -> None:
    def speaking(name: str) -> Begin:
        def work() -> Stepwise[float | None]:
            for step in range(2):
                logging.getLogger("gan_cli.test").warning("%s %d", name, step)
                yield
            return None

        return lambda: (work(), logging.FileHandler(tmp_path / name))

    before = list(logging.getLogger().handlers)
    Turns(2).play([speaking("a"), speaking("b")])
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a 0\na 1\n", "b 0\nb 1\n"]
    assert logging.getLogger().handlers == before


def metrics(sweep: Path) -> dict[str, list[dict[str, float]]]:
    """The readings of each run, without those of the clock."""
    found = {}
    for file in sweep.glob("*/metrics.jsonl"):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        found[file.parent.name] = [{tag: row[tag] for tag in row if not tag.startswith("time/")} for row in rows]
    return found


TINY = (*SMALL, "metric=[]", "discriminator.dropout=0.3", "balance=[ema,instance_noise]")


def test_runs_in_turns_are_those_one_after_another_and_a_diverging_one_is_a_row(gan) -> None:
    axes = ("seed=0,1,2", "optim.discriminator.lr=1e-3,1e20")
    for name, launcher in (("turns", ("hydra/launcher=one_gpu", "workers=4")), ("serial", ())):
        result = gan("train", "-m", *TINY, *axes, *launcher, f"hydra.sweep.dir={name}")
        assert result.code == 1, result.err
        assert f"{name}: 3 done, 3 diverged" in result.err
    turns = metrics(Path("turns"))
    assert len(turns) == 6
    assert turns == metrics(Path("serial"))
    logs = [path.read_text() for path in Path("turns").glob("*/train.log")]
    assert len(logs) == 6
    assert all(log.count("CPU thread") == 1 for log in logs)


def test_another_gpu_than_the_first_is_refused(gan, monkeypatch) -> None:
    monkeypatch.setattr("gan_cli.sweep.jobs.Jobs.check", lambda self, points: list(points))  # there is no such GPU
    result = gan("train", "-m", *TINY, "seed=0,1", "hydra/launcher=one_gpu", "runtime.device=cuda:1")
    assert result.code == 2
    assert "runtime.device=cuda:1: the runs share the first GPU; use cuda with CUDA_VISIBLE_DEVICES=1" in result.err


def test_a_sweep_in_turns_goes_on_with_what_is_not_finished(gan) -> None:
    command = ("train", "-m", *TINY, "hydra/launcher=one_gpu", "sweep_name=s")
    assert gan(*command, "seed=0,1").code == 0
    again = gan(*command, "seed=0,1,2")
    assert again.code == 0
    assert "2 of 3 points are finished already" in again.err
