"""A running sweep: start its points, watch them and show their status. A job that dies does not end the others."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from gan_cli.disk.writing import make_folder
from gan_cli.run_status import ENDED, FAILED, UNFINISHED, RunStatus
from gan_cli.session.folder import Lock, refuse_place
from gan_cli.session.folder_safety import refuse_unsafe_folder
from gan_cli.session.signals import StopSignals
from gan_cli.sweep.axes import Point
from gan_cli.sweep.status import Row, SweepState, count
from gan_cli.telemetry.sweep_line import SweepLine
from gan_cli.telemetry.terminal import say

Launch = Callable[[Sequence[Point]], None]
"""Runs points to their ends. Raises an exception if the launcher fails, such as when one of its workers is killed."""

SIGNAL_MESSAGE = "the running jobs save and end; the same signal again ends them at once"
"""The message that is logged when a signal arrives."""

_LOOKED_EVERY = 0.5


def nothing() -> None:
    """Do nothing: the default for the callback of `Campaign.looking`."""


class Campaign:
    """Starts the points of a sweep and watches them.

    While entered, it locks the folder and keeps status.json up to date. After the first SIGINT, SIGTERM or SIGHUP the
    running jobs write their checkpoints and end, and no new job starts.

    Args:
        folder: the sweep folder.
        launch: runs points to their ends.
        serial: whether the jobs run in this process, one after another, each with its own display.
        total: number of points in the whole sweep.
    """

    def __init__(self, folder: Path, launch: Launch, *, serial: bool, total: int) -> None:
        self.folder = folder
        self._total = total
        self._launch = launch
        self._line = SweepLine(folder.name, turns=serial)
        self._signals = StopSignals(SIGNAL_MESSAGE)
        self._look: Callable[[], None] = nothing
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Campaign:
        """Lock the folder and start watching.

        Raises:
            UserError: no folder can be made there, or another process runs a sweep in it.
        """
        refuse_place(self.folder)
        refuse_unsafe_folder(self.folder)
        make_folder(self.folder)
        self._lock = Lock(self.folder)
        self._lock.__enter__()
        self.state = SweepState(self.folder)
        self.state.total = self._total
        self.state.write("running")
        self._line.begin(self.folder, self._total)
        self._began = time.monotonic()
        self._ended_before = 0
        self._signals.__enter__()
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()
        self._line.close()
        unfinished = any(row.status in UNFINISHED for row in self.state.rows())
        self.state.write("interrupted" if error is not None or self.stopped or unfinished else "done")
        self._signals.__exit__(kind, error, trace)
        self._lock.__exit__(kind, error, trace)

    @property
    def stopped(self) -> bool:
        """Whether a signal asked the sweep to stop."""
        return self._signals.requested()

    @property
    def seconds(self) -> float:
        """Seconds since this command started the sweep."""
        return time.monotonic() - self._began

    @property
    def exit_code(self) -> int:
        """129, 130 or 143 after a signal; 1 if a point failed, diverged, was killed or is not finished; else 0."""
        if self.stopped:
            return self._signals.exit_code
        return int(any(row.status in FAILED | UNFINISHED for row in self.state.rows()))

    def adopt(self) -> None:
        """Include the points of earlier commands in this folder, as a resumed search does."""
        self._ended_before += sum(row.status in ENDED | {"failed"} for row in self.state.adopt())

    @contextlib.contextmanager
    def looking(self, look: Callable[[], None]) -> Iterator[None]:
        """Call `look` regularly during this block, from the thread that watches the jobs."""
        self._look = look
        try:
            yield
        finally:
            self._look = nothing

    def run(self, points: Sequence[Point], *, among: Sequence[Point] = ()) -> list[Row]:
        """Run points; return the rows of `among`, which includes finished points, or those of `points` if it is empty.

        If the process of a point dies or gets a signal, the point is started once more from its last checkpoint. It
        then runs alone, so that no other job can use up its memory. If it dies again, its row stays `killed` or
        `interrupted`.
        """
        shown = among or points
        self.state.add(shown, points)
        self.state.write(self._status)
        self._ended_before += len(shown) - len(points)
        waiting, suspects = list(points), list[Point]()
        while waiting and not self.stopped:
            self._start(waiting)
            rows = self.state.rows_of(waiting)
            died = [point for point in waiting if rows[point.folder].status in ("killed", "interrupted")]
            left = [point for point in waiting if rows[point.folder].status == "waiting"]
            if not died and left == waiting:
                break
            waiting, suspects = left, suspects + died
        for point in suspects:
            if not self.stopped:
                reason = self.state.rows_of([point])[point.folder].reason.partition(";")[0]
                say(f"{point.folder}: {reason}; once more, alone")
                self.state.add([point], [point])
                self.state.write(self._status)
                self._start([point])
        return list(self.state.rows_of(shown).values())

    def _start(self, points: Sequence[Point]) -> None:
        """Launch points. If the launcher fails, wait for the jobs that still run."""
        try:
            self._launch(points)
        except Exception as error:
            rows = self.state.rows_of(points).values()
            if all(row.status == "waiting" for row in rows):
                raise
            say(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
            while any(row.status == "running" for row in self.state.rows_of(points).values()):
                time.sleep(_LOOKED_EVERY)
        except SystemExit as request:
            if not isinstance(request.code, int) or request.code <= 128:
                raise
            self._signals.received = signal.Signals(request.code - 128)

    def _watch(self) -> None:
        while not self._over.wait(_LOOKED_EVERY):
            try:
                self.state.write(self._status)
                self._tell()
                self._look()
            except Exception as error:  # such as a disk that is full for a moment; the jobs report their own errors
                say(f"{type(error).__name__}: {error}")

    @property
    def _status(self) -> RunStatus:
        return "stopping" if self.stopped else "running"

    def _tell(self) -> None:
        """Show the progress, and the time left at the pace of this command so far."""
        rows = self.state.rows()
        total = max(self._total, len(rows))
        counts = count(rows)
        ended = sum(row.status in ENDED | FAILED for row in rows)
        done = ended - self._ended_before
        left = self.seconds / done * (total - ended) if done > 0 else None
        self._line.show({**counts, "waiting": counts["waiting"] + total - len(rows)}, left)
