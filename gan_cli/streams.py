"""Standard streams that survive a closed pipe or terminal: the command continues, and only its output is lost."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

_READER_GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO})


@contextlib.contextmanager
def lasting_streams() -> Iterator[None]:
    """Make stderr always writable inside this context, and open stdout and stderr if they were closed.

    Writing to stdout still fails if its reader is gone, because results that nobody receives are an error.
    """
    _open_missing()
    before = sys.stderr
    sys.stderr = cast(TextIO, LastingStream(before))
    try:
        yield
    finally:
        sys.stderr = before


class LastingStream:
    """A text stream that drops text that it cannot write. Once its reader is gone, it writes to the null device.

    Args:
        stream: the stream to write to while it works.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text or drop it; return the number of its characters in both cases."""
        with self._surviving():
            self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line or drop it."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream; ignore the error if its reader is gone."""
        with self._surviving():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextlib.contextmanager
    def _surviving(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _READER_GONE:
                redirect_to_null(self._stream)
        except ValueError:  # it was closed in this process
            pass


def redirect_to_null(stream: TextIO) -> None:
    """Redirect the file descriptor of a stream to the null device, also for libraries that bypass Python."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def reader_gone(stream: TextIO) -> bool:
    """Whether the reader of a pipe is gone, so that writing to it is useless."""
    with contextlib.suppress(OSError, ValueError):
        poll = select.poll()
        poll.register(stream.fileno(), select.POLLOUT)
        return any(events & select.POLLERR for _, events in poll.poll(0))
    return False


def _open_missing() -> None:
    """Open closed standard descriptors on the null device, so that no file gets their number and their output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - it stays open
