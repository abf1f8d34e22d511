"""Files that are whole or absent: whoever is killed while writing leaves the old file, never half of a new one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def replace_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write `chunks` beside `path`, then put them in its place in one move.

    The name of the unfinished file is always the same, so that kills do not pile up leftovers.

    Raises:
        OSError: as the system gave it (no space left); `path` is as it was and nothing is left beside it.
    """
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        with unfinished.open("wb") as file:
            file.writelines(chunks)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
