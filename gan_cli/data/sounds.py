"""The user's own sounds: any format, rate, length and number of channels, in one file, one folder or class folders."""

from __future__ import annotations

import logging
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge, Le

from gan_cli.data.base import Split, Table
from gan_cli.data.names import counted, shown
from gan_cli.data.own.folder_scan import identity
from gan_cli.data.own.folder_summary import describe_skipped
from gan_cli.data.own.layout import Layout, layout_of
from gan_cli.data.own.own_files import list_own, tell_broken, without_broken
from gan_cli.data.own.walk import Listing
from gan_cli.data.place import expanded
from gan_cli.data.select import Holdout, Limit
from gan_cli.data.sound.clips import Level
from gan_cli.data.sound.sound_clips import Channels, ClipFormat, Clips
from gan_cli.data.sound.sound_cuts import Cut, Slices, begins_of
from gan_cli.data.sound.sound_files import SOUNDS, Headers, headers_of
from gan_cli.data.sound.sound_plan import SoundPlan
from gan_cli.data.sound.sound_summary import SoundSummary
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)


class Sounds:
    """Your own sounds: `data=sounds data.root=birds`.

    All files below the folder are used: .wav with any kind of numbers, .flac, .ogg, .opus, .mp3, .aiff, .au, .caf, .w64
    and others. They are resampled to one rate, cut to one length, freed from a constant offset and made equally loud.
    Files that cannot be read are skipped, counted and named; silence is left out and counted. Only the parts that are
    used are read, so files may last hours. If there are two or more sub-folders, each is a class, as in `data=folder`.
    Clips are held out by file, so that no file is in both parts. One line of the log says what was found.

    Args:
        root: folder of the sounds, or one file. It must be given: None is an error.
        sample_rate: values per second (Hz), to which files of another rate are resampled. None takes the commonest rate
            of the files.
        length: values per clip. Shorter files are followed by silence.
        channels: 1 averages all channels, 2 keeps the first two and copies a single one.
        slices: first takes the beginning of each file; random takes one part, the same in every run; all cuts it into
            clips, one after another, and leaves out a shorter rest.
        normalise: peak makes the largest value of each clip full scale; rms makes all equally loud (-20 dB of full
            scale, or less where a value would exceed it); none keeps the level.
        min_level: clips below this level (root mean square, in dB of full scale) are left out as silence. None keeps
            all.
        classes: class folders to keep, by number or by name, such as [0, 2] or [wren, robin]; their labels become 0, 1.
            None keeps all.
        holdout: share in [0, 1) of the files that is held out of training, the same in every run; 0 holds none out.
        limit: number of the remaining clips to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: no folder is given, or its name has an unknown user or is not UTF-8.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        sample_rate: Annotated[int, Ge(1000), Le(384000)] | None = None,
        length: Annotated[int, Ge(256), Le(2**20)] = 16384,
        channels: Channels = 1,
        slices: Slices = "first",
        normalise: Level = "peak",
        min_level: Annotated[float, Ge(-120.0), Le(0.0)] | None = -60.0,
        classes: list[int | str] | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        if not root:
            raise SettingError("root", root, "name the folder of your sounds, such as data.root=birds")
        self._root = expanded(root)
        self._wanted_rate = sample_rate
        self._length = length
        self._channels: Channels = channels
        self._slices: Slices = slices
        self._normalise: Level = normalise
        self._min_level = min_level
        self._classes = classes
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of clips. Lists the files, and reads their headers if `sample_rate` is None."""
        names, shape = self._layout.classes, (self._channels, self._length)
        return SampleSpec(shape, num_classes=len(names) or None, sample_rate=self._rate, class_names=names or None)

    def prepare(self) -> None:
        """Check that there are files with sound, enough of them to hold some out, and that they fit in memory.

        Raises:
            UserError: there is no such folder, file or class, no file can be read, or there are too many clips.
        """
        self._plan.check()

    def load(self) -> Split:
        """Read the clips into tables, int16 (N, channels, length).

        Raises:
            UserError: no file can be read, nothing is left, or as in `prepare`.
        """
        self._plan.check()
        train, held = self._plan.read()
        broken = {**self._headers.broken, **held.broken, **train.broken}
        tell_broken(self._root, broken, len(self._layout.names), SOUNDS)
        self._tell_silent(train, held)
        digest = identity(self._listing.images, without_broken(self._layout.names, broken))
        split = Split(self._table(train), self._table(held) if len(held) else None, digest)
        summary = SoundSummary(
            form=self._plan.form,
            parts=(train, held),
            headers=list(self._headers.good.values()),
            classes=self._layout.classes,
            labels=self._labels(train) + self._labels(held),
            remarks=self._layout.remarks,
            skipped=describe_skipped(self._listing.skipped, SOUNDS.remedies),
        )
        log.info("data.root=%s: %s", shown(str(self._root)), summary.line(split))
        return split

    def _table(self, clips: Clips) -> Table:
        labels = torch.tensor(self._labels(clips)) if self._layout.labels else None
        return Table(torch.from_numpy(clips.table()), labels)

    def _labels(self, clips: Clips) -> list[int]:
        return [self._layout.labels[file] for file in clips.files()] if self._layout.labels else []

    def _tell_silent(self, train: Clips, held: Clips) -> None:
        """Warn of channels that cancel each other. Raise an error if no clip is left to train on."""
        silent, cancelled = train.silent + held.silent, train.cancelled + held.cancelled
        why = f"{counted(cancelled, 'clip')} of several channels, whose mean is silent though they are not"
        if not len(train):
            below = f"{counted(silent, 'clip')} below data.min_level={self._min_level:g} dB" if silent else ""
            remedy = (
                f"{why}: use data.channels=2."
                if cancelled
                else "data.min_level=null keeps silence, data.slices=all or random takes other parts of the files."
            )
            left = f"nothing is left to train on: {below or 'the files that are not held out cannot be read'}"
            raise UserError(f"data.root={self._root}: {left}.\n{remedy}")
        if cancelled:
            log.warning("data.root=%s: left out %s; data.channels=2 keeps them", shown(str(self._root)), why)

    @cached_property
    def _plan(self) -> SoundPlan:
        form = ClipFormat(self._length, self._rate, self._channels, self._normalise, self._min_level)
        cuts = {
            row: [Cut(row, begin) for begin in begins_of(name, header, self._length, self._rate, self._slices)]
            for row, name in enumerate(self._layout.names)
            if (header := self._headers.good.get(name)) is not None
        }
        return SoundPlan(self._found[0], self._layout.names, cuts, form, self._holdout, self._limit)

    @cached_property
    def _rate(self) -> int:
        """The rate from the settings, else the commonest one; of equally common ones the lowest, which all can have."""
        if self._wanted_rate is not None:
            return self._wanted_rate
        rates = Counter(header.rate for header in self._headers.good.values())
        return min(rates, key=lambda rate: (-rates[rate], rate))

    @cached_property
    def _headers(self) -> Headers:
        stamps = self._listing.images
        found = headers_of(self._found[0].absolute(), tuple((name, stamps[name]) for name in self._layout.names))
        if not found.good:
            tell_broken(self._root, found.broken, len(found.broken), SOUNDS)
        return found

    @property
    def _listing(self) -> Listing:
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[Path, Listing]:
        return list_own(self._root, SOUNDS)

    @cached_property
    def _layout(self) -> Layout:
        """The files of the wanted classes with their labels."""
        return layout_of(list(self._listing.images), "file").keep(self._classes)
