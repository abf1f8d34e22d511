"""The cache folder: files that can be downloaded or computed again, such as data sets and trained classifiers."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder ($XDG_CACHE_HOME or ~/.cache)/gan-cli, which may not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan-cli"
