"""The closing block of a run: how it ended, its final figures, where it lies, how to look at it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli.telemetry import words
from gan_cli.telemetry.base import Outcome, RunInfo
from gan_cli.telemetry.verdict_text import because

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
_PLAIN = re.compile(r"(?!null$)[\w./+@%:=,\[\] -]+")


def closing_block(run: RunInfo, outcome: Outcome) -> Text:
    """A few lines for a person; the commands in them can be copied and run."""
    from rich.text import Text

    spent = words.duration(outcome.seconds)
    block = Text("\n")
    block.append(outcome.status, style=_STYLES.get(outcome.status, "bold"))
    block.append(f"  {run.name}, step {outcome.step:,} of {run.total_steps:,}, {spent}\n")
    if outcome.message:
        block.append(f"{_INDENT}{outcome.message}\n")
    rows = [*_final_figures(outcome.final).items(), *_judgement(outcome), *_places(run, outcome).items()]
    width = max(len(label) for label, _ in rows)
    for label, content in rows:
        block.append(f"{_INDENT}{label:<{width}}  ", style="dim")
        block.append(f"{content}\n")
    block.right_crop(1)
    return block


def _judgement(outcome: Outcome) -> list[tuple[str, str]]:
    """Who was winning, why, and what to try."""
    verdict = outcome.verdict
    if verdict is None:
        return []
    rows = [("verdict", f"{verdict.words}, since step {verdict.since:,}"), ("because", because(verdict))]
    tries = zip(("try", *[""] * len(outcome.advice)), outcome.advice, strict=False)
    return [(label, content) for label, content in (*rows, *tries) if content]


def _final_figures(final: Mapping[str, float]) -> dict[str, str]:
    rows = {
        "loss": words.losses(final).removeprefix("loss "),
        "accuracy": _accuracies(final),
        "speed": words.speed(final),
        **{
            tag.removeprefix("metric/"): words.with_floor(tag, value, words.number(value))
            for tag, value in final.items()
            if tag.startswith("metric/")
        },
    }
    return {label: content for label, content in rows.items() if content}


def _accuracies(final: Mapping[str, float]) -> str:
    sides = (("real", "accuracy/real"), ("fake", "accuracy/fake"))
    detail = ", ".join(f"{side} {words.percent(final[tag])}" for side, tag in sides if tag in final)
    return words.accuracy(final) + (f" ({detail})" if detail else "")


def _places(run: RunInfo, outcome: Outcome) -> dict[str, str]:
    folder = shortest(run.folder)
    places = {"run": folder}
    if outcome.status == "interrupted":
        places["go on"] = f"gan train {override('run', folder)}"
    return {**places, "look": f"tensorboard --logdir {shlex.quote(folder)}"}


def override(key: str, value: str) -> str:
    """`key=value` for a path, so that it passes the shell and `gan`, which spells plain ones for Hydra itself."""
    if _PLAIN.fullmatch(value):
        return shlex.quote(f"{key}={value}")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return shlex.quote(f"{key}='{quoted}'")


def shortest(folder: Path) -> str:
    """The path as seen from here, where it lies below."""
    absolute = Path(os.path.abspath(folder))
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
