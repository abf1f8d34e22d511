"""The terminal that log messages and the progress display share, so that neither overwrites the other.

Both are written to stderr, because stdout is for the results of commands. rich is imported only when it is needed.
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
    """Return the console on stderr; every caller in this process gets the same object."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def result_console() -> Console:
    """Return a console on stdout for the results of a command; it raises BrokenPipeError when the pipe is closed.

    rich alone would exit with code 1 and no message.
    """
    from rich.console import Console

    class Results(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Results(highlight=False)


def has_terminal() -> bool:
    """Whether this process may draw a display: stderr is a terminal, and this is not a worker process.

    The workers of a parallel sweep inherit the terminal, but their displays would overwrite each other.
    """
    return sys.stderr.isatty() and not in_worker() and not shared_console().is_dumb_terminal


def in_worker() -> bool:
    """Whether this process was started by another Python process with multiprocessing, as joblib's workers are."""
    return multiprocessing.parent_process() is not None


def log_handler() -> logging.Handler:
    """Return a handler for log messages; a logging config names this function under the key `()`.

    On a terminal, messages are printed above the progress display, elsewhere as plain lines, `[12:34:56] message`.
    Messages logged with `extra={"for_files": True}` are not printed.
    """
    handler = _terminal_handler() if has_terminal() else _plain_handler()
    handler.addFilter(lambda record: not getattr(record, "for_files", False))
    return handler


class _Shown(logging.Formatter):
    """A formatter that removes control characters, because messages contain file names that others may have chosen."""

    def format(self, record: logging.LogRecord) -> str:
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
    """The handler of train.log. It opens the file at the first message and, like all of ours, never through a link."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; ignore an OSError, because a run continues without its log."""
        with contextlib.suppress(OSError):
            super().emit(record)

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(append_to(Path(self.baseFilename)), encoding="utf-8", errors="backslashreplace")


def say(line: str, *, whole: bool = False) -> None:
    """Print a plain line with the time in front, without writing it to log files.

    Args:
        line: the text.
        whole: whether to keep it on one line, for a path or command to copy; else a narrow terminal breaks it at words.
    """
    if shared_console().quiet:
        return
    clock = time.strftime(f"[{_CLOCK}] ")
    parts = [line] if whole or not has_terminal() else wrapped(line, shared_console().width - len(clock), indent="  ")
    for place, part in enumerate(map(printable, parts)):
        print(f"{' ' * len(clock) if place else clock}{part}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Print nothing on the screen inside the block; log files still receive the log messages."""
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
