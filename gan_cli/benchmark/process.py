"""A process of its own for each of the compared trainings, so that none has the process-wide settings of the other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gan_cli.benchmark.base import Candidate
from gan_cli.benchmark.figures import Figures
from gan_cli.config.folders import PACKAGE
from gan_cli.errors import AccidentError, UserError
from gan_cli.own_code import search_folders

OURS = ("GOMP_SPINCOUNT",)
"""Environment variables that `gan` sets for itself; the plain loop runs without them, as a user's script would."""


class TraceError(Exception):
    """The stack trace of an error in another process, as text."""


class LoopProcess:
    """The process of one training, which answers one question after another. In between it uses no CPU.

    It has a process group of its own. So Ctrl-C reaches this process alone, which then ends the group with all workers.

    Args:
        candidate: the training.
        folder: an empty folder for what it writes.
        workers: worker processes of the plain loop's DataLoader.
        environment: environment variables of this process.
    """

    def __init__(self, candidate: Candidate, folder: Path, *, workers: int, environment: Mapping[str, str]) -> None:
        self._label = candidate.label
        dropped = OURS if candidate.loop == "plain" else ()
        kept = {name: value for name, value in environment.items() if name not in dropped}
        # -P removes the current folder from the path, so that no file in it is imported by accident; PYTHONPATH adds
        # the folder of this package again
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(PACKAGE.parent), kept.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gan_cli.benchmark.answers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=kept,
            process_group=0,
        )
        self._opening = {
            "loop": candidate.loop,
            "config": candidate.config,
            "folder": str(folder),
            "workers": workers,
            "search": [str(place) for place in search_folders()],
        }

    def wait_until_ready(self) -> None:
        """Wait until the training is ready to run.

        Raises:
            UserError: it cannot run.
            AccidentError: its process ended.
        """
        self._ask(self._opening)

    def run(self, steps: int) -> float:
        """Train for a number of steps and return the seconds that they took, as measured by the loop itself.

        Raises:
            UserError: the training failed.
            AccidentError: its process ended.
        """
        return float(self._ask({"run": steps}))

    def figures(self, steps: int) -> Figures:
        """Measure everything else, with a number of steps whose parts are timed.

        Raises:
            UserError: the training failed.
            AccidentError: its process ended.
        """
        return Figures.of(self._ask({"measure": steps}))

    def _ask(self, question: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AccidentError(f"{self._label}: {_ended(self._process.wait())}")
        answer = json.loads(line)
        if "error" in answer:
            kind = UserError if answer["code"] == UserError.exit_code else AccidentError
            raise kind(f"{self._label}: {answer['error']}") from TraceError(answer["trace"])
        return answer["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Close the input of the process, which ends it; after an error, end its whole group at once."""
        if kind is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


def _ended(code: int) -> str:
    """Say how a process ended that gave no answer."""
    if code >= 0:
        return f"its process ended with code {code}"
    name = signal.Signals(-code).name
    return f"its process was ended by {name}" + ("; out of memory?" if name == "SIGKILL" else "")
