"""`gan benchmark`: measure a training, in turns with the tutorial's loop or other settings; print its costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.benchmark.benchmark import Benchmark, Round

SCHEMA = "gan_cli.benchmark.settings.BenchmarkSettings"
"""The signature against which the top level of `configs/benchmark.yaml` is checked."""


def run(config: DictConfig, *, json: bool = False) -> None:
    """Run both sides in turns, and print each round, a table and the ratio. With `json`, print one document instead."""
    from gan_cli.benchmark.document import document
    from gan_cli.benchmark.opponent import candidates_of
    from gan_cli.benchmark.screen import round_line, summary, table
    from gan_cli.config.compose import job_overrides, plain_job
    from gan_cli.disk.json_text import json_text
    from gan_cli.session.assemble import Parts
    from gan_cli.telemetry.terminal import result_console

    settings = plain_job(config)
    candidates = candidates_of(settings, job_overrides())
    labels = [candidate.label for candidate in candidates]
    number = 0

    def tell(speeds: Round) -> None:
        nonlocal number
        number += 1
        if not json:
            print(round_line(number, labels, speeds), flush=True)

    benchmark: Benchmark = Parts(settings).build("benchmark")
    sides = benchmark.run(candidates, tell)
    if json:
        return print(json_text(document(sides)))
    console = result_console()
    console.print()
    for part in table(sides):
        console.print(part)
    print(f"\n{summary(sides)}")
