"""The status of a run, in the words of status.json: its type, and sets of statuses for other modules."""

from __future__ import annotations

from typing import Literal, get_args

RunStatus = Literal[
    "waiting",
    "running",
    "stopping",
    "done",
    "stopped",
    "diverged",
    "failed",
    "killed",
    "interrupted",
    "refused",
    "unknown",
]
"""The status of a run, of a point of a sweep, or of a sweep.

`waiting`: not started. `stopping`: a sweep that only finishes its current jobs. `done`: at the last step. `stopped`:
ended before the last step for a reason that was configured. `interrupted`: ended by a signal. `failed`: ended by an
error. `refused`: ended before it started. A run never writes `killed` and `unknown` about itself: readers derive them
if its process is gone or if there is no status.
"""

WRITTEN: frozenset[RunStatus] = frozenset(get_args(RunStatus)) - {"refused", "unknown"}
"""The statuses that a status.json may contain."""

FINISHED: frozenset[RunStatus] = frozenset({"done", "stopped"})
"""The statuses of runs that ended with a result."""

FAILED: frozenset[RunStatus] = frozenset({"diverged", "failed", "killed"})
"""The statuses of runs that ended without a result."""

ENDED: frozenset[RunStatus] = FINISHED | {"diverged"}
"""The statuses of runs that a sweep keeps when its command is typed again; it resumes or repeats all other runs."""

REPEATED: frozenset[RunStatus] = FAILED - ENDED
"""The statuses of runs that a sweep starts again when its command is typed again."""

UNFINISHED: frozenset[RunStatus] = frozenset({"waiting", "interrupted"})
"""The statuses of runs that a sweep still has to start or resume."""

UNDERWAY: frozenset[RunStatus] = frozenset({"running", "interrupted", "unknown"})
"""The statuses of runs that have not ended. Their values are shown if a group has no finished run yet."""
