"""The folder of what can be had again: downloaded sets, trained classifiers."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """($XDG_CACHE_HOME or ~/.cache)/gan-cli; it need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan-cli"
