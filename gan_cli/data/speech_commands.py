"""Speech Commands: which spoken words are used, and which recordings are held out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from annotated_types import Ge, Le

from gan_cli.data.base import Split, Table
from gan_cli.data.names import joined
from gan_cli.data.select import Holdout, Limit, split_rows
from gan_cli.data.sound.clips import Level
from gan_cli.data.sound.recordings import DownloadedRecordings
from gan_cli.data.sound.speech_commands_files import (
    ARCHIVE,
    DIGITS,
    FOLDER,
    RATE,
    TESTING,
    VALIDATION,
    WORDS,
    Spoken,
    fetch,
    find,
    listed_in,
    recordings_of,
)
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

_NAMED = {"digits": DIGITS, "all": WORDS}


class SpeechCommands(DownloadedRecordings):
    """Short words, spoken in English by thousands of people, at 16 kHz. Downloaded on first use.

    Version 0.02 of Warden (2018), arXiv:1804.03209, CC BY 4.0. 105,829 recordings of at most a second, of 35 words: an
    archive of 2.4 GB, at most 3.4 GB unpacked. The ten digits alone are the set SC09, on which Donahue et al. (2019),
    arXiv:1802.04208, measured WaveGAN. The recordings of the published test list are never used.

    Args:
        root: folder of the data sets. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli. The recordings are in its folder speech_commands_v0.02, or where
            torchaudio puts them, below SpeechCommands.
        words: digits are zero to nine (SC09), all are the 35 words; or a list such as [yes, no]. Their labels become
            0, 1 in this order.
        length: values per clip, 16,000 a second. Shorter recordings are followed by silence; of longer ones the loudest
            part is taken.
        normalise: peak makes the largest value of each clip full scale; rms makes all equally loud (-20 dB of full
            scale, or less where a value would exceed it); none keeps the level.
        holdout: validation holds out the published validation list, a tenth; a share in [0, 1) holds out all recordings
            of some people, the same in every run, and trains on the list too; 0 holds none out.
        limit: number of the remaining recordings to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: a word does not exist.
    """

    title = "Speech Commands"
    folder = ""
    rate = RATE
    missing = f"{ARCHIVE}, or a folder {FOLDER} with what is in it,"

    def __init__(
        self,
        *,
        root: str | None = None,
        words: Literal["digits", "all"] | list[str] = "digits",
        length: Annotated[int, Ge(256), Le(2**16)] = 16384,
        normalise: Level = "peak",
        holdout: Literal["validation"] | Holdout = "validation",
        limit: Limit = None,
    ) -> None:
        self._words = tuple(words) if not isinstance(words, str) else _NAMED[words]
        _check(self._words)
        super().__init__(root, length, normalise)
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of sound at 16 kHz, with a class for each word."""
        names = self._words
        return SampleSpec((1, self._length), num_classes=len(names), sample_rate=RATE, class_names=names)

    def prepare(self) -> None:
        """Download the set if it is not here, and check that the wanted words are.

        Raises:
            UserError: it is not here and cannot be downloaded; the message says which files to put where.
        """
        self._divided(self._place())

    def load(self) -> Split:
        """Read the recordings of the wanted words, except those of the test list.

        Raises:
            UserError: a recording is damaged, or as in `prepare`.
        """
        place = self._place()
        train, held = self._divided(place)
        if self._limit is not None:
            train = [train[row] for row in split_rows(len(train), 0.0, self._limit)[0].tolist()]
        names = [each.name for each in (*train, *held)]
        return Split(self._table(place, train), self._table(place, held) if held else None, self._identity(names))

    def _table(self, place: Path, recordings: list[Spoken]) -> Table:
        labels = torch.tensor([self._words.index(each.word) for each in recordings])
        return Table(self._clips(place, [each.name for each in recordings]), labels)

    def _divided(self, place: Path) -> tuple[list[Spoken], list[Spoken]]:
        """Return the recordings to train on, and the held-out ones.

        Raises:
            SettingError: none would be left to train on.
            UserError: there are no recordings of a word, or the lists cannot be read.
        """
        try:
            tested, validation = listed_in(place, TESTING), listed_in(place, VALIDATION)
        except OSError as error:
            raise self._damaged_at(place, error) from error
        known = [each for each in recordings_of(place, self._words) if each.name not in tested]
        if missing := [word for word in self._words if word not in {each.word for each in known}]:
            raise UserError(f"{place} has no recordings of {joined(missing)}.\n{self._remedy(place)}")
        if self._holdout == "validation":
            held = {each.name for each in known if each.name in validation}
        else:
            held = _of_some_people(known, float(self._holdout))
        train = [each for each in known if each.name not in held]
        if not train:
            remedy = f"leaves none of {len(known):,} recordings to train on; use a smaller share, or 0"
            raise SettingError("/data.holdout", self._holdout, remedy)
        return train, [each for each in known if each.name in held]

    def find(self) -> Path | None:
        """Return the folder below the root that has the set; None if there is none."""
        return find(self._root)

    def fetch(self) -> None:
        """Download the archive, verify it and unpack it."""
        fetch(self._root)


def _check(words: tuple[str, ...]) -> None:
    """Raise an error for words that the set does not have.

    Raises:
        SettingError: the list is empty, or a word is unknown or named twice.
    """
    valid = f"words are {', '.join(WORDS)}"
    if not words:
        raise SettingError("words", [], "names no word; digits are zero to nine, all are all 35")
    if unknown := [word for word in words if word not in WORDS]:
        raise SettingError("words", list(words), f"there is no word {', '.join(unknown)}; {valid}")
    if len(set(words)) < len(words):
        raise SettingError("words", list(words), "names a word twice")


def _of_some_people(recordings: list[Spoken], share: float) -> set[str]:
    """Return the names of all recordings of people drawn at random, until they are this share of all."""
    people = sorted({each.speaker for each in recordings})
    counts = dict.fromkeys(people, 0)
    for each in recordings:
        counts[each.speaker] += 1
    wanted, chosen, total = share * len(recordings), set[str](), 0
    for place in np.random.RandomState(0).permutation(len(people)):  # whose stream never changes
        if total >= wanted:
            break
        chosen.add(people[place])
        total += counts[people[place]]
    return {each.name for each in recordings if each.speaker in chosen}
