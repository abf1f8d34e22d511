"""The first word of a command: torch takes seconds to load, and nobody should wonder whether anything happens."""

from __future__ import annotations

import contextlib
import sys
import threading
import time

_PATIENCE = 0.5
"""Seconds after which a person is told, if loading has not begun by then."""

_settled = threading.Event()


def expect_torch() -> None:
    """From now on: say that torch is being loaded, when loading begins or after half a second, whichever is first."""
    if "torch" not in sys.modules:
        threading.Thread(target=_tell_later, daemon=True).start()


def tell_of_torch() -> None:
    """Torch is about to be loaded: say so, once in a process, if it has not been."""
    if not _settled.is_set() and "torch" not in sys.modules:
        _settled.set()
        with contextlib.suppress(OSError, ValueError):  # nobody listens
            print(time.strftime("[%H:%M:%S]"), "loading torch", file=sys.stderr, flush=True)


def be_silent() -> None:
    """Nothing is going to be loaded any more."""
    _settled.set()


def _tell_later() -> None:
    if not _settled.wait(_PATIENCE):
        tell_of_torch()
