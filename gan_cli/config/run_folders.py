"""Which folders are run folders, and which of them is the newest."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from gan_cli.disk.reading import is_file

CONFIG = "config.yaml"
PLACE = "run"
"""The setting that names the run folder."""
RUNS = Path("outputs/train")
"""Where runs are made that are given no folder."""

MOST_LOOKED_AT = 1000
"""Most folders per level that are searched for a hint."""


def is_run(folder: Path) -> bool:
    """Whether a run was started in this folder."""
    return is_file(folder / CONFIG)


def newest_run(folder: Path) -> Path | None:
    """A run folder itself, else the one that was started or resumed last up to two levels below; None without any."""
    if is_run(folder):
        return folder
    found = (path for depth in ("*/", "*/*/") for path in islice(folder.glob(f"{depth}{CONFIG}"), MOST_LOOKED_AT))
    newest = max(found, key=lambda path: path.stat().st_mtime, default=None)
    return None if newest is None else newest.parent
