"""Check whether the process that wrote a status.json is still alive."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def is_gone(said: Mapping[str, Any]) -> bool:
    """Whether the process that wrote this status is dead; False if it ran on another machine, where we cannot check."""
    if said.get("host") != socket.gethostname() or not isinstance(said.get("pid"), int):
        return False
    try:
        os.kill(said["pid"], 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _is_zombie(said["pid"])


def _is_zombie(pid: int) -> bool:
    """Whether a process is dead but its parent has not collected it (Linux only; False on other systems)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False
