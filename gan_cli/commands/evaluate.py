"""`gan evaluate`: quality in numbers, of a run or of the samples of any other program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_cli.errors import printable
from gan_cli.telemetry.words import BETTER

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.table import Table

    from gan_cli.session.evaluation import Evaluation
    from gan_cli.session.exam import Result

SCHEMA = "gan_cli.session.evaluation.Question"
"""The signature that `configs/evaluate.yaml` is held against."""

_WAYS = {**BETTER, "real": "as real data", "none": "to compare with"}


def run(config: DictConfig) -> None:
    """Judge samples by metrics: print a table, write figures and pictures."""
    from gan_cli.config.compose import job_overrides, plain_job
    from gan_cli.disk.writing import make_folder
    from gan_cli.session.evaluation import Question, evaluation
    from gan_cli.session.evidence import write_figures
    from gan_cli.session.folder import write_json

    question = Question(**plain_job(config))
    found = evaluation(question, _asked_for(job_overrides()))
    _print(found)
    if question.json is not None:
        file = Path(question.json)
        make_folder(file.absolute().parent)
        write_json(file, _document(found))
        print(f"  {file}")
    if question.figures:
        folder = Path(question.out) if question.out else _place(found)
        for path in write_figures(found.trial, folder, classes="classifier" in found.report.protocol):
            print(f"  {path}")


def _asked_for(overrides: list[str]) -> set[str]:
    """The metrics that were named on the command line."""
    chosen = [override.partition("=")[2] for override in overrides if override.startswith("metric=")]
    return {name.strip() for names in chosen for name in names.strip("[]").split(",")}


def _place(found: Evaluation) -> Path:
    """Inside a run folder by what was drawn; for other samples below outputs/evaluate."""
    run = Path(found.origin["run"])
    if "step" not in found.origin:
        return Path("outputs/evaluate") / run.stem
    return run / "evaluated" / "step_{step:08d}-{weights}-seed_{seed}".format(**found.origin)


def _document(found: Evaluation) -> dict[str, Any]:
    report = found.report
    return {
        **found.origin,
        **report.protocol,
        "metrics": {
            name: {"value": r.value, "error": r.error, "real_versus_real": r.floor, "better": r.better}
            for name, r in report.results.items()
        },
        "not_measured": dict(report.passed_over),
    }


def _print(found: Evaluation) -> None:
    from gan_cli.telemetry.terminal import result_console

    console = result_console()
    origin, protocol = found.origin, found.report.protocol
    made = ", ".join(f"{key} {origin[key]}" for key in ("step", "weights", "seed") if key in origin)
    console.print(f"[bold]{_shown(origin['run'])}[/bold]" + (f"  {made}" if made else ""), soft_wrap=True)
    console.print(
        f"{protocol['n_fake']:,} samples against {protocol['n_real']:,} real ones ({protocol['split']})"
        + (
            f", seen by classifier {protocol['classifier']}, right on {protocol['classifier_accuracy']:.1%}"
            if "classifier" in protocol
            else ""
        )
    )
    console.print(_table(found))
    for name, reason in found.report.passed_over.items():
        console.print(f"[dim]not measured: {_shown(name)} {_shown(reason)}[/dim]", soft_wrap=True)


def _shown(text: str) -> str:
    """A text that others wrote, for rich: neither markup nor what a terminal would obey."""
    from rich.markup import escape

    return escape(printable(text))


def _table(found: Evaluation) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in ("metric", "samples", "± error", "real vs real"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    table.add_column("")
    for name, result in found.report.results.items():
        table.add_row(_shown(name), *_figures(result), f"[dim]{_WAYS[result.better]}[/dim]")
    return table


def _figures(result: Result) -> list[str]:
    return ["" if value is None else f"{value:.4g}" for value in (result.value, result.error, result.floor)]
