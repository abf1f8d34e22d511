"""`gan evaluate`: measure the quality of a run, or of samples from any other program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_cli.errors import printable

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.evaluation.evaluate import Evaluation
    from gan_cli.evaluation.table import Figure

SCHEMA = "gan_cli.evaluation.request.EvaluationRequest"
"""The signature against which `configs/evaluate.yaml` is checked."""


def run(config: DictConfig) -> None:
    """Measure samples with metrics: print a table, and write a JSON file and pictures if requested."""
    from gan_cli.config.compose import job_overrides, plain_job
    from gan_cli.disk.writing import make_folder
    from gan_cli.evaluation.evaluate import evaluation
    from gan_cli.evaluation.request import EvaluationRequest
    from gan_cli.session.folder import write_json

    request = EvaluationRequest(**plain_job(config))
    found = evaluation(request, _asked_for(job_overrides()))
    _print(found)
    if request.json is not None:
        file = Path(request.json)
        make_folder(file.absolute().parent)
        write_json(file, _document(found))
        print(f"  {file}")
    if request.figures:
        from gan_cli.evaluation.pictures import write_figures  # imported here because matplotlib takes its time

        folder = request.place
        if request.out is None and "step" in found.origin:
            folder /= "step_{step:08d}-{weights}-seed_{seed}".format(**found.origin)
        for path in write_figures(found.inputs, folder, found.report):
            print(f"  {path}")


def _asked_for(overrides: list[str]) -> set[str]:
    """Return the metrics that were named on the command line."""
    chosen = [override.partition("=")[2] for override in overrides if override.startswith("metric=")]
    return {name.strip() for names in chosen for name in names.strip("[]").split(",")}


def _document(found: Evaluation) -> dict[str, Any]:
    from gan_cli.evaluation.sentences import sentences

    report = found.report
    return {
        **found.origin,
        **report.protocol,
        "metrics": {
            figure.name: {
                "value": figure.value,
                "error": figure.error,
                "real_versus_real": figure.floor,
                "better": figure.better,
                "at_floor": figure.reached,
            }
            for figure in _figures(found)
        },
        "not_measured": dict(report.skipped),
        "in_words": sentences(_figures(found)),
    }


def _print(found: Evaluation) -> None:
    from rich.text import Text

    from gan_cli.evaluation.sentences import sentences
    from gan_cli.evaluation.table import quality_table
    from gan_cli.telemetry.terminal import result_console

    console = result_console()
    for line in _told(found):
        console.print(Text(printable(line)), soft_wrap=True)
    table = quality_table(_figures(found), console.width)
    for line, style in zip(table, ["bold", *[""] * len(table)], strict=False):
        console.print(Text(printable(line), style=style), soft_wrap=True)
    if any(result.floor is not None for result in found.report.results.values()):
        console.print(Text(_FLOOR, style="dim"))
    for name, reason in found.report.skipped.items():
        console.print(Text(printable(f"not measured: {name} {reason}"), style="dim"), soft_wrap=True)
    for sentence in sentences(_figures(found)):
        console.print(Text(printable(sentence)), soft_wrap=True)


_FLOOR = "real data: what as many other real samples score, the floor that no generator is expected to beat"
_SPLITS = {"holdout": "that no network trained on", "train": "of the training data"}


def _told(found: Evaluation) -> list[str]:
    """Return lines that describe the samples, the real data, and the classifier, if one was used."""
    origin, protocol = found.origin, found.report.protocol
    if "step" in origin:
        weights = "averaged" if origin["weights"] == "ema" else "raw"
        lines = [f"{origin['run']}: step {origin['step']:,}, {weights} weights"]
        drawn = f"{protocol['n_fake']:,} drawn with seed {origin['seed']}"
    else:
        lines = [str(origin["run"])]
        stored = origin["n_stored"]
        drawn = (
            f"all {stored:,}"
            if stored == protocol["n_fake"]
            else (f"{protocol['n_fake']:,} of {stored:,}, drawn at random with seed {origin['seed']}")
        )
        drawn += f" ({origin['read_as']})" if origin["read_as"] else ""
    lines += [f"  samples    {drawn}", f"  real data  {protocol['n_real']:,} {_SPLITS[protocol['split']]}"]
    if "classifier" in protocol:
        accuracy = 100.0 * protocol["classifier_accuracy"]
        lines.append(f"  classifier {protocol['classifier']}, right on {accuracy:.1f} % of real samples")
    return lines


def _figures(found: Evaluation) -> list[Figure]:
    from gan_cli.evaluation.table import Figure

    results = found.report.results
    return [Figure(name, each.value, each.better, each.error, each.floor) for name, each in results.items()]
