"""SIGINT, SIGTERM and SIGHUP end a command at once if no run has started. They end a run before its next step."""

from __future__ import annotations

import _thread
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import ClassVar

log = logging.getLogger(__name__)

ECHO = 1.0
"""Seconds in which a repeated signal counts as the same request: `timeout`, shells and terminals often send two."""

_ENDING = (signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise SystemExit with code 143 on SIGTERM or 129 on SIGHUP, so that cleanup code runs.

    SIGINT raises KeyboardInterrupt anyway. A signal that is already ignored (`nohup`) or handled stays so.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handled({number: end for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL}):
        yield


@contextlib.contextmanager
def ended_at_once() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the process at once, while it waits where no handler of Python can interrupt it."""
    with _handled(dict.fromkeys(_ENDING, signal.SIG_DFL)):
        yield


class StopSignals:
    """While entered, it remembers the first signal instead of ending the process, and logs at once that it arrived.

    A second SIGINT or SIGTERM ends the process at once, unless it arrives within `ECHO` seconds. Several objects can
    be entered inside each other, as in a sweep that trains in its own process. Then all of them remember the signal.

    Args:
        what: what ends now, for the log message; empty logs nothing.
    """

    _entered: ClassVar[list[StopSignals]] = []

    def __init__(self, what: str = "") -> None:
        self.received: signal.Signals | None = None
        self._what = what
        self._since = 0.0

    def requested(self) -> bool:
        """Whether a signal arrived."""
        return self.received is not None

    @property
    def exit_code(self) -> int:
        """130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP, as shells expect; 0 without a signal."""
        return 128 + self.received.value if self.received else 0

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return  # a child that has not set its own handlers yet
        if self.received is not None:
            if number != signal.SIGHUP and time.monotonic() - self._since > ECHO:
                raise SystemExit(128 + number)
            return
        for each in self._entered:
            each.received, each._since = signal.Signals(number), time.monotonic()
        if self._what:
            # in another thread: the interrupted code may hold the lock of the stream
            _thread.start_new_thread(log.warning, ("%s: %s", signal.Signals(number).name, self._what))

    def __enter__(self) -> StopSignals:
        """Set the handlers in the main thread; not in a job of submitit, which uses the signals to requeue it."""
        self._process = os.getpid()
        self._handled = contextlib.ExitStack()
        if threading.current_thread() is threading.main_thread() and "SUBMITIT_EXECUTOR" not in os.environ:
            numbers = [signal.SIGINT, signal.SIGTERM]
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` sets SIG_IGN
                numbers.append(signal.SIGHUP)
            if self._entered:
                self.received, self._since = self._entered[-1].received, self._entered[-1]._since
            self._entered.append(self)
            self._handled.callback(self._entered.remove, self)
            self._handled.enter_context(_handled(dict.fromkeys(numbers, self._receive)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handled.close()


@contextlib.contextmanager
def _handled(handlers: Mapping[signal.Signals, Handler | signal.Handlers]) -> Iterator[None]:
    """Set signal handlers for a block. Does nothing outside the main thread, where Python does not allow it."""
    before: dict[signal.Signals, object] = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            # a handler that was not set from Python is None and cannot be restored
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # type: ignore[arg-type]
