"""Unpacks the wanted files of an archive as it arrives, so that the archive itself takes no room on the disk."""

from __future__ import annotations

import logging
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gan_cli.disk.writing import make_folder, replace_file

log = logging.getLogger(__name__)

_REPORT_EVERY = 5.0  # seconds


class Readable(Protocol):
    """What bytes are read from: an open file, or the answer of a server."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`."""
        ...


class LargeMemberError(RuntimeError):
    """A file in an archive is larger than any that is wanted."""


def unpack(archive: Readable, folder: Path, wanted: Callable[[str], str | None], largest: int) -> None:
    """Write files of a .tar.gz archive below a folder; nothing else in it is unpacked.

    Args:
        archive: the archive, read once from its beginning.
        folder: the folder, which is there.
        wanted: name in the archive -> path relative to the folder, or None for what is left out.
        largest: bytes that a wanted file may have.

    Raises:
        LargeMemberError: a wanted file has more bytes.
        OSError: the network or the disk failed; a damaged archive raises the errors of gzip and tar.
    """
    done, reported = 0, time.monotonic()
    with tarfile.open(fileobj=archive, mode="r|gz") as members:  # type: ignore[call-overload]
        for member in members:
            name = wanted(member.name) if member.isfile() else None
            file = members.extractfile(member) if name is not None else None
            if name is None or file is None:
                continue
            if member.size > largest:
                raise LargeMemberError(f"{Path(name).name}: {member.size:,} bytes")
            make_folder((folder / name).parent)
            replace_file(folder / name, [file.read()], durable=False)
            done += 1
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                log.info("unpacked %s files", f"{done:,}")
