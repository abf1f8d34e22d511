"""Code that people bring along: where their classes are looked for, and which line of theirs an exception came from.

Their folders are put on Python's path only once a command names a class that is not found without them, and behind
everything else: a file in the current folder never stands in for a module of ours, and is never run unasked.
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
"""Characters of a message that are shown."""

_folders: list[str] = []
"""Where a command looks for classes: the current folder and each --config-dir."""
_homes: set[str] = set()
"""Files and folders of modules that were loaded from outside of this program."""

_allowed: set[str] = set()
"""Classes that saved configs may name in the present command, because a person named or allowed them."""

_LIBRARIES = ("gan_cli", "torch")
_INSTALLED = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
_ELSEWHERE = tuple(os.path.realpath(place) for place in (*_INSTALLED, os.path.dirname(__file__)))
"""Code that is nobody's own, unless it was asked for by name."""


def look_in(folders: Iterable[Path]) -> None:
    """A command begins: look for people's classes in these folders; it allows no class yet."""
    _allowed.clear()
    with contextlib.suppress(OSError):  # the current folder was deleted
        _folders[:] = [os.path.abspath(folder) for folder in folders]


def searched() -> tuple[Path, ...]:
    """The folders that are looked in, absolute."""
    return tuple(map(Path, _folders))


def allow(paths: Iterable[str]) -> None:
    """Let saved configs name these classes, too, in the present command."""
    _allowed.update(paths)


def is_allowed(path: str) -> bool:
    """Whether the present command named a class itself, or allowed a run to."""
    return path in _allowed


def is_own(target: Any) -> bool:
    """Whether a class is somebody's own, not of this program nor of torch."""
    return is_own_path(str(getattr(target, "__module__", "")))


def is_own_path(path: str) -> bool:
    """The same by the dotted path of a class."""
    return path.partition(".")[0] not in _LIBRARIES


def load(module: str) -> ModuleType:
    """Import a module, a person's own from the folders that are looked in.

    Raises:
        ModuleNotFoundError: there is none.
        Exception: whatever its code raises.
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
    """What a top-level module is made of: its folder; of a single file everything beside it, installed files apart."""
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [os.path.realpath(place) for place in spec.submodule_search_locations]
    if not spec.has_location or spec.origin is None:
        return []
    file = os.path.realpath(spec.origin)
    return [file if os.path.dirname(file) in _ELSEWHERE else os.path.dirname(file)]


def where(error: BaseException) -> str | None:
    """The line of somebody's own code that an exception came through last: "mine.py, line 7"; None for none."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    return next((f"{shown(file)}, line {line}" for file, line in reversed(frames) if _is_theirs(file)), None)


def said(error: BaseException) -> str:
    """Where in somebody's own code, what kind of exception, and its first line."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    first = next((line.strip()[:LONGEST] for line in text.splitlines() if line.strip()), "")
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    place = where(error)
    return what if place is None else f"{place}: {what}"


def _is_theirs(file: str) -> bool:
    """Whether a file belongs to code that was asked for, rather than to what is installed inside or around it."""
    path = os.path.realpath(file)
    return _nearest(path, _homes) > _nearest(path, _ELSEWHERE)


def _nearest(path: str, places: Iterable[str]) -> int:
    return max((len(place) for place in places if path == place or path.startswith(place + os.sep)), default=0)


def shown(path: str) -> str:
    """A path from the current folder on, where it lies below it."""
    try:
        here = os.getcwd()
    except OSError:
        return path
    return "." if path == here else path.removeprefix(here + os.sep)
