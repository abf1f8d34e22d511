"""How runs stand, in the words of status.json: which ends count as a result, and which do not."""

from __future__ import annotations

FINISHED = frozenset({"done", "stopped"})
"""Ends with a result."""

FAILED = frozenset({"diverged", "failed", "killed"})
"""Ends without one."""

ENDED = FINISHED | {"diverged"}
"""What the command of a sweep leaves alone when it is typed again; all else it resumes or repeats."""
