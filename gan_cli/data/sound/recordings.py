"""The base class of sets of recordings that are downloaded: .wav files of one rate in a folder of their own."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from gan_cli.data.download.downloaded import Downloaded, reason_of
from gan_cli.data.sound.clips import Level
from gan_cli.data.sound.plain_wav import DamagedRecordingError, read_clips
from gan_cli.errors import UserError

log = logging.getLogger(__name__)


class DownloadedRecordings(Downloaded):
    """A set of recordings that is downloaded on first use. Each subclass is one set and defines `find` and `fetch`.

    Args:
        root: folder of the data sets; None: see `data_root`.
        length: values per clip.
        level: how clips are made equally loud.

    Attributes:
        rate: values per second (Hz).
    """

    instead = "chirps"
    rate: ClassVar[int]

    def __init__(self, root: str | None, length: int, level: Level) -> None:
        super().__init__(root)
        self._length = length
        self._level: Level = level

    def find(self) -> Path | None:
        """Return the folder of the recordings; None if there is none."""
        raise NotImplementedError

    def fetch(self) -> None:
        """Download the set; errors as of `Downloaded.download`."""
        raise NotImplementedError

    @property
    def is_here(self) -> bool:
        """Whether there are recordings."""
        return self.find() is not None

    def _place(self) -> Path:
        """Return the folder of the recordings; download them if there is none."""
        Downloaded.prepare(self)
        return self.find() or self._root

    def _fetch(self) -> None:
        log.info("downloading %s into %s", self.title, self._root)
        self.fetch()

    def _clips(self, place: Path, names: Sequence[str]) -> Tensor:
        """Read recordings, int16 (N, 1, length).

        Raises:
            UserError: one is damaged.
        """
        try:
            return read_clips([place / name for name in names], self.rate, self._length, self._level)
        except (DamagedRecordingError, OSError) as error:
            raise self._damaged_at(place, error) from error

    @staticmethod
    def _identity(names: Sequence[str]) -> str:
        """Return a digest of the recordings that are used, because one root may have more than another one."""
        return hashlib.sha256("\n".join(names).encode()).hexdigest()

    def _damaged_at(self, place: Path, error: BaseException) -> UserError:
        return UserError(f"{self.title} in {place} is damaged ({reason_of(error)}).\n{self._remedy(place)}")

    @staticmethod
    def _remedy(place: Path) -> str:
        return f"Delete {place} and run the command again: the set is downloaded again."
