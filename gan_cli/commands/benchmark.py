"""`gan benchmark`: our training loop and the tutorial's loop, in turns, on the same networks; says the ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.session.experiment.experiment"
"""The signature that the top level of `configs/benchmark.yaml` is held against."""


def run(config: DictConfig) -> None:
    """Check the settings and let the loops take turns."""
    from gan_cli.config.compose import plain_job
    from gan_cli.session.assemble import Parts
    from gan_cli.session.benchmark import Benchmark, summary

    settings = plain_job(config)
    parts = Parts(settings)
    parts.source().prepare()
    benchmark: Benchmark = parts.build("benchmark")
    rounds = []
    for turn in benchmark.run(settings):
        rounds.append(turn)
        print(f"round {len(rounds)}: ours {turn.ours:,.0f}, plain {turn.plain:,.0f} samples/s, {turn.ratio:.2f} times")
    print(summary(rounds))
