"""Collects the warnings of Pillow for each thread, because they name no file, and keeps them off the screen."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_COLLECTED = threading.local()


@contextmanager
def collecting_warnings() -> Iterator[None]:
    """Keep warnings off the screen; `taken_warning` returns those of the current thread.

    Only one thread may enter it at a time. It must enclose all threads that read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _keep
        yield


def taken_warning() -> str:
    """Return the first warning of this thread since the last call; empty if there was none."""
    said: list[str] = getattr(_COLLECTED, "said", [])
    _COLLECTED.said = []
    return said[0] if said else ""


def _keep(message: Warning | str, *_: Any, **__: Any) -> None:
    said: list[str] = getattr(_COLLECTED, "said", [])
    _COLLECTED.said = [*said, str(message)][:1]
