"""A sweep while it goes on: its points are started, watched and told of; a job that dies does not end the others."""

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
from gan_cli.session.signals import StopSignals
from gan_cli.session.strange import refuse_strange
from gan_cli.sweep.axes import Point
from gan_cli.sweep.status import Board, Row, count
from gan_cli.telemetry.sweep_line import SweepLine
from gan_cli.telemetry.terminal import say

Launch = Callable[[Sequence[Point]], None]
"""Runs points to their ends; raises where its engine breaks, such as when one of its workers is killed."""

HEARD = "the running jobs save and end; the same once more ends them at once"
"""What is said when a signal comes."""

_LOOKED_EVERY = 0.5


def nothing() -> None:
    """Look at nothing more."""


class Campaign:
    """Starts points and keeps watch over them.

    While it is entered the folder is ours, status.json is kept up to date, and the first SIGINT, SIGTERM or SIGHUP lets
    the running jobs write their checkpoints and begins no new one.

    Args:
        folder: of the sweep.
        launch: hands points to whatever runs them.
        serial: whether the jobs run in this process, one after another, with a display each.
        total: points that there will be.
    """

    def __init__(self, folder: Path, launch: Launch, *, serial: bool, total: int) -> None:
        self.folder = folder
        self._total = total
        self._launch = launch
        self._line = SweepLine(folder.name, turns=serial)
        self._signals = StopSignals(HEARD)
        self._look: Callable[[], None] = nothing
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Campaign:
        """Take the folder.

        Raises:
            UserError: no folder can be made there, or another process runs a sweep in it.
        """
        refuse_place(self.folder)
        refuse_strange(self.folder)
        make_folder(self.folder)
        self._lock = Lock(self.folder)
        self._lock.__enter__()
        self.board = Board(self.folder)
        self.board.total = self._total
        self.board.write("running")
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
        unfinished = any(row.status in UNFINISHED for row in self.board.rows())
        self.board.write("interrupted" if error is not None or self.stopped or unfinished else "done")
        self._signals.__exit__(kind, error, trace)
        self._lock.__exit__(kind, error, trace)

    @property
    def stopped(self) -> bool:
        """Whether a signal asked for the end."""
        return self._signals.requested()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def exit_code(self) -> int:
        """129, 130 or 143 after a signal; 1 with a row that failed, diverged, was killed or is not finished; else 0."""
        if self.stopped:
            return self._signals.exit_code
        return int(any(row.status in FAILED | UNFINISHED for row in self.board.rows()))

    def adopt(self) -> None:
        """Count what earlier commands ended in this folder among ours, as a search does that goes on."""
        self._ended_before += sum(row.status in ENDED | {"failed"} for row in self.board.adopt())

    @contextlib.contextmanager
    def looking(self, look: Callable[[], None]) -> Iterator[None]:
        """Have something more looked at while jobs run, from the thread that watches them."""
        self._look = look
        try:
            yield
        finally:
            self._look = nothing

    def run(self, points: Sequence[Point], *, among: Sequence[Point] = ()) -> list[Row]:
        """Run points; their rows come back, in the order given, with those of the finished ones that they are among.

        A point whose process dies, or is told to end by somebody, is started once more, from its last checkpoint and
        with no other job beside it, so that nobody pays twice for a neighbour that takes all memory; then it is a row
        `killed` or `interrupted`.
        """
        shown = among or points
        self.board.add(shown, points)
        self.board.write(self._status)
        self._ended_before += len(shown) - len(points)
        waiting, suspects = list(points), list[Point]()
        while waiting and not self.stopped:
            self._start(waiting)
            rows = self.board.standing(waiting)
            died = [point for point in waiting if rows[point.folder].status in ("killed", "interrupted")]
            left = [point for point in waiting if rows[point.folder].status == "waiting"]
            if not died and left == waiting:
                break
            waiting, suspects = left, suspects + died
        for point in suspects:
            if not self.stopped:
                reason = self.board.standing([point])[point.folder].reason.partition(";")[0]
                say(f"{point.folder}: {reason}; once more, alone")
                self.board.add([point], [point])
                self.board.write(self._status)
                self._start([point])
        return list(self.board.standing(shown).values())

    def _start(self, points: Sequence[Point]) -> None:
        """Launch, and wait for whatever still runs when the engine breaks."""
        try:
            self._launch(points)
        except Exception as error:
            rows = self.board.standing(points).values()
            if all(row.status == "waiting" for row in rows):
                raise
            say(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
            while any(row.status == "running" for row in self.board.standing(points).values()):
                time.sleep(_LOOKED_EVERY)
        except SystemExit as request:
            if not isinstance(request.code, int) or request.code <= 128:
                raise
            self._signals.received = signal.Signals(request.code - 128)

    def _watch(self) -> None:
        while not self._over.wait(_LOOKED_EVERY):
            try:
                self.board.write(self._status)
                self._tell()
                self._look()
            except Exception as error:  # a full disk for a moment: the jobs have messages of their own
                say(f"{type(error).__name__}: {error}")

    @property
    def _status(self) -> RunStatus:
        return "stopping" if self.stopped else "running"

    def _tell(self) -> None:
        """Show how far it is, and how long still at the pace of this command so far."""
        rows = self.board.rows()
        total = max(self._total, len(rows))
        counts = count(rows)
        ended = sum(row.status in ENDED | FAILED for row in rows)
        done = ended - self._ended_before
        left = self.seconds / done * (total - ended) if done > 0 else None
        self._line.show({**counts, "waiting": counts["waiting"] + total - len(rows)}, left)
