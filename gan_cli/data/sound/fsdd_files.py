"""The files of the Free Spoken Digit Dataset: their names, where they are, and the download."""

from __future__ import annotations

import re
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_cli.data.download.fetching import download_limits, refuse_remains, staging
from gan_cli.data.download.unpacking import unpack
from gan_cli.data.sound.plain_wav import LARGEST, DamagedRecordingError, read_wav
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in

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


class Recording(NamedTuple):
    """What the name of a recording says, in the order in which recordings are sorted."""

    digit: int
    speaker: str
    number: int

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.digit}_{self.speaker}_{self.number}.wav"


def find(root: Path) -> Path | None:
    """Return the folder below the root that has recordings; None if there is none."""
    return next((place for place in (root / FOLDER, *sorted(root.glob(_ANY_UNPACKED))) if recordings_in(place)), None)


def recordings_in(place: Path) -> list[Recording]:
    """Return the recordings in a folder, sorted; other files do not count."""
    return sorted(found for path in place.glob("*.wav") if (found := _named(path.name)) is not None)


def _named(name: str) -> Recording | None:
    match = _NAME.fullmatch(name)
    return None if match is None else Recording(int(match[1]), match[2], int(match[3]))


def fetch(root: Path) -> None:
    """Download into a temporary folder, verify, then move the whole folder into place, so that it is never partial.

    Raises:
        RuntimeError: the archive has not the recordings that it should have, or a folder is in their place.
        OSError: the network or the disk failed; a damaged archive raises the errors of gzip and tar.
    """
    place = root / _UNPACKED / _RECORDINGS
    refuse_remains(place)
    with all_or_nothing(root):
        make_folder(root)
        with staging(root) as folder:
            unpacked = folder / _RECORDINGS
            make_folder(unpacked)
            with download_limits(), urllib.request.urlopen(ADDRESS) as answer:
                unpack(answer, unpacked, _recording_in, LARGEST)
            _verify(unpacked)
            make_folder(place.parent)
            if find(root) is None:  # another process may have been faster
                move_in(unpacked, place)


def _recording_in(path: str) -> str | None:
    """Return the name of a recording in the archive; None for other files."""
    _, _, name = path.rpartition(f"/{_RECORDINGS}/")
    return name if _named(name) else None


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
        read_wav(place / each.name, RATE)


def _incomplete(found: Sequence[Recording]) -> str:
    """Return of which speaker and digit recordings are missing; empty text if there are 50 of each."""
    numbers = Counter((each.speaker, each.digit) for each in found if each.number < _EACH)
    pairs = ((speaker, digit) for speaker in sorted({each.speaker for each in found}) for digit in range(DIGITS))
    wrong = next((pair for pair in pairs if numbers[pair] != _EACH), None)
    return "" if wrong is None else f"{numbers[wrong]} recordings of {wrong[1]} by {wrong[0]} instead of {_EACH}"
