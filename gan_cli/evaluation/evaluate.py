"""Measures metrics on samples of a run or of another program, for the command `gan evaluate`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from gan_cli.config.build import build
from gan_cli.config.run_folders import newest_run
from gan_cli.config.runs import no_run
from gan_cli.data.base import Source, split_of
from gan_cli.errors import Problem, SettingError, UserError
from gan_cli.evaluation.request import EvaluationRequest
from gan_cli.external.given import Given
from gan_cli.external.samples import is_external, open_external
from gan_cli.game import Batch, Players
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.quality.reference import open_reference
from gan_cli.quality.suite import MetricSuite, Report, as_stored
from gan_cli.runtime import Runtime
from gan_cli.session.chosen_data import source_at, source_beside
from gan_cli.session.same_data import changed
from gan_cli.session.trained import open_run
from gan_cli.session.writable import unwritable, wrong_file, wrong_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """The results of an evaluation, with the samples.

    Attributes:
        report: the results.
        inputs: the samples that were measured.
        origin: where the samples are from: run, step, weights and seed, or the file.
    """

    report: Report
    inputs: MetricInputs
    origin: Mapping[str, Any]


@dataclass(frozen=True)
class _Subject:
    """The samples to evaluate: their number (None if any number can be generated), and a function to get n of them."""

    source: Source
    count: int | None
    take: Callable[[int], Batch]
    players: Players | None
    origin: Mapping[str, Any]


def evaluation(request: EvaluationRequest, asked_for: Collection[str] = ()) -> Evaluation:
    """Evaluate samples. Checks the request as far as possible before it trains or measures anything.

    Args:
        request: the samples and settings of the evaluation.
        asked_for: metrics that the user named. If one of them does not apply, that is an error.

    Raises:
        UserError: there are no samples, they do not fit the data, or a metric in `asked_for` does not apply.
    """
    metrics = _metrics(request)
    _refuse_places(request)
    _refuse_few(metrics, asked_for, request.num, f"num={request.num}: give")
    runtime = Runtime(device=request.device)
    subject = _foreign(request) if is_external(request.folder) else _of_run(request)
    if subject.count is not None:
        has = f"run={request.run}: {subject.count} samples are too few;"
        _refuse_few(metrics, asked_for, subject.count, has)
    subject.source.prepare()
    split = split_of(subject.source)
    if subject.players is not None and not request.data and (words := changed(request.folder, split)):
        log.warning("run=%s: %s; the figures may count training samples as held out", request.run, words)
    reference = open_reference(
        subject.source, split, num=request.num, of=request.split, device=runtime.device, fakes=subject.count
    )
    fake = _in_disorder(subject.take(len(reference.real))).to(runtime.device)
    inputs = MetricInputs(reference, as_stored(fake, subject.source.spec), subject.players)
    suite = MetricSuite(metrics, reference, request.split)
    for reasons in (suite.not_applicable, suite.without_classifier):
        found = reasons(inputs)
        _refuse({name: why for name, why in found.items() if name in asked_for or len(found) == len(metrics)})
    return Evaluation(suite.take(inputs), inputs, subject.origin)


def _metrics(request: EvaluationRequest) -> dict[str, Metric]:
    measures = request.metric["measures"]
    metrics = {name: cast(Metric, build(f"metric.measures.{name}", node, of=Metric)) for name, node in measures.items()}
    if not metrics:
        raise UserError("metric=[]: names no metric; leave it out for all that fit, or choose some")
    return metrics


def _refuse_places(request: EvaluationRequest) -> None:
    """Refuse output files and folders that cannot be written, before the measurement starts."""
    problems = [wrong_file("json", request.json), wrong_folder("out", request.out)]
    if request.figures and request.out is None:
        words = unwritable(request.place.absolute())
        problems.append(Problem("figures", True, f"{words}, with out=, or say figures=false") if words else None)
    if found := [problem for problem in problems if problem is not None]:
        raise SettingError.of(found)


def _refuse_few(metrics: Mapping[str, Metric], asked_for: Collection[str], count: int, words: str) -> None:
    """Refuse too few samples before data are read: too few for a metric that was asked for, or for all metrics."""
    few = {name: metric.fewest for name, metric in metrics.items() if metric.fewest > count}
    named = [name for name in few if name in asked_for or len(few) == len(metrics)]
    if named:
        least = min(few[name] for name in named) if len(few) == len(metrics) else max(few[name] for name in named)
        raise UserError(f"{words} {least} at least, which metric={named[0]} needs")


def _refuse(reasons: Mapping[str, str]) -> None:
    if reasons:
        raise UserError("\n".join(f"metric={name}: {why}" for name, why in list(reasons.items())[:3]))


def _in_disorder(samples: Batch) -> Batch:
    """Return the same samples in random order, because some metrics and pictures use only the first of them."""
    return samples.take(torch.from_numpy(np.random.RandomState(0).permutation(len(samples))))


def _of_run(request: EvaluationRequest) -> _Subject:
    if request.range is not None:
        raise SettingError("range", request.range, "is for samples in files; a run knows its own, leave it out")
    trained = open_run(
        request.folder, step=request.checkpoint, average=request.ema, device=request.device, trust=request.trust
    )
    source = source_beside(trained, dict(request.data), request.folder)
    trained.runtime.setup(trained.config["seed"])
    origin = {
        "run": request.run,
        "step": trained.step,
        "weights": "ema" if trained.averaged else "raw",
        "seed": request.seed,
    }

    def take(count: int) -> Batch:
        return trained.sample(trained.players.draw(count, request.seed))

    return _Subject(source, None, take, trained.players, origin)


def _foreign(request: EvaluationRequest) -> _Subject:
    if not request.folder.exists():
        raise UserError(f"run={request.run}: there is no such file or folder")
    if not request.data and newest_run(request.folder) is not None:
        raise no_run(request.folder)
    for key, value, usual in (("checkpoint", request.checkpoint, None), ("ema", request.ema, True)):
        if value != usual:
            raise SettingError(key, value, "is for runs; these samples are in files, leave it out")
    if not request.data:
        raise UserError(f"run={request.run}: samples of another program need data=..., what to compare them with")
    source = source_at(request.data)
    samples = open_external(Given(request.folder), source.spec, request.range)

    origin = {"run": request.run, "n_stored": samples.count, "seed": request.seed, "read_as": samples.description}

    def take(count: int) -> Batch:
        return Batch(samples.draw(count, seed=request.seed))

    return _Subject(source, samples.count, take, None, origin)
