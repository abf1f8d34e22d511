"""Sinks that work in a process of their own, so that a GPU does not wait while pictures are drawn and files written.

All runs of a process share one such helper. It gets what it needs as bytes over a pipe, in order, and tells what went
wrong; a run notices that at its next reading, or at its end, which waits for everything.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import multiprocessing
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_cli.disk.writing import remove_created
from gan_cli.errors import AccidentError
from gan_cli.pictures.png import Picture
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import Outcome, RunInfo, Sink, no_shorter_runs

Drawing = Callable[[], Picture]
"""Draws a picture; it can be pickled."""

_AHEAD = 256
"""Messages that may wait for the helper; then the training waits too."""
_LAST_WORDS = 5.0
"""Seconds in which the helper must end with this program."""
_LOST = (
    "the process that writes pictures and TensorBoard's files has ended; was it killed, out of memory?\n"
    "The same command goes on from the newest checkpoint."
)


class Apart(Sink):
    """Passes everything to other sinks, which are in another process.

    Args:
        sinks: the other sinks, not yet begun.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = [_Refused(), *sinks]  # they end in reverse order

    def begin(self, run: RunInfo) -> None:
        """Start the helper, if this is the first run of this process, and open the sinks there."""
        self._helper = _helper()
        self._number = self._helper.open(self._sinks)
        # the helper may have begun in another working directory
        self._call("begin", replace(run, folder=run.folder.absolute(), shorter_runs=no_shorter_runs))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self._call("scalars", step, dict(values))

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        self._call("picture", step, tag, picture)

    def drawing(self, step: int, tag: str, drawing: Drawing) -> None:
        """Receive what draws a picture; it is drawn in the other process."""
        self._call("picture", step, tag, drawing)

    def sound(self, step: int, tag: str, clips: Tensor, spec: SampleSpec) -> None:
        self._call("sound", step, tag, clips, spec)

    def text(self, step: int, tag: str, text: str) -> None:
        self._call("text", step, tag, text)

    def end(self, outcome: Outcome) -> None:
        """Close the sinks, and wait until everything is written.

        Raises:
            Exception: what a sink raised, if no call has raised it yet.
        """
        self._helper.end(self._number, outcome)

    def _call(self, method: str, *given: object) -> None:
        self._helper.call(self._number, method, given)


class _Refused(Sink):
    """Deletes what the helper wrote for a run that had no results, as the process that trains does with the rest."""

    _folder: Path | None = None

    def begin(self, run: RunInfo) -> None:
        self._folder = run.folder

    def end(self, outcome: Outcome) -> None:
        if outcome.status == "refused" and self._folder is not None:
            remove_created(self._folder)


class _Helper:
    """The helper, as this process sees it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # a copy of this process would share its GPU and its locks
        theirs, self._orders = context.Pipe(duplex=False)
        self._answers, answering = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs, answering), name="telemetry", daemon=True)
        with _held_back(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._process.start()
        theirs.close()  # so that an end of either process is an end of the pipes
        answering.close()
        self._numbers = itertools.count()
        self._waiting: queue.Queue[bytes] = queue.Queue(_AHEAD)
        self._errors: dict[int, Exception] = {}
        self._ended: set[int] = set()
        self._lost = False
        threading.Thread(target=self._send, name="telemetry", daemon=True).start()
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether the helper can still be used."""
        return not self._lost and self._process.is_alive()

    def open(self, sinks: Sequence[Sink]) -> int:
        """Send the sinks of a run; return the number under which the helper knows them."""
        number = next(self._numbers)
        self._put(number, "open", (list(sinks),))
        return number

    def call(self, number: int, method: str, given: tuple[object, ...]) -> None:
        """Call a method of a run's sinks, some time later.

        Raises:
            Exception: what an earlier call raised.
        """
        self._listen(0.0)
        self._raise(number)
        self._put(number, method, given)

    def end(self, number: int, outcome: Outcome) -> None:
        """Close a run's sinks and wait for it."""
        self._put(number, "end", (outcome,))
        while number not in self._ended:
            self._listen(None)
        self._ended.discard(number)
        self._raise(number)

    def close(self) -> None:
        """End the helper, once it has done what it was told."""
        with contextlib.suppress(OSError):
            self._orders.close()
        self._process.join(_LAST_WORDS)
        if self._process.is_alive():
            self._process.kill()

    def _put(self, number: int, method: str, given: tuple[object, ...]) -> None:
        # pickled here, because what is passed may change afterwards
        packed = pickle.dumps(given, protocol=pickle.HIGHEST_PROTOCOL)
        content = pickle.dumps((number, method, packed), protocol=pickle.HIGHEST_PROTOCOL)
        while True:
            try:
                self._waiting.put(content, timeout=1.0)
            except queue.Full:
                if not self.alive:
                    raise AccidentError(_LOST) from None
            else:
                return

    def _send(self) -> None:
        with contextlib.suppress(OSError):  # the helper has ended; `_listen` notices it
            while True:
                self._orders.send_bytes(self._waiting.get())

    def _listen(self, seconds: float | None) -> None:
        """Take the answers that have come; wait for one for some seconds, None for as long as it takes.

        Raises:
            AccidentError: the helper has ended.
        """
        try:
            while self._answers.poll(seconds):
                number, error = self._answers.recv()
                if error is None:
                    self._ended.add(number)
                else:
                    self._errors[number] = error
                seconds = 0.0
        except (EOFError, OSError):
            self._lost = True
            raise AccidentError(_LOST) from None

    def _raise(self, number: int) -> None:
        if error := self._errors.pop(number, None):
            raise error


@contextlib.contextmanager
def _held_back(*signals: signal.Signals) -> Iterator[None]:
    """Hold signals back in the block, and for good in a process that starts in it.

    A signal to all processes of a terminal or of a job ends the training, which tells the helper when it has saved.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_helpers: list[_Helper] = []
"""The helpers of this process; only the last one may be in use."""


def _helper() -> _Helper:
    """Return the helper of this process; a new one if there is none that lives."""
    if not _helpers or not _helpers[-1].alive:
        _helpers.append(_Helper())
    return _helpers[-1]


def _serve(orders: Connection, answers: Connection) -> None:
    """Do what comes over a pipe, until the process that sends it ends."""
    torch.set_num_threads(1)
    runs: dict[int, list[Sink]] = {}
    broken: set[int] = set()
    with contextlib.suppress(EOFError, OSError):
        while True:
            number, method, packed = pickle.loads(orders.recv_bytes())
            try:
                given = pickle.loads(packed)  # may fail, as for a class that cannot be imported here
                if method == "open":
                    runs[number] = given[0]
                elif number not in broken or method == "end":
                    _do(runs.get(number, ()), method, given)
            except Exception as error:
                broken.add(number)
                answers.send((number, _sendable(error)))
            if method == "end":
                runs.pop(number, None)
                answers.send((number, None))


def _do(sinks: Sequence[Sink], method: str, given: tuple[Any, ...]) -> None:
    *others, last = given
    if method == "picture" and callable(last):
        given = (*others, last())
    if method != "end":
        for sink in sinks:
            getattr(sink, method)(*given)
        return
    with contextlib.ExitStack() as closing:  # all of them, even if one fails
        for sink in sinks:
            closing.callback(sink.end, *given)


def _sendable(error: Exception) -> Exception:
    """Return an error as it is, or one with its words if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
