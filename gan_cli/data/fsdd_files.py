"""The files of the Free Spoken Digit Dataset: their names, where they are, the download, and their format."""

from __future__ import annotations

import re
import tarfile
import urllib.request
import wave
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_cli.data.clips import Samples
from gan_cli.data.fetching import download_limits, staging
from gan_cli.disk.reading import open_plain
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in, replace_file

ADDRESS = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz"
FOLDER = "fsdd"
"""Folder of the recordings, relative to the root, if a person puts them there."""
DIGITS = 10
RATE = 8000
"""Values per second."""

_UNPACKED, _RECORDINGS = "free-spoken-digit-dataset-1.0.9", "recordings"
_ANY_UNPACKED = f"free-spoken-digit-dataset-*/{_RECORDINGS}"
_NAME = re.compile(r"([0-9])_([A-Za-z]+)_(0|[1-9][0-9]*)\.wav")
_IN_ARCHIVE, _EACH = 2500, 50
_LARGEST = 2**20
"""Bytes of a file; the longest recording has 36,000."""


class Recording(NamedTuple):
    """What the name of a recording says, in the order in which recordings are sorted."""

    digit: int
    speaker: str
    number: int

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.digit}_{self.speaker}_{self.number}.wav"


class DamagedRecordingError(RuntimeError):
    """A file is no recording of the set; the text says why, in a few words."""


def find(root: Path) -> Path | None:
    """Return the folder below the root that has recordings; None if there is none."""
    return next((place for place in (root / FOLDER, *sorted(root.glob(_ANY_UNPACKED))) if recordings_in(place)), None)


def recordings_in(place: Path) -> list[Recording]:
    """Return the recordings in a folder, sorted; other files do not count."""
    return sorted(found for path in place.glob("*.wav") if (found := _named(path.name)) is not None)


def _named(name: str) -> Recording | None:
    match = _NAME.fullmatch(name)
    return None if match is None else Recording(int(match[1]), match[2], int(match[3]))


def read(place: Path, recording: Recording) -> Samples:
    """Return the values of a recording (length,).

    Raises:
        DamagedRecordingError: it is no sound of 16 bits, one channel and 8 kHz, or is empty or cut off.
        OSError: the error of the system.
    """
    try:
        with open_plain(place / recording.name, follow=True) as file, wave.open(file) as sound:
            found = (sound.getframerate(), sound.getnchannels(), 8 * sound.getsampwidth())
            expected, data = sound.getnframes(), sound.readframes(_LARGEST)
    except (wave.Error, EOFError) as error:
        raise DamagedRecordingError(f"{recording.name}: {str(error) or 'it ends too soon'}") from error
    if found != (RATE, 1, 16):
        raise DamagedRecordingError(f"{recording.name}: {found[0]} Hz, {found[1]} channels, {found[2]} bits")
    if not data or len(data) != 2 * expected:
        raise DamagedRecordingError(f"{recording.name}: {len(data) // 2} of {expected} values")
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


def fetch(root: Path) -> None:
    """Download into a temporary folder, verify, then move the whole folder into place, so that it is never partial.

    Raises:
        DamagedRecordingError: the archive has not the recordings that it should have.
        OSError: the network or the disk failed; a damaged archive raises the errors of gzip and tar.
    """
    with all_or_nothing(root):
        make_folder(root)
        with staging(root) as folder:
            unpacked = folder / _RECORDINGS
            make_folder(unpacked)
            with (
                download_limits(),
                urllib.request.urlopen(ADDRESS) as answer,
                tarfile.open(fileobj=answer, mode="r|gz") as archive,
            ):
                for name, content in _packed(archive):
                    replace_file(unpacked / name, [content], durable=False)
            _verify(unpacked)
            make_folder(root / _UNPACKED)
            move_in(unpacked, root / _UNPACKED / _RECORDINGS)


def _packed(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each recording in an archive; nothing else in it is unpacked."""
    for member in archive:
        _, _, name = member.name.rpartition(f"/{_RECORDINGS}/")
        file = archive.extractfile(member) if member.isfile() and _named(name) else None
        if file is None:
            continue
        if member.size > _LARGEST:
            raise DamagedRecordingError(f"{name}: {member.size:,} bytes")
        yield name, file.read()


def _verify(place: Path) -> None:
    """Check the recordings of the archive, which has no checksum: their number, their names, and what is in them.

    Raises:
        DamagedRecordingError: there are too few or too many, numbers are missing, or one cannot be read.
    """
    found = recordings_in(place)
    if len(found) != _IN_ARCHIVE:
        raise DamagedRecordingError(f"the archive has {len(found):,} recordings instead of {_IN_ARCHIVE:,}")
    if gap := _incomplete(found):
        raise DamagedRecordingError(f"the archive has {gap}")
    for each in found:
        read(place, each)


def _incomplete(found: Sequence[Recording]) -> str:
    """Return of which speaker and digit recordings are missing; empty text if there are 50 of each."""
    numbers = Counter((each.speaker, each.digit) for each in found if each.number < _EACH)
    pairs = ((speaker, digit) for speaker in sorted({each.speaker for each in found}) for digit in range(DIGITS))
    wrong = next((pair for pair in pairs if numbers[pair] != _EACH), None)
    return "" if wrong is None else f"{numbers[wrong]} recordings of {wrong[1]} by {wrong[0]} instead of {_EACH}"
