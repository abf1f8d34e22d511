"""Downloads that end: given up on servers that are silent, slow or endless, and swept up after a kill."""

from __future__ import annotations

import fcntl
import io
import re
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any

from gan_cli.disk.place import fence
from gan_cli.disk.writing import append_to

SILENCE = 30.0
"""Seconds without a byte after which a server counts as down."""
PATIENCE = 60.0
SLOWEST = 4096
"""Bytes a second that a server must have given on average once it had these seconds."""
LARGEST = 2**30
"""Bytes of one file; the largest archive of a known set has 170 MB."""

_PREFIX = ".download-"
_STAGING = re.compile(r"\.download-[a-z0-9_]{8}")
_HELD = "held"


@contextmanager
def impatient() -> Iterator[None]:
    """Hide torchvision's progress bars, and give up on servers that do not do their work: it sets no limits itself."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    urllib.request.install_opener(urllib.request.build_opener(_Watch()))
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        urllib.request.install_opener(None)
        socket.setdefaulttimeout(before)


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """A folder inside `root` that is gone afterwards; one that a kill left behind is gone the next time."""
    for left in root.glob(f"{_PREFIX}*"):
        _sweep_up(left)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, dir=root, ignore_cleanup_errors=True) as name,
        append_to(Path(name, _HELD)) as mark,
    ):
        with suppress(OSError):  # a file system without locks: then nobody sweeps up
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Path(name)


def _sweep_up(left: Path) -> None:
    """Delete a staging folder whose process is gone: it carries our mark, and nobody holds that."""
    if not _STAGING.fullmatch(left.name) or left.is_symlink() or not (left / _HELD).is_file():
        return
    fence(left)
    with suppress(OSError), append_to(left / _HELD) as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)


class _Watch(urllib.request.BaseHandler):
    """Puts a watched response in the place of each answer; after all other handlers."""

    handler_order = 10_000

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        """The answer, to be read under watch."""
        return _Watched(response)

    https_response = http_response


class _Watched:
    """A response that is given up where it comes too slowly or never ends.

    Args:
        response: as urllib gave it.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._begun = time.monotonic()
        self._got = 0

    def read(self, size: int = -1) -> bytes:
        """What has come by now, `size` bytes at most; a plain read would wait for all of them.

        Raises:
            TimeoutError: the server is too slow.
            OSError: it gave more than any known file has.
        """
        data: bytes = self._response.read1(size)
        self._got += len(data)
        seconds = time.monotonic() - self._begun
        if seconds > PATIENCE and self._got < SLOWEST * seconds:
            raise TimeoutError(f"the server gave {self._got / seconds:.0f} bytes a second; given up")
        if self._got > LARGEST:
            raise OSError("the server sends without end; given up")
        return data

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *error: object) -> None:
        self._response.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)
