"""Divides files of sound into held-out ones and training ones, and reads as many clips of them as are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_cli.data.sound.sound_clips import ClipFormat, Clips, read_clips
from gan_cli.data.sound.sound_cuts import Cut
from gan_cli.errors import SettingError

_MOST = 1 << 32  # bytes of all clips
_SHARE_HELD = 8  # of which one part in so many may be held out


@dataclass(frozen=True)
class SoundPlan:
    """What is read of which files.

    Attributes:
        root: the folder of the files.
        names: their names.
        cuts: the parts of each file that has any, by its place in the list of names.
        form: what becomes of them.
        holdout: share in [0, 1) of these files that is held out.
        limit: number of clips to train on, drawn at random; None reads all.
    """

    root: Path
    names: Sequence[str]
    cuts: Mapping[int, Sequence[Cut]]
    form: ClipFormat
    holdout: float
    limit: int | None

    @property
    def held_out(self) -> int:
        """The number of files to hold out; a share above 0 holds out at least one."""
        return max(1, round(len(self.cuts) * self.holdout)) if self.holdout else 0

    def check(self) -> None:
        """Check that files are left to train on, and that the clips fit in memory.

        Raises:
            SettingError: they do not.
        """
        files = len(self.cuts)
        if self.held_out >= files:
            which = "the only file" if files == 1 else f"none of {files} files"
            leaves = f"holds out {which}" if files == 1 else f"leaves {which} to train on"
            remedy = f"{leaves}, and clips are held out by file; use a smaller share, 0, or more files"
            raise SettingError("/data.holdout", self.holdout, remedy)
        order = self._order()
        held = min(sum(len(self.cuts[file]) for file in order[: self.held_out]), self._most_held)
        count = sum(len(self.cuts[file]) for file in order[self.held_out :])
        count = held + (count if self.limit is None else min(count, self.limit))
        if count * self._size > _MOST:
            taken = f"{count:,} clips take {count * self._size / 2**30:.1f} GiB, and at most {_MOST >> 30} are kept in "
            left = _MOST // self._size - held
            if left < 2:
                raise SettingError("/data.holdout", self.holdout, f"{taken}memory; use a smaller share")
            remedy = f"{taken}memory; use data.limit={left} or less, or data.slices=random"
            raise SettingError("/data.limit", self.limit, remedy)

    @property
    def _size(self) -> int:
        """Bytes of a clip."""
        return 2 * self.form.channels * self.form.length

    @property
    def _most_held(self) -> int:
        """The most clips that are held out, at least one of each file; of files that have more, some are drawn."""
        return max(1, self.held_out, _MOST // _SHARE_HELD // self._size)

    def _order(self) -> list[int]:
        """Return the files, those that are held out first."""
        # RandomState's stream never changes. Torch's may change, and held-out files would be trained on.
        files = list(self.cuts)
        return [files[place] for place in np.random.RandomState(0).permutation(len(files))]

    def read(self) -> tuple[Clips, Clips]:
        """Return the clips to train on, and those that are held out: the same in every run, and of different files."""
        order, each = self._order(), max(1, self._most_held // max(1, self.held_out))
        held, taken, good = Clips(), 0, 0
        while taken < len(order) and good < self.held_out:
            before = len(held)
            self._read_some(held, self.cuts[order[taken]], each)
            good += len(held) > before
            taken += 1
        return self._training(sorted(order[taken:])), held

    def _read_some(self, found: Clips, cuts: Sequence[Cut], most: int) -> None:
        """Read drawn clips of a file, some more if all of these are silent."""
        drawn, before = np.random.RandomState(0).permutation(len(cuts)), len(found)
        for start in range(0, len(cuts), most):
            if len(found) == before:
                self._read(found, [cuts[row] for row in sorted(drawn[start : start + most])])

    def _training(self, files: Sequence[int]) -> Clips:
        """Read the clips of these files; if there is a limit, clips drawn at random until there are enough."""
        found = Clips()
        cuts = [cut for file in files for cut in self.cuts[file]]
        if self.limit is None:
            self._read(found, cuts)
            return found
        order, taken = np.random.RandomState(0).permutation(len(cuts)), 0
        while taken < len(cuts) and len(found) < self.limit:
            more = self.limit - len(found)  # some may be silent
            self._read(found, [cuts[row] for row in sorted(order[taken : taken + more])])
            taken += more
        return found

    def _read(self, found: Clips, cuts: Sequence[Cut]) -> None:
        read_clips(found, self.root, self.names, cuts, self.form)
