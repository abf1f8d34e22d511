"""What is left of a run that ended before its time: which checkpoint is safe, and how it goes on."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from gan_cli.accidents import Scene, foreseen
from gan_cli.config.check import Node
from gan_cli.config.runs import flatten, is_run, on_run
from gan_cli.disk.reading import read_lines
from gan_cli.disk.writing import append_to, take_back
from gan_cli.training import checkpoint


def scene(config: Node, overrides: Sequence[str], folder: Path, error: Exception) -> Scene:
    """Where an accident happened to a run; its stack trace goes into the run's log."""
    typed = [override.partition("=")[0].lstrip("+~") for override in overrides]
    settings = dict(flatten(config))
    if not is_run(folder):
        return Scene(settings=settings, typed=typed)
    trace = folder / "train.log"
    with contextlib.suppress(OSError), append_to(trace) as file:
        file.writelines(line.encode() for line in traceback.format_exception(error))
    steps = checkpoint.steps_in(folder)[-1:]
    safe = f"the checkpoint of step {steps[0]} is safe" if steps else "no checkpoint was written before"
    return Scene(f"run={folder}: ", safe, f"`{on_run('train', folder, config)}`", str(trace), settings, typed)


def kept(folder: Path, words: str) -> str:
    """What the newest checkpoint is, in words that its step follows."""
    steps = checkpoint.steps_in(folder)[-1:]
    return f"{words} step {steps[0]}" if steps else "no checkpoint was written before"


@contextlib.contextmanager
def unborn_forgotten(folder: Path) -> Iterator[None]:
    """Take away what this process made for a run that was refused before it began: nothing that was there before."""
    try:
        yield
    except Exception as error:
        if stillborn(folder, error):
            take_back(folder)
        raise
    finally:
        if not is_run(folder):
            take_back(folder)


def stillborn(folder: Path, error: BaseException) -> bool:
    """Whether memory or a disk ended a run that has come to nothing, so that the folder shall take it made smaller."""
    if not isinstance(error, Exception) or foreseen(error) is None:
        return False
    return not checkpoint.steps_in(folder) and not read_lines(folder / "metrics.jsonl")
