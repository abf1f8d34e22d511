"""Spoken digits, the MNIST of sound: which recordings are used, and how they become clips of one length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge, Le, MinLen

from gan_cli.data.base import Split, Table
from gan_cli.data.names import joined
from gan_cli.data.select import Holdout, Limit, check_classes, keep_classes, split_holdout
from gan_cli.data.sound.clips import Level
from gan_cli.data.sound.fsdd_files import DIGITS, FOLDER, RATE, Recording, fetch, find, recordings_in
from gan_cli.data.sound.recordings import DownloadedRecordings
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

_TESTED = 5
"""Recordings of each digit and speaker that are the test set: numbers 0 to 4."""


class FSDD(DownloadedRecordings):
    """The digits 0 to 9, spoken in English by five or six people, 50 times each, at 8 kHz. Downloaded on first use.

    Jackson et al., "Free Spoken Digit Dataset", CC BY-SA 4.0. Release 1.0.9, which is downloaded (12 MB), has 2,500
    recordings of five people; later ones have 3,000 of six. The first five of each digit and person are the test set,
    which is never used.

    Args:
        root: folder of the data sets. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli. The recordings are in its folder fsdd, or in that of the archive.
        classes: digits to keep, such as [3, 8]; their labels become 0, 1. None keeps all ten.
        speakers: names of the people to keep, such as [george, theo]. None keeps all.
        length: values per clip, 8,000 a second. Shorter recordings are followed by silence; of longer ones the loudest
            part is taken. Three quarters have at most 4,096 values, nearly all at most 8,192.
        normalise: peak makes the largest value of each clip full scale, because recordings differ hundredfold in level;
            rms makes all equally loud (-20 dB of full scale, or less where a value would exceed it); none keeps the
            level.
        holdout: share in [0, 1) of the recordings that is held out of training, the same in every run; 0 holds none
            out. (Those of the test set are never used.)
        limit: number of the remaining recordings to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: a class does not exist.
    """

    title = "The Free Spoken Digit Dataset"
    folder = FOLDER
    rate = RATE
    missing = "its recordings (0_george_0.wav and so on)"

    def __init__(
        self,
        *,
        root: str | None = None,
        classes: list[int] | None = None,
        speakers: Annotated[list[str], MinLen(1)] | None = None,
        length: Annotated[int, Ge(256), Le(2**16)] = 4096,
        normalise: Level = "peak",
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        check_classes(classes, DIGITS)
        super().__init__(root, length, normalise)
        self._classes = classes
        self._speakers = speakers
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of sound at 8 kHz, with a class for each digit."""
        names = tuple(map(str, range(DIGITS) if self._classes is None else self._classes))
        return SampleSpec((1, self._length), num_classes=len(names), sample_rate=RATE, class_names=names)

    def prepare(self) -> None:
        """Download the set if there are no recordings, and check that the wanted speakers exist.

        Raises:
            UserError: there are no recordings and they cannot be downloaded; the message says which files to put where.
        """
        self._wanted(self._place())

    def load(self) -> Split:
        """Read the recordings of the wanted digits and speakers, except those of the test set.

        Raises:
            UserError: a recording is damaged, or as in `prepare`.
        """
        place = self._place()
        wanted = self._wanted(place)
        names = [each.name for each in wanted]
        table = Table(self._clips(place, names), torch.tensor([each.digit for each in wanted]))
        if self._classes is not None:
            table = keep_classes(table, self._classes)
        return replace(split_holdout(table, self._holdout, self._limit), identity=self._identity(names))

    def _wanted(self, place: Path) -> list[Recording]:
        """Return the recordings to learn from.

        Raises:
            SettingError: there is no such speaker.
            UserError: there are no recordings of a digit.
        """
        known = [each for each in recordings_in(place) if each.number >= _TESTED]
        speakers = sorted({each.speaker for each in known})
        if self._speakers and (unknown := sorted(set(self._speakers) - set(speakers))):
            remedy = f"there is no {joined(unknown)} in {place}; names are {joined(speakers) if speakers else 'none'}"
            raise SettingError("/data.speakers", self._speakers, remedy)
        digits = range(DIGITS) if self._classes is None else self._classes
        wanted = [each for each in known if each.digit in digits and each.speaker in (self._speakers or speakers)]
        if missing := sorted(set(digits) - {each.digit for each in wanted}):
            digit = Recording(missing[0], "<name>", _TESTED)
            lacks = f"{place} has no recordings like {digit.name}, from number {_TESTED} on"
            raise UserError(f"{lacks}.\n{self._remedy(place)}")
        return wanted

    def find(self) -> Path | None:
        """Return the folder below the root that has recordings; None if there is none."""
        return find(self._root)

    def fetch(self) -> None:
        """Download the release, verify its recordings and move them into place."""
        fetch(self._root)
