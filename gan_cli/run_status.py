"""How a run stands, in the words of status.json: the one type for it, and the sets that others ask for."""

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
"""Of a run, of a point of a sweep, of a sweep.

`waiting` has not begun, `stopping` goes on to the end of what is under way (sweeps only). A run is `done` at its last
step, `stopped` before it for a reason that was asked for, `interrupted` by a signal, `failed` by an accident, `refused`
before it began. `killed` and `unknown` nobody writes: they are what is found where nobody was left to write.
"""

WRITTEN: frozenset[RunStatus] = frozenset(get_args(RunStatus)) - {"refused", "unknown"}
"""What a status.json may say."""

FINISHED: frozenset[RunStatus] = frozenset({"done", "stopped"})
"""Ends with a result."""

FAILED: frozenset[RunStatus] = frozenset({"diverged", "failed", "killed"})
"""Ends without one."""

ENDED: frozenset[RunStatus] = FINISHED | {"diverged"}
"""What the command of a sweep leaves alone when it is typed again; all else it resumes or repeats."""

REPEATED: frozenset[RunStatus] = FAILED - ENDED
"""Ends that the command of a sweep begins anew when it is typed again."""

UNFINISHED: frozenset[RunStatus] = frozenset({"waiting", "interrupted"})
"""What a sweep still has to do."""

UNDERWAY: frozenset[RunStatus] = frozenset({"running", "interrupted", "unknown"})
"""Neither at their end nor given up; their figures stand in where a group has no finished run yet."""
