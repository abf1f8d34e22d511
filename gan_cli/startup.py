"""Print a message while torch loads. It takes seconds, and the user should see that the command is working."""

from __future__ import annotations

import contextlib
import sys
import threading
import time

_PATIENCE = 0.5
"""Seconds after which the message is printed even if loading has not started."""

_settled = threading.Event()


def expect_torch() -> None:
    """Print that torch is loading when loading starts or after half a second, whichever comes first."""
    if "torch" not in sys.modules:
        threading.Thread(target=_tell_later, daemon=True).start()


def announce_torch() -> None:
    """Print that torch is loading, once per process; call it just before loading. Does nothing if torch is loaded."""
    if not _settled.is_set() and "torch" not in sys.modules:
        _settled.set()
        with contextlib.suppress(OSError, ValueError):  # stderr is closed
            print(time.strftime("[%H:%M:%S]"), "loading torch", file=sys.stderr, flush=True)


def cancel_announcement() -> None:
    """Cancel the message, because nothing will be loaded any more."""
    _settled.set()


def _tell_later() -> None:
    if not _settled.wait(_PATIENCE):
        announce_torch()
