"""Downloads with limits: they fail on servers that are silent, slow or endless. Leftovers of a kill are deleted."""

from __future__ import annotations

import fcntl
import hashlib
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
from gan_cli.disk.writing import append_to, replace_file

SILENCE = 30.0
"""A server counts as down after this many seconds without a byte."""
PATIENCE = 60.0
SLOWEST = 4096
"""A server must send this many bytes per second on average once PATIENCE seconds have passed."""
LARGEST = 2**32
"""Largest number of bytes of one file. The largest archive of a known set, Speech Commands, has 2.4 GB."""

_PIECE = 1 << 16
_PREFIX = ".download-"
_STAGING = re.compile(r"\.download-[a-z0-9_]{8}")
_HELD = "held"


@contextmanager
def download_limits() -> Iterator[None]:
    """Hide the progress bars of torchvision, and set limits for slow servers, because torchvision sets none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    urllib.request.install_opener(urllib.request.build_opener(_Watch()))
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        urllib.request.install_opener(None)
        socket.setdefaulttimeout(before)


def refuse_remains(place: Path) -> None:
    """Refuse to download what could not be put in its place afterwards.

    Raises:
        RuntimeError: there is something in the place of the set, which is not the whole set.
    """
    if place.exists():
        raise RuntimeError(f"{place} is there, but incomplete; delete it first")


def download_file(address: str, path: Path, md5: str) -> None:
    """Download one file, within `download_limits`.

    Args:
        address: where it is published.
        path: where it is written.
        md5: its checksum in hexadecimal digits.

    Raises:
        OSError: the server does not send it, or it cannot be written.
        RuntimeError: it is corrupted: it has another checksum.
    """
    digest = hashlib.md5(usedforsecurity=False)

    def pieces() -> Iterator[bytes]:
        while piece := response.read(_PIECE):
            digest.update(piece)
            yield piece

    with urllib.request.urlopen(address) as response:
        replace_file(path, pieces())
    if digest.hexdigest() != md5:
        raise RuntimeError(f"{path.name} is corrupted")


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Yield a temporary folder inside `root`. A folder that a killed process left is deleted by the next call."""
    for left in root.glob(f"{_PREFIX}*"):
        _remove_unfinished(left)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, dir=root, ignore_cleanup_errors=True) as name,
        append_to(Path(name, _HELD)) as mark,
    ):
        with suppress(OSError):  # a file system without locks: leftovers stay there
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Path(name)


def _remove_unfinished(left: Path) -> None:
    """Delete a staging folder whose process has ended: the lock file in it exists, and no process holds the lock."""
    if not _STAGING.fullmatch(left.name) or left.is_symlink() or not (left / _HELD).is_file():
        return
    fence(left)
    with suppress(OSError), append_to(left / _HELD) as mark:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)


class _Watch(urllib.request.BaseHandler):
    """A handler that replaces each response by a `_Watched` one, after all other handlers."""

    handler_order = 10_000

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:
        """Return the response with limits on speed and size."""
        return _Watched(response)

    https_response = http_response


class _Watched:
    """A response that raises an error if it is too slow or never ends.

    Args:
        response: the response of urllib.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self._begun = time.monotonic()
        self._got = 0

    def read(self, size: int = -1) -> bytes:
        """Return the bytes that arrive next, at most `size`. A plain read would wait for all of them.

        Raises:
            TimeoutError: the server is too slow.
            OSError: the server sent more bytes than any known file has.
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
