"""The user's own code: in which folders their classes are searched, and which of their lines raised an exception.

The folders are added to Python's path only when a command names a class that is not found without them. They are added
at the end, so a file in the current folder never replaces one of our modules and never runs without being requested.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

LONGEST = 200
"""The number of characters of a message that are shown."""

_folders: list[str] = []
"""The folders in which a command searches for classes: the current folder and each --config-dir."""
_homes: set[str] = set()
"""The files and folders of modules that were loaded from outside this program."""

_allowed: set[str] = set()
"""Classes that saved configs may name in the current command, because the user named or allowed them."""

_LIBRARIES = ("gan_cli", "torch")
_INSTALLED = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
_ELSEWHERE = tuple(os.path.realpath(place) for place in (*_INSTALLED, os.path.dirname(__file__)))
"""Folders of installed code, which does not count as the user's own unless it was requested by name."""


def set_search_folders(folders: Iterable[Path]) -> None:
    """Set the folders in which a new command searches for the user's classes; no class is allowed yet."""
    _allowed.clear()
    with contextlib.suppress(OSError):  # the current folder was deleted
        _folders[:] = [os.path.abspath(folder) for folder in folders]


def search_folders() -> tuple[Path, ...]:
    """Return the absolute paths of the folders that are searched."""
    return tuple(map(Path, _folders))


def allow(paths: Iterable[str]) -> None:
    """Allow saved configs to name these classes, too, in the current command."""
    _allowed.update(paths)


def is_allowed(path: str) -> bool:
    """Whether saved configs may name this class in the current command."""
    return path in _allowed


def is_own(target: Any) -> bool:
    """Whether a class is the user's own, not part of this program or of torch."""
    return is_own_path(str(getattr(target, "__module__", "")))


def is_own_path(path: str) -> bool:
    """Whether a class is the user's own, by its dotted path."""
    return path.partition(".")[0] not in _LIBRARIES


def load(module: str) -> ModuleType:
    """Import a module; the user's own modules come from the folders that are searched.

    Raises:
        ModuleNotFoundError: there is no such module.
        Exception: any exception that the code of the module raises.
    """
    top = module.partition(".")[0]
    if top not in _LIBRARIES and top not in sys.modules:
        if _spec(top) is None:
            sys.path += [folder for folder in _folders if folder not in sys.path]
            importlib.invalidate_caches()
        _homes.update(_places(_spec(top)))
    elif top not in _LIBRARIES:
        _homes.update(_places(getattr(sys.modules[top], "__spec__", None)))
    return importlib.import_module(module)


def _spec(top: str) -> Any:
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


def _places(spec: Any) -> list[str]:
    """Return where the code of a top-level module is: its folder, or the folder that contains its single file.

    For a single file among installed files, return the file alone.
    """
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [os.path.realpath(place) for place in spec.submodule_search_locations]
    if not spec.has_location or spec.origin is None:
        return []
    file = os.path.realpath(spec.origin)
    return [file if os.path.dirname(file) in _ELSEWHERE else os.path.dirname(file)]


def last_own_line(error: BaseException) -> str | None:
    """Return the last line of the user's own code in a traceback: "mine.py, line 7"; None if there is none."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    return next((f"{shown(file)}, line {line}" for file, line in reversed(frames) if _is_theirs(file)), None)


def describe_exception(error: BaseException) -> str:
    """Return the line of the user's own code, the type of the exception, and the first line of its message."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    first = next((line.strip()[:LONGEST] for line in text.splitlines() if line.strip()), "")
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    place = last_own_line(error)
    return what if place is None else f"{place}: {what}"


def _is_theirs(file: str) -> bool:
    """Whether a file belongs to code that was requested, and not to code that is installed inside or around it."""
    path = os.path.realpath(file)
    return _nearest(path, _homes) > _nearest(path, _ELSEWHERE)


def _nearest(path: str, places: Iterable[str]) -> int:
    return max((len(place) for place in places if path == place or path.startswith(place + os.sep)), default=0)


def shown(path: str) -> str:
    """Return a path relative to the current folder if it is inside it, else unchanged."""
    try:
        here = os.getcwd()
    except OSError:
        return path
    return "." if path == here else path.removeprefix(here + os.sep)
