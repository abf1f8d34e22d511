"""The cache folder: files that can be downloaded or computed again, such as data sets and trained classifiers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder ($XDG_CACHE_HOME or ~/.cache)/gan-cli, which may not exist yet.

    A user without a home folder, as in some containers, gets one among the temporary files.
    """
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gan-cli"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"gan-cli-{os.getuid()}"
