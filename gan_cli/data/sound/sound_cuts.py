"""Decides which parts of files of sound become clips, from the lengths in their headers alone."""

from __future__ import annotations

import math
import zlib
from typing import Literal, NamedTuple

import numpy as np

from gan_cli.data.sound.sound_files import Header

Slices = Literal["first", "random", "all"]


class Cut(NamedTuple):
    """A part of a file: the place of the file in the list of names, and the number of values before the part."""

    file: int
    begin: int


def begins_of(name: str, header: Header, length: int, rate: int, slices: Slices) -> list[int]:
    """Return where the parts of a file begin, counted in values at its own rate.

    Args:
        name: name of the file, from which the place of a random part follows, the same in every run.
        header: its rate and length.
        length: values per clip, at the wanted rate.
        rate: the wanted rate in Hz.
        slices: `first` takes the beginning of the file, `random` one part of it, and `all` one part after another, but
            not a shorter rest. A file that is too short for one part is a part.
    """
    own = math.ceil(length * header.rate / rate)
    if slices == "first" or header.frames <= own:
        return [0]
    if slices == "random":
        seed = zlib.crc32(name.encode("utf-8", "surrogateescape"))
        return [int(np.random.RandomState(seed).randint(header.frames - own + 1, dtype=np.int64))]
    count = header.frames * rate // (length * header.rate)
    return [number * length * header.rate // rate for number in range(count)]
