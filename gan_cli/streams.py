"""Standard streams that outlive whoever reads them: a closed pipe or terminal costs a command nothing but its words."""

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
    """Inside it stderr can be written to whatever becomes of it, and both streams exist even where they were closed.

    stdout still fails where nobody reads it, because results that nobody gets are an error.
    """
    _open_missing()
    before = sys.stderr
    sys.stderr = cast(TextIO, LastingStream(before))
    try:
        yield
    finally:
        sys.stderr = before


class LastingStream:
    """A text stream that drops what it cannot write; once its reader is gone, it writes to nowhere.

    Args:
        stream: where the text goes while that works.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop; as many characters as were given count as written."""
        with self._surviving():
            self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of them, or drop it."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand over what was written, if anybody takes it."""
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
                lead_nowhere(self._stream)
        except ValueError:  # it was closed in this process
            pass


def lead_nowhere(stream: TextIO) -> None:
    """Have the descriptor of a stream mean the null device, for libraries that write past Python, too."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def reader_gone(stream: TextIO) -> bool:
    """Whether nobody will ever read what is written to a pipe."""
    with contextlib.suppress(OSError, ValueError):
        poll = select.poll()
        poll.register(stream.fileno(), select.POLLOUT)
        return any(events & select.POLLERR for _, events in poll.poll(0))
    return False


def _open_missing() -> None:
    """Give closed standard descriptors to the null device, lest a file of ours gets their number and their words."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - it stays open
