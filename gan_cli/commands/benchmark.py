"""`gan benchmark`: run our training loop and the tutorial's loop in turns on the same networks; print the ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.benchmark.benchmark import Round

SCHEMA = "gan_cli.session.experiment.experiment"
"""The signature against which the top level of `configs/benchmark.yaml` is checked."""


def run(config: DictConfig, *, json: bool = False) -> None:
    """Check the settings and run both loops in turns. With `json`, print all rounds and their medians as JSON."""
    from gan_cli.benchmark.benchmark import Benchmark, summary
    from gan_cli.config.compose import plain_job
    from gan_cli.session.assemble import Parts

    settings = plain_job(config)
    parts = Parts(settings)
    parts.source().prepare()
    benchmark: Benchmark = parts.build("benchmark")
    rounds = []
    for turn in benchmark.run(settings):
        rounds.append(turn)
        if not json:
            told = f"ours {turn.ours:,.0f}, plain {turn.plain:,.0f} samples/s, {turn.ratio:.2f} times"
            print(f"round {len(rounds)}: {told}")
    print(_document(rounds, str(parts.runtime().device)) if json else summary(rounds))


def _document(rounds: list[Round], device: str) -> str:
    import statistics

    from gan_cli.disk.json_text import json_text

    turns = [{"ours": turn.ours, "plain": turn.plain, "ratio": turn.ratio} for turn in rounds]
    medians = {key: statistics.median(turn[key] for turn in turns) for key in ("ours", "plain", "ratio")}
    return json_text({"unit": "samples/s", "device": device, **medians, "rounds": turns})
