"""The two loops of the benchmark take turns, each with settings of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gan_cli.benchmark.benchmark import Benchmark, Round, summary
from gan_cli.benchmark.plain_process import PlainProcess
from gan_cli.config.compose import compose_full, plain
from gan_cli.errors import UserError

SMALL = ["model=dcgan", "data=fake", "data.shape=[1,8,8]", "trainer.batch_size=8", "generator.base_channels=4"]


def test_both_loops_take_their_turns() -> None:
    config = plain(compose_full("benchmark", [*SMALL, "discriminator.base_channels=4"]))
    rounds = list(Benchmark(rounds=3, steps=2, workers=0).run(config))
    assert len(rounds) == 2, "the first turn is a warm-up"
    assert all(turn.ours > 0 and turn.plain > 0 for turn in rounds)


def test_the_plain_loop_runs_without_our_environment() -> None:
    config = plain(compose_full("benchmark", SMALL))
    environment = {**os.environ, "GOMP_SPINCOUNT": "no number, which makes libgomp complain"}
    with PlainProcess(config, batch_size=8, workers=0, environment=environment) as loop:
        seen = Path(f"/proc/{loop._process.pid}/environ").read_bytes()
    assert b"GOMP_SPINCOUNT" not in seen


def test_a_plain_loop_that_ends_is_an_error() -> None:
    config = plain(compose_full("benchmark", SMALL))
    with PlainProcess(config, batch_size=8, workers=0, environment=os.environ) as loop:
        loop._process.kill()
        with pytest.raises(UserError, match="plain loop's process ended with code -9"):
            loop.run(1)


def test_the_summary_gives_medians_and_range() -> None:
    rounds = [Round(200.0, 100.0), Round(300.0, 100.0), Round(250.0, 100.0)]
    assert summary(rounds) == (
        "ours 250 samples/s, plain loop 100 samples/s: 2.50 times (from 2.00 to 3.00 over 3 rounds)"
    )


def test_the_verb_says_the_ratio_and_leaves_nothing(gan, tmp_path) -> None:
    typed = ("data=digits", "benchmark.rounds=2", "benchmark.steps=2", "benchmark.workers=0", "telemetry.every=1")
    result = gan("benchmark", *typed, "generator.base_channels=4", "discriminator.base_channels=4")
    assert result.code == 0, result.err
    assert "round 1: ours " in result.out and " times (from " in result.out
    assert not list(tmp_path.iterdir())
