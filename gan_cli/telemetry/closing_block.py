"""The closing block of a run: how it ended, its final values, its folder, and commands to view and continue it."""

from __future__ import annotations

import os
import shlex
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli import wording
from gan_cli.diagnosis.verdict import floor_of, floor_text, name_of
from gan_cli.errors import printable
from gan_cli.quoting import command_on
from gan_cli.run_status import ENDED, FINISHED
from gan_cli.telemetry.base import Outcome, RunInfo, SweepPosition
from gan_cli.telemetry.sample_folder import pictures_of
from gan_cli.telemetry.verdict_text import evidence_text

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {
    "done": "bold green",
    "stopped": "bold green",
    "interrupted": "bold yellow",
    "diverged": "bold red",
    "failed": "bold red",
}
_INDENT = "  "
_SLIM = 20
COPIED = frozenset(
    {"", "try", "run", "look", "picture", "go on", "sample", "best run", "compare", "table", "map"}
    | {"cure", "command", "cure again"}
)
"""Labels of rows to copy, which must not be broken into lines; an empty label continues the row above."""
_CLASS = "class_distance/"


def closing_block(run: RunInfo, outcome: Outcome, width: int | None = None) -> Text:
    """Return the closing block of a run; the commands in it can be copied and run.

    Args:
        run: the run that ended.
        outcome: how it ended.
        width: maximum width of sentences in columns, which are broken between words; None breaks nothing.
    """
    from rich.text import Text

    spent = wording.duration(outcome.seconds)
    block = Text("\n")
    block.append(outcome.status, style=_STYLES.get(outcome.status, "bold"))
    block.append(f"  {wording.on_one_line(run.name)}, step {outcome.step:,} of {run.total_steps:,}, {spent}\n")
    if outcome.message:
        block.append(f"{_INDENT}{printable(outcome.message)}\n")
    figures = _final_figures(outcome.final, outcome.speed)
    rows = [*figures.items(), *_judgement(outcome), *_places(run, outcome).items()]
    add_rows(block, rows, width)
    block.right_crop(1)
    return block


def add_rows(block: Text, rows: Sequence[tuple[str, str]], width: int | None) -> None:
    """Append rows of a label and its text to the block, one below the other; `width` as for `closing_block`."""
    wide = max(len(label) for label, _ in rows)
    for label, content in rows:
        whole = width is None or label in COPIED
        parts = [content] if whole else wording.wrapped(content, max(_SLIM, (width or 0) - wide - 2 * len(_INDENT)))
        for place, part in enumerate(parts):
            block.append(f"{_INDENT}{'' if place else label:<{wide}}{_INDENT}", style="dim")
            block.append(f"{wording.on_one_line(part)}\n")


def closing_line(run: RunInfo, turn: SweepPosition, outcome: Outcome) -> str:
    """Return a sweep run's end as one line: `3 of 12  seed=0: done, balanced, energy_distance 0.03120, 12 s`."""
    metrics = [
        f"{tag.removeprefix('metric/')} {wording.number(value)}"
        for tag, value in outcome.final.items()
        if tag.startswith("metric/") and not tag.endswith("_error")
    ]
    verdict = [] if outcome.verdict is None else [wording.marked(name_of(outcome.verdict.state), outcome.verdict.doubt)]
    said = [outcome.message] if outcome.message else [*verdict, *metrics[:1]]
    left = outcome.seconds * (turn.of - turn.number)
    more = [f"about {wording.duration(left)} left"] if left else []
    told = ", ".join([outcome.status, *said, wording.duration(outcome.seconds), *more])
    return wording.on_one_line(f"{turn.number} of {turn.of}  {turn.point}: {told}")


def _judgement(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the rows with the verdict, its evidence, its doubt, and overrides to try."""
    verdict = outcome.verdict
    if verdict is None:
        return []
    rows = [("verdict", f"{verdict.words}, since step {verdict.since:,}")]
    rows += [("because", evidence_text(verdict)), ("in doubt", verdict.doubt)]
    tries = zip(("try", *[""] * len(outcome.advice)), outcome.advice, strict=False)
    return [(label, content) for label, content in (*rows, *tries) if content]


def _final_figures(final: Mapping[str, float], speed: float | None) -> dict[str, str]:
    rows = {
        "loss": wording.losses(final).removeprefix("loss "),
        "accuracy": _accuracies(final),
        "speed": "" if speed is None else wording.rate(speed),
        **{
            tag.removeprefix("metric/"): wording.with_floor(tag, value, wording.number(value))
            for tag, value in final.items()
            if tag.startswith("metric/")
        },
        "gauges": _gauges(final),
        "worst class": _worst_class(final),
    }
    return {label: content for label, content in rows.items() if content}


def _gauges(final: Mapping[str, float]) -> str:
    """Return the gauges that compare fakes with real data, each followed by the value of real data."""
    floors = {tag: final[floor_of(tag)] for tag in final if tag.startswith("balance/") and floor_of(tag) in final}
    told = [f"{tag.removeprefix('balance/')} {final[tag]:.2f} ({floor_text(floor)})" for tag, floor in floors.items()]
    return f"{', '.join(told)}; in brackets: real data" if told else ""


def _worst_class(final: Mapping[str, float]) -> str:
    """Return the class that is farthest from its data, with D's accuracy there; empty in a game without labels."""
    found = {tag.removeprefix(_CLASS): value for tag, value in final.items() if tag.startswith(_CLASS)}
    if not found:
        return ""
    name = max(found, key=lambda each: found[each])
    accuracy = final.get(f"class_accuracy/{name}")
    told = f"{name}: distance {found[name]:.2f}" + (f", D is right {wording.percent(accuracy)}" if accuracy else "")
    return f"{told}; the median of {len(found)} classes is {statistics.median(found.values()):.2f}"


def _accuracies(final: Mapping[str, float]) -> str:
    sides = (("real", "accuracy/real"), ("fake", "accuracy/fake"))
    detail = ", ".join(f"{side} {wording.percent(final[tag])}" for side, tag in sides if tag in final)
    return wording.accuracy(final) + (f" ({detail})" if detail else "")


def _places(run: RunInfo, outcome: Outcome) -> dict[str, str]:
    folder = shortest(run.folder)
    places = {"run": folder, "look": f"tensorboard --logdir {shlex.quote(folder)}"}
    if pictures := pictures_of(run.folder):
        places["picture"] = shortest(pictures[-1][1])
    if outcome.status == "interrupted":
        places["go on"] = command_on("train", folder, run.trust)
    elif outcome.status in FINISHED:
        places["sample"] = command_on("sample", folder, run.trust)
    if outcome.status in ENDED and outcome.advice and not run.swept:
        places["cure"] = command_on("cure", folder, run.trust)
    return places


def shortest(folder: Path) -> str:
    """Return the path relative to the current folder if it is inside it, else the absolute path."""
    absolute = Path(os.path.abspath(folder))
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
