"""Check a run folder before this program opens anything in it, and refuse unexpected entries.

A run folder may come from an unknown author. A link in it, or a file with a second name, would redirect our writes to
any file of the user. A pipe would make us wait forever.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gan_cli.disk.place import fence, handle_on, refuse_unless_file, refuse_unless_folder
from gan_cli.errors import UserError

_APPENDED = (".lock", "train.log", "journal.log", ".slot-")
"""Prefixes of the names of files that are written in place. All other files are replaced as a whole."""

_FILES = (
    *_APPENDED,
    ".stop",
    "comparison.csv",
    "config.yaml",
    "data.json",
    "data.json",
    "events.",
    "map.",
    "metrics.jsonl",
    "overrides.txt",
    "status.json",
    "summary.json",
)
_FOLDERS = ("checkpoints", "cure", "encoded", "evaluated", "sampled", "samples")
_FULL_OF_FILES = ("checkpoints", "samples")
_OURS = (".pt", ".png")


def refuse_unsafe_folder(folder: Path) -> None:
    """Fence a run or sweep folder, and refuse it if an entry that we read or write is not a plain file or folder.

    Raises:
        UserError: names the first such entry.
    """
    fence(folder)
    try:
        _refuse_entries(folder)
    except FileNotFoundError:
        return
    except UserError as error:
        raise UserError(f"run={folder}: {str(error).removeprefix(f'{folder}{os.sep}')}") from error


def _refuse_entries(folder: Path) -> None:
    for path, found in _entries(folder):
        if path.name in _FOLDERS:
            refuse_unless_folder(found, path)
        elif path.name.startswith(_FILES):
            refuse_unless_file(found, path, links=1 if path.name.startswith(_APPENDED) else None)
    for inner in _FULL_OF_FILES:
        if os.path.isdir(folder / inner):
            for path, found in _entries(folder / inner):
                if path.suffix in _OURS or not stat.S_ISDIR(found.st_mode):
                    refuse_unless_file(found, path)


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    with handle_on(folder) as handle:
        for name in sorted(os.listdir(handle)):
            yield folder / name, os.stat(name, dir_fd=handle, follow_symlinks=False)
