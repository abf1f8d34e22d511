"""The files of Speech Commands: its words, its lists, the names of its recordings, where they are, and the download."""

from __future__ import annotations

import hashlib
import re
import tarfile
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gan_cli.data.download.fetching import download_limits, refuse_remains, staging
from gan_cli.data.download.unpacking import Readable, unpack
from gan_cli.data.sound.plain_wav import LARGEST
from gan_cli.disk.reading import open_plain
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in

ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz"
SHA256 = "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58"
FOLDER = "speech_commands_v0.02"
ARCHIVE = f"{FOLDER}.tar.gz"
RATE = 16000
"""Values per second."""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS = (
    *DIGITS,
    *("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
    *("backward", "bed", "bird", "cat", "dog", "follow", "forward", "happy", "house", "learn"),
    *("marvin", "sheila", "tree", "visual", "wow"),
)
"""All words of version 0.02. The folder _background_noise_ has none and is left out."""
VALIDATION, TESTING = "validation_list.txt", "testing_list.txt"

_PLACES = (FOLDER, f"SpeechCommands/{FOLDER}")  # ours, and that of torchaudio
_NAME = re.compile(r"([0-9a-f]+)_nohash_[0-9]+\.wav")
_PIECE = 1 << 16


class Spoken(NamedTuple):
    """A recording: the word, who speaks it, and its path in the folder of the set, as the lists give it."""

    word: str
    speaker: str
    name: str


def find(root: Path) -> Path | None:
    """Return the folder below the root that has the set; None if there is none."""
    found = (root / place for place in _PLACES)
    return next((place for place in found if all((place / part).is_file() for part in (VALIDATION, TESTING))), None)


def recordings_of(place: Path, words: Sequence[str]) -> list[Spoken]:
    """Return the recordings of some words, in the order of the words and by name; other files do not count."""
    found = []
    for word in words:
        names = sorted(path.name for path in (place / word).glob("*.wav"))
        matches = ((name, _NAME.fullmatch(name)) for name in names)
        found += [Spoken(word, match[1], f"{word}/{name}") for name, match in matches if match is not None]
    return found


def listed_in(place: Path, name: str) -> frozenset[str]:
    """Return the names of the recordings in one of the lists.

    Raises:
        OSError: the error of the system.
    """
    with open_plain(place / name, follow=True) as file:
        return frozenset(file.read().decode("utf-8", "replace").split())


def fetch(root: Path) -> None:
    """Unpack the archive into a temporary folder, verify it, then move the whole folder into place.

    The archive is read from the network, or from the root if a person put it there.

    Raises:
        RuntimeError: the archive has another checksum, or a folder is in the place of the set.
        OSError: the network or the disk failed; a damaged archive raises the errors of gzip and tar.
    """
    refuse_remains(root / FOLDER)
    with all_or_nothing(root):
        make_folder(root)
        with staging(root) as folder:
            unpacked = folder / FOLDER
            make_folder(unpacked)
            with _archive(root) as archive:
                checked = _Checked(archive)
                unpack(checked, unpacked, _wanted, LARGEST)
                if checked.digest() != SHA256:
                    raise RuntimeError(f"{ARCHIVE} is corrupted")
            if find(root) is None:  # another process may have been faster
                move_in(unpacked, root / FOLDER)


@contextmanager
def _archive(root: Path) -> Iterator[Readable]:
    path = root / ARCHIVE
    if not path.is_file():
        with download_limits(), urllib.request.urlopen(ADDRESS) as answer:
            yield answer
        return
    try:
        with open_plain(path, follow=True) as file:
            yield file
    except (EOFError, zlib.error, tarfile.TarError) as error:
        raise RuntimeError(f"{path} is corrupted") from error


def _wanted(path: str) -> str | None:
    """Return the path of a recording or a list in the folder of the set; None for other files of the archive."""
    name = path.removeprefix("./")
    if name in (VALIDATION, TESTING):
        return name
    word, _, file = name.partition("/")
    return name if word in WORDS and _NAME.fullmatch(file) else None


class _Checked:
    """An archive whose checksum is taken while it is read.

    Args:
        archive: the archive.
    """

    def __init__(self, archive: Readable) -> None:
        self._archive = archive
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`."""
        data = self._archive.read(size)
        self._digest.update(data)
        return data

    def digest(self) -> str:
        """Return the checksum in hexadecimal digits, after reading what is behind the end of the archive."""
        while self.read(_PIECE):
            pass
        return self._digest.hexdigest()
