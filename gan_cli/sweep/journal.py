"""The journal of a search before Optuna opens it: mended where a kill tore it, refused where it is damaged."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from gan_cli.disk.reading import read_bytes
from gan_cli.disk.writing import append_to, replace_file
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

FILE_NAME = "journal.log"


def ready(folder: Path) -> Path:
    """The journal in a sweep's folder, which this process holds: a plain file with whole lines.

    Raises:
        UserError: a line before the last cannot be read, and what follows it counts on it.
    """
    path = folder / FILE_NAME
    append_to(path).close()  # a link or a pipe is refused
    lines = read_bytes(path).split(b"\n")
    last = lines.pop()
    for number, line in enumerate(lines, 1):
        if not _is_entry(line):
            raise damaged(folder, f"line {number} of it cannot be read")
    if last:
        log.warning("the last line of %s was torn and is %s", path, "ended" if _is_entry(last) else "left out")
        whole = [*lines, last] if _is_entry(last) else lines
        replace_file(path, [line + b"\n" for line in whole])
    return path


def damaged(folder: Path, reason: str) -> UserError:
    """The refusal of a journal that cannot be gone on with."""
    return UserError(
        f"hydra.sweep.dir={folder}: {FILE_NAME} in it is damaged ({reason}), so the search cannot go on.\n"
        "Begin another with a new sweep_name; `gan compare` still reads the runs of this one."
    )


def _is_entry(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
