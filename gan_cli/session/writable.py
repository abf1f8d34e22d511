"""Check places that the user names for output, before anything is read, trained or measured."""

from __future__ import annotations

import os
from pathlib import Path

from gan_cli.errors import Problem


def wrong_file(key: str, text: str | None) -> Problem | None:
    """Return what is wrong with the path of an output file; None if nothing is wrong or no file is wanted."""
    if text is None:
        return None
    path = Path(text)
    if not path.name or path.is_dir() or text.endswith(os.sep):
        return Problem(key, text, "is a folder; name a file" if text else "names no file; leave it out, or name one")
    words = unwritable(path.absolute().parent)
    if words is None and path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
        words = "may not be written to; name another file"
    return Problem(key, text, words) if words else None


def wrong_folder(key: str, text: str | None) -> Problem | None:
    """Return what is wrong with the path of an output folder; None if nothing is wrong or no folder is wanted."""
    if text is None:
        return None
    if not text:
        return Problem(key, text, "names no folder; leave it out, or name one")
    words = unwritable(Path(text).absolute())
    return Problem(key, text, words) if words else None


def unwritable(folder: Path) -> str | None:
    """Return why nothing can be written into a folder, which need not exist; None if it is writable."""
    try:
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError as error:
        return f"cannot be a place ({(error.strerror or 'refused').lower()}); name another"
    if not nearest.is_dir():
        return f"{nearest} is a file, not a folder; name another place"
    return None if os.access(nearest, os.W_OK | os.X_OK) else f"you may not write to {nearest}; name another place"
