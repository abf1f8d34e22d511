"""Reads parts of files of sound into clips of one format, and counts what was noticed and left out."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from gan_cli.data.sound.clips import FULL, Level, Samples, levelled, padded
from gan_cli.data.sound.sound_cuts import Cut
from gan_cli.data.sound.sound_files import BROKEN, Part, opened, part_at, reason_why

log = logging.getLogger(__name__)

Channels = Literal[1, 2]

_OFFSET = 0.01  # share of full scale from which an offset is worth a word
_OVER = 1.001  # share of full scale from which values that are cut off are worth a word
_REPORT_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class ClipFormat:
    """The format of clips.

    Attributes:
        length: values per clip and channel.
        rate: values per second (Hz).
        channels: 1 averages all channels; 2 keeps the first two, and copies a single one.
        level: how they are made equally loud.
        min_level: root mean square, in dB of full scale, below which a clip counts as silence; None keeps all.
    """

    length: int
    rate: int
    channels: Channels
    level: Level
    min_level: float | None


@dataclass
class Clips:
    """Clips that were read, and what was noticed.

    Attributes:
        samples: int16 (channels, length) each.
        cuts: where each was cut.
        broken: files that cannot be read, with the reason.
        silent: number of clips that were left out because they are too quiet.
        cancelled: number of those whose channels are loud enough, but not their mean.
        short: number of clips that were filled up with silence.
        ended: files that end before their header says.
        clipped: number of clips whose loudest values the recorder cut off.
        over: number of clips that lost values beyond full scale.
        offsets: number of clips from which a clear offset was removed.
        largest_offset: the largest of those, as a share of full scale.
    """

    samples: list[Samples] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    silent: int = 0
    cancelled: int = 0
    short: int = 0
    ended: set[int] = field(default_factory=set)
    clipped: int = 0
    over: int = 0
    offsets: int = 0
    largest_offset: float = 0.0

    def __len__(self) -> int:
        return len(self.samples)

    def table(self) -> Samples:
        """Return the clips in the order of their cuts, int16 (N, channels, length)."""
        return np.stack([self.samples[row] for row in self._order()])

    def files(self) -> list[int]:
        """Return, for each clip in the same order, the place of its file in the list of names."""
        return [self.cuts[row].file for row in self._order()]

    def _order(self) -> list[int]:
        return sorted(range(len(self.cuts)), key=lambda row: self.cuts[row])

    def drop(self, file: int) -> None:
        """Leave out the clips of a file that turned out to be damaged."""
        kept = [row for row, cut in enumerate(self.cuts) if cut.file != file]
        self.samples, self.cuts = [self.samples[row] for row in kept], [self.cuts[row] for row in kept]


def read_clips(found: Clips, root: Path, names: Sequence[str], cuts: Sequence[Cut], form: ClipFormat) -> None:
    """Read parts of files and add them to the clips that were found. A file is opened once, and never read whole.

    Args:
        found: what is added to.
        root: the folder of the files.
        names: their names.
        cuts: the parts; those of a file follow each other.
        form: what becomes of them.
    """
    done, reported = 0, time.monotonic()
    for file, parts in groupby(cuts, key=lambda cut: cut.file):
        if names[file] in found.broken:
            continue
        try:
            with opened(root / names[file]) as sound:
                for cut in parts:
                    part = part_at(sound, cut.begin, form.length, form.rate)
                    whole = min(form.length, (sound.frames - cut.begin) * form.rate // sound.samplerate)
                    if len(part.values) < whole:
                        found.ended.add(file)
                    _add(found, cut, part, form)
                    done += 1
                    if time.monotonic() - reported > _REPORT_EVERY:
                        reported = time.monotonic()
                        log.info("read %s of %s clips", f"{done:,}", f"{len(cuts):,}")
        except BROKEN as error:
            found.broken[names[file]] = reason_why(error)
            found.drop(file)


def _add(found: Clips, cut: Cut, part: Part, form: ClipFormat) -> None:
    """Turn a part into a clip, without offset and at a level, unless it is silent."""
    values = part.values.T.astype(np.float64)
    heard = mixed(values, form.channels)
    offset = heard.mean(axis=1, keepdims=True)
    heard = heard - offset
    if form.min_level is not None and decibels(heard) < form.min_level:
        found.silent += 1
        loudest = max(decibels(channel - channel.mean()) for channel in values)
        found.cancelled += loudest >= form.min_level
        return
    if (size := float(np.abs(offset).max())) > _OFFSET:
        found.offsets += 1
        found.largest_offset = max(found.largest_offset, size)
    found.clipped += part.clipped
    found.over += form.level == "none" and bool(np.abs(heard).max() > _OVER)
    found.short += heard.shape[1] < form.length
    found.samples.append(padded(levelled(heard * (FULL + 1), form.level), form.length))
    found.cuts.append(cut)


def mixed(values: npt.NDArray[np.float64], channels: Channels) -> npt.NDArray[np.float64]:
    """Channels of a file (any number, length) -> (channels, length)."""
    if channels == 1:
        return np.asarray(values.mean(axis=0, keepdims=True))
    return np.asarray(values[:2] if len(values) > 1 else np.repeat(values, 2, axis=0))


def decibels(values: npt.NDArray[np.float64]) -> float:
    """Return the root mean square of values in dB of full scale, which is 1; minus infinity for zeros."""
    power = float(np.square(values).mean())
    return 10.0 * float(np.log10(power)) if power > 0.0 else -np.inf
