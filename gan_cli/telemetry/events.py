"""One TensorBoard event file that survives kills and resumes; it handles records and steps, not their meaning.

torch's SummaryWriter is not used for two reasons. It writes from its own thread, where "no space left" becomes a
traceback on the terminal. It also opens another file on every resume, so that old records stay for ever, such as the
end of an interrupted session; TensorBoard uses the first one that it reads.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from gan_cli.disk.reading import names_in, open_plain
from gan_cli.disk.writing import append_to, remove, replace_file

log = logging.getLogger(__name__)

# a frame: length of the record (8 bytes), checksum of the length (4), the record, checksum of the record (4)
_HEADER = 12
_FOOTER = 4

_CHECKED = 2**14
"""Maximum size in bytes of a record that is compared with its own checksum."""
_LARGEST = 2**30


class EventFile:
    """The event file of a run folder, opened to append.

    A resumed run copies the records that it keeps into a new file and removes the old ones. The new file has a new
    name, because a running TensorBoard notices new names, not new contents.

    Args:
        folder: the run folder.
        keep: (step, tag) -> whether an old value is kept; a record is kept if all its values are. None starts empty.
    """

    def __init__(self, folder: Path, keep: Callable[[int, str], bool] | None) -> None:
        from tensorboard.summary.writer.record_writer import RecordWriter

        # every file contains all earlier records, so if a kill leaves several files, the newest is enough
        old = event_files(folder)
        past = _kept_frames(old[-1], keep) if old and keep is not None else ()
        self.path = _put(folder, itertools.chain(_framed(_preamble()), past), old)
        self._file = append_to(self.path)
        self._records = RecordWriter(self._file)

    def add(self, step: int, values: Iterable[Any]) -> None:
        """Write `Summary.Value` messages of one step and flush them."""
        self._records.write(_record(step, values))
        self._file.flush()

    def close(self) -> None:
        """Close the file; further calls do nothing."""
        self._file.close()


def event_files(folder: Path) -> list[Path]:
    """Return all event files in a folder, newest last."""
    return [folder / name for name in names_in(folder) if name.startswith("events.out.tfevents.")]


def write_alone(folder: Path, step: int, values: Iterable[Any], *, suffix: str) -> Path:
    """Write `Summary.Value` messages of one step as an event file, which replaces the last one with this suffix.

    Raises:
        OSError: the file could not be written; the old file is kept.
    """
    old = [path for path in event_files(folder) if path.name.endswith(f".{suffix}")]
    return _put(folder, _framed([*_preamble(), _record(step, values)]), old, f".{suffix}")


def _put(folder: Path, frames: Iterable[bytes], old: Iterable[Path], suffix: str = "") -> Path:
    """Write a file of these frames under a new name, then remove the old files."""
    # the digits sort like the ten-digit times in the names of other writers
    path = folder / f"events.out.tfevents.{time.time():017.6f}.{socket.gethostname()}.{os.getpid()}{suffix}"
    replace_file(path, frames)
    for superseded in old:
        remove(superseded)
    return path


def _record(step: int, values: Iterable[Any]) -> bytes:
    from tensorboard.compat.proto import event_pb2, summary_pb2

    summary = summary_pb2.Summary(value=list(values))
    event: bytes = event_pb2.Event(wall_time=time.time(), step=step, summary=summary).SerializeToString()
    return event


def _preamble() -> list[bytes]:
    from tensorboard.compat.proto import event_pb2

    now = time.time()
    restart = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    return [
        event_pb2.Event(wall_time=now, file_version="brain.Event:2").SerializeToString(),
        # makes a TensorBoard that has read the old file discard its data from step 0 on
        event_pb2.Event(wall_time=now, step=0, session_log=restart).SerializeToString(),
    ]


def _framed(records: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each record as a frame of an event file, with length and checksums."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    frame = _Frame()
    writer = RecordWriter(frame)
    for record in records:
        writer.write(record)
        yield frame.data


class _Frame:
    """A file-like object for RecordWriter that keeps only the record written last."""

    data = b""

    def write(self, data: bytes) -> None:
        self.data = data


def _kept_frames(path: Path, keep: Callable[[int, str], bool]) -> Iterator[bytes]:
    """Yield the frames of the records to keep, without damaged ones, because TensorBoard would stop reading there."""
    damaged = 0
    with open_plain(path) as file:
        for frame in _frames(file):
            event = _event_in(frame)
            if event is None:
                damaged += 1
                continue
            if event.summary.value and all(keep(event.step, value.tag) for value in event.summary.value):
                yield frame
        damaged += bool(file.read(1))
    if damaged:
        log.warning("%s is damaged; what cannot be read of it is left out", path.name)


def _event_in(frame: bytes) -> Any:
    """Return the event in a frame; None if it is damaged.

    tensorboard's checksum needs 0.2 s per megabyte, so large records are checked by the fast checksums in their PNGs.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorboard.compat.proto import event_pb2
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    data = frame[_HEADER:-_FOOTER]
    if len(data) <= _CHECKED and int.from_bytes(frame[-_FOOTER:], "little") != masked_crc32c(data):
        return None
    try:
        event = event_pb2.Event.FromString(data)
    except DecodeError:
        return None
    pictures = [value.image.encoded_image_string for value in event.summary.value if value.HasField("image")]
    return event if len(data) <= _CHECKED or all(map(_is_whole, pictures)) else None


def _is_whole(png: bytes) -> bool:
    """Whether every chunk of a PNG file matches its checksum."""
    from PIL import Image

    file = io.BytesIO(png)
    try:
        with Image.open(file, formats=["PNG"]) as picture:
            picture.verify()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _frames(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the complete frames of an event file, up to an incomplete one or a length with a wrong checksum."""
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    while len(header := file.read(_HEADER)) == _HEADER:
        if int.from_bytes(header[8:], "little") != masked_crc32c(header[:8]):
            file.seek(-_HEADER, os.SEEK_CUR)
            return
        size = min(_LARGEST, int.from_bytes(header[:8], "little")) + _FOOTER
        body = file.read(size)
        if len(body) < size:
            return
        yield header + body
