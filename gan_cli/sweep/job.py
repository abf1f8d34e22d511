"""One job of a sweep, in any process. It stops with its sweep, leaves no orphan process and raises no errors."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from gan_cli.disk.reading import read_bytes
from gan_cli.disk.writing import append_to, make_folder, remove, replace_file
from gan_cli.errors import AccidentError
from gan_cli.session.alive import is_gone
from gan_cli.session.folder import read_status
from gan_cli.session.play import SweepHooks
from gan_cli.session.row import typed_cells
from gan_cli.session.signals import StopSignals
from gan_cli.session.status import write_status
from gan_cli.stepwise import Stepwise, finish
from gan_cli.sweep.status import is_running, swept_at, turn_of
from gan_cli.sweep.workers import take_device
from gan_cli.telemetry.events import event_files
from gan_cli.telemetry.tensorboard import write_row
from gan_cli.telemetry.terminal import silence

log = logging.getLogger(__name__)

CHECKED_EVERY = 1.0
"""Seconds between two checks whether the sweep is still running."""

STOP = ".stop"
"""Name of a file in a run folder that asks the run to stop; its text is the reason."""

Train = Callable[[SweepHooks], Stepwise[int]]
"""Trains with the hooks of a sweep, pauses after each step and returns the exit code."""


def play_job(sweep: Path, folder: Path, train: Train) -> float | None:
    """Run one job of a sweep like `play_job_stepwise`, without a pause."""
    return finish(play_job_stepwise(sweep, folder, train))


def play_job_stepwise(sweep: Path, folder: Path, train: Train) -> Stepwise[float | None]:
    """Run one job of a sweep; pause after each step.

    An exception is written into the job's folder and not raised. It might not survive the transfer between processes,
    and it must not end the other jobs.

    Args:
        sweep: the sweep folder.
        folder: the run folder of this job.
        train: trains the run.

    Returns:
        None, or infinity for a run without a result, as sweepers that minimise expect.

    Raises:
        SystemExit: a signal arrived, and the job runs in the process of the sweep itself.
    """
    alone = read_status(sweep).get("pid") == os.getpid()
    if not alone:
        _overseer(sweep).settle()
    if not is_running(sweep):
        return float("inf")
    swept = swept_at(sweep, folder)
    try:
        with StopSignals() as signals, contextlib.nullcontext(threading.Event()) if alone else _beside(sweep) as over:
            turn = turn_of(sweep, folder) if alone else None
            code = yield from train(SweepHooks(_Request(folder / STOP, over), swept, turn))
            if signals.requested() and not alone:
                _overseer(sweep).signalled = time.monotonic()
    except Exception as error:
        note_failure(folder, error, swept)
        return float("inf")
    if alone and code > 1:
        raise SystemExit(code)
    return float("inf") if code else None


class _Request:
    """Says whether a run should stop. It is called at every step, but reads the disk only twice a second."""

    def __init__(self, file: Path, over: threading.Event) -> None:
        self._file, self._over = file, over
        self._next_look = 0.0
        remove(file)

    def __call__(self) -> str | None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + CHECKED_EVERY / 2
            with contextlib.suppress(OSError):
                return read_bytes(self._file).decode("utf-8", errors="replace")
        return "" if self._over.is_set() else None


def ask_to_stop(folder: Path, reason: str) -> None:
    """Ask a run to stop for good after its current step."""
    replace_file(folder / STOP, [reason.encode()])


def note_failure(folder: Path, error: Exception, swept: Sequence[str]) -> None:
    """Record a failure in the run's files, as the run itself would do, with a row in TensorBoard's HPARAMS table."""
    accident = isinstance(error, AccidentError)  # its stack trace is written already
    message = str(error).partition("\n")[0] if accident else str(error) or type(error).__name__
    before = read_status(folder)
    make_folder(folder)
    log.error("%s: %s", folder.name, message)
    with append_to(folder / "train.log") as file:
        file.writelines(line.encode() for line in traceback.format_exception(error) if not accident)
    write_status(folder, "failed", int(before.get("step", 0)), message=message)
    if not event_files(folder):
        write_row(folder, typed_cells(swept), "failed")


@contextlib.contextmanager
def _beside(sweep: Path) -> Iterator[threading.Event]:
    """Prepare a process that is not the sweep's own: a separate GPU, no output, and a thread that watches the sweep."""
    overseer = _overseer(sweep)
    take_device(sweep)
    overseer.busy = True
    try:
        with silence():
            yield overseer.over
    finally:
        overseer.busy = False


@cache
def _overseer(sweep: Path) -> _SweepWatcher:
    """The watching thread of this process. It runs until the process ends."""
    overseer = _SweepWatcher(sweep)
    overseer.start()
    return overseer


class _SweepWatcher(threading.Thread):
    """A thread that stops the job when its sweep stops. It ends an idle worker if the sweep's process is dead."""

    def __init__(self, sweep: Path) -> None:
        super().__init__(daemon=True)
        self.over, self.busy = threading.Event(), False
        self.signalled = float("-inf")
        """Time at which a signal ended a job of this process."""
        self._sweep = sweep

    def settle(self) -> None:
        """Wait until the sweep can report its end: a signal to the whole group may reach this process first."""
        while time.monotonic() < self.signalled + 2 * CHECKED_EVERY and is_running(self._sweep):
            time.sleep(CHECKED_EVERY / 10)

    def run(self) -> None:
        """Check the sweep every second until this process ends."""
        while not self.over.wait(CHECKED_EVERY):
            if not is_running(self._sweep):
                self.over.set()
        while self.busy or not is_gone(read_status(self._sweep)):
            threading.Event().wait(CHECKED_EVERY)
        os._exit(0)
