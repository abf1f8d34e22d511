"""What remains of a run that ended early: which checkpoint is safe, and how to resume the run."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from gan_cli.accidents import ErrorContext, known_error_message
from gan_cli.config.check import Node
from gan_cli.config.run_folders import is_run
from gan_cli.config.runs import flatten, on_run
from gan_cli.disk.reading import read_lines
from gan_cli.disk.writing import append_to, remove_created
from gan_cli.training import checkpoint


def error_context(config: Node, overrides: Sequence[str], folder: Path, error: Exception) -> ErrorContext:
    """Describe where an error happened in a run. If the run has started, write the stack trace to its log."""
    typed = [override.partition("=")[0].lstrip("+~") for override in overrides]
    settings = dict(flatten(config))
    if not is_run(folder):
        return ErrorContext(settings=settings, typed=typed)
    trace = folder / "train.log"
    with contextlib.suppress(OSError), append_to(trace) as file:
        file.writelines(line.encode() for line in traceback.format_exception(error))
    steps = checkpoint.steps_in(folder)[-1:]
    safe = f"the checkpoint of step {steps[0]} is safe" if steps else "no checkpoint was written before"
    return ErrorContext(f"run={folder}: ", safe, f"`{on_run('train', folder, config)}`", str(trace), settings, typed)


def newest_checkpoint(folder: Path, words: str) -> str:
    """Name the newest checkpoint: `words` and its step."""
    steps = checkpoint.steps_in(folder)[-1:]
    return f"{words} step {steps[0]}" if steps else "no checkpoint was written before"


@contextlib.contextmanager
def removed_if_refused(folder: Path) -> Iterator[None]:
    """Delete what this process made for a run that was refused before it started. Older files stay."""
    try:
        yield
    except Exception as error:
        if ended_without_results(folder, error):
            remove_created(folder)
        raise
    finally:
        if not is_run(folder):
            remove_created(folder)


def ended_without_results(folder: Path, error: BaseException) -> bool:
    """Whether a known error, such as too little memory, ended a run before its first results."""
    if not isinstance(error, Exception) or known_error_message(error) is None:
        return False
    return not checkpoint.steps_in(folder) and not read_lines(folder / "metrics.jsonl")
