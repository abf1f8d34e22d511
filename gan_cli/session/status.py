"""status.json and summary.json: the state of a run and how it ended, for programs and for the next command."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.run_status import RunStatus
from gan_cli.session.folder import write_json
from gan_cli.telemetry.base import Outcome, RunInfo, Sink


class StatusFiles(Sink):
    """Keeps status.json up to date and writes summary.json at the end.

    Args:
        capacity: parameters of both networks and their ratio, for the summary.
    """

    def __init__(self, capacity: Mapping[str, float]) -> None:
        self._capacity = dict(capacity)

    def begin(self, run: RunInfo) -> None:
        self._folder = run.folder
        write_status(self._folder, "running", run.start_step)

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        write_status(self._folder, "running", step, verdict=verdict.as_dict())

    def end(self, outcome: Outcome) -> None:
        verdict = {} if outcome.verdict is None else {"verdict": outcome.verdict.as_dict()}
        write_status(self._folder, outcome.status, outcome.step, message=outcome.message, **verdict)
        summary = {
            "status": outcome.status,
            "step": outcome.step,
            "verdict": None if outcome.verdict is None else outcome.verdict.as_dict(),
            "advice": list(outcome.advice),
            "metrics": dict(outcome.final),
            "capacity": self._capacity,
            "seconds": round(outcome.seconds, 3),
        }
        write_json(self._folder / "summary.json", summary)


def write_status(folder: Path, status: RunStatus, step: int, **more: Any) -> None:
    """Write the state of the run into status.json."""
    where = {"pid": os.getpid(), "host": socket.gethostname()}
    write_json(folder / "status.json", {"status": status, "step": step, **where, **more})
