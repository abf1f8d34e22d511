"""SIGINT and SIGTERM ask a run to end after its present step; asked twice, they end it at once."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType


class StopSignals:
    """While it is entered, remembers the first SIGINT or SIGTERM in place of dying of it."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None

    def requested(self) -> bool:
        """Whether a signal came."""
        return self.received is not None

    @property
    def exit_code(self) -> int:
        """130 after SIGINT, 143 after SIGTERM, as shells expect."""
        return 128 + self.received.value if self.received else 0

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            raise SystemExit(128 + number)
        self.received = signal.Signals(number)

    def __enter__(self) -> StopSignals:
        """Listen; only a main thread can, and a job of submitit leaves its signals to submitit, which requeues it."""
        self._before: dict[int, object] = {}
        if threading.current_thread() is threading.main_thread() and "SUBMITIT_EXECUTOR" not in os.environ:
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
