"""The one terminal that log messages and the progress display share, so that neither overwrites the other.

Everything goes to stderr, which leaves stdout to the results of commands. rich is imported only where it draws.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import sys
import time
from collections.abc import Iterator
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli.disk.writing import append_to
from gan_cli.errors import printable
from gan_cli.wording import wrapped

if TYPE_CHECKING:
    from rich.console import Console

_CLOCK = "%H:%M:%S"


@cache
def shared_console() -> Console:
    """The console on stderr; the same object for every caller of this process."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def result_console() -> Console:
    """A console on stdout for what a command is asked for; whoever closes the pipe ends it like any other tool.

    rich would leave with 1 and no word.
    """
    from rich.console import Console

    class Results(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Results(highlight=False)


def has_terminal() -> bool:
    """Whether a person watches this process: stderr is a terminal, and no other process draws on it.

    The workers of a parallel sweep inherit the terminal, but several displays on it would fight each other.
    """
    return sys.stderr.isatty() and not in_worker() and not shared_console().is_dumb_terminal


def in_worker() -> bool:
    """Whether this process was started by another one of ours, as joblib's are."""
    return multiprocessing.parent_process() is not None


def log_handler() -> logging.Handler:
    """A handler for log messages, to be named under the key `()` of a logging config.

    On a terminal they are printed above the progress display; elsewhere as plain lines, `[12:34:56] message`. What is
    logged with `extra={"for_files": True}` is not for the screen.
    """
    handler = _terminal_handler() if has_terminal() else _plain_handler()
    handler.addFilter(lambda record: not getattr(record, "for_files", False))
    return handler


class _Shown(logging.Formatter):
    """Messages without what a terminal would obey: names of folders and files in them are anybody's."""

    def format(self, record: logging.LogRecord) -> str:
        """As text that is safe to show."""
        return printable(super().format(record))


def _plain_handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(_Shown("[%(asctime)s] %(message)s", datefmt=_CLOCK))
    return handler


def _terminal_handler() -> logging.Handler:
    from rich.logging import RichHandler

    rich_handler = RichHandler(
        console=shared_console(), show_path=False, show_level=True, log_time_format=f"[{_CLOCK}]", rich_tracebacks=False
    )
    rich_handler.setFormatter(_Shown("%(message)s"))
    return rich_handler


class RunLog(logging.FileHandler):
    """train.log, opened at the first word of a run, as all files of ours are: never through a link."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; a run goes on without its log."""
        with contextlib.suppress(OSError):
            super().emit(record)

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(append_to(Path(self.baseFilename)), encoding="utf-8", errors="backslashreplace")


def say(line: str, *, whole: bool = False) -> None:
    """Print a plain line with the time in front, past all log files.

    Args:
        line: what is said.
        whole: whether it holds a path or a command to be copied; else it breaks between words on a narrow terminal.
    """
    if shared_console().quiet:
        return
    clock = time.strftime(f"[{_CLOCK}] ")
    parts = [line] if whole or not has_terminal() else wrapped(line, shared_console().width - len(clock), indent="  ")
    for place, part in enumerate(map(printable, parts)):
        print(f"{' ' * len(clock) if place else clock}{part}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep everything off the screen that is printed or logged through here; log files still have it."""
    root, console = logging.getLogger(), shared_console()
    screen = [handler for handler in root.handlers if not isinstance(handler, logging.FileHandler)]
    before, console.quiet = console.quiet, True
    for handler in screen:
        root.removeHandler(handler)
    try:
        yield
    finally:
        console.quiet = before
        for handler in screen:
            root.addHandler(handler)
