"""Warnings of Pillow's, which name no file, by the thread that reads one; none of them goes to the screen."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HEARD = threading.local()


@contextmanager
def hearing() -> Iterator[None]:
    """Keep warnings off the screen; `heard` gives those of the present thread.

    To be entered by one thread at a time, around all that read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _keep
        yield


def heard() -> str:
    """The first warning of this thread since the last call; empty if there was none."""
    said: list[str] = getattr(_HEARD, "said", [])
    _HEARD.said = []
    return said[0] if said else ""


def _keep(message: Warning | str, *_: Any, **__: Any) -> None:
    said: list[str] = getattr(_HEARD, "said", [])
    _HEARD.said = [*said, str(message)][:1]
