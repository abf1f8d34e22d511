"""Describes a folder of sounds in one line of the log: clips, what became of the files, and what was left out."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gan_cli.data.base import Split
from gan_cli.data.names import counted
from gan_cli.data.own.folder_summary import classes_told, parts_told
from gan_cli.data.sound.sound_clips import ClipFormat, Clips
from gan_cli.data.sound.sound_files import Header


@dataclass(frozen=True)
class SoundSummary:
    """The facts about a set of sounds that its line of the log describes.

    Attributes:
        form: the format of the clips.
        parts: the training clips, and the held-out ones.
        headers: the headers of all files that can be read.
        classes: names of the classes.
        labels: the class of each clip.
        remarks: decisions about folders.
        skipped: description of the skipped files; empty if there are none.
    """

    form: ClipFormat
    parts: Sequence[Clips]
    headers: Sequence[Header]
    classes: Sequence[str]
    labels: Sequence[int]
    remarks: Sequence[str]
    skipped: str

    def line(self, split: Split) -> str:
        """Return the line, with the most important facts first."""
        return "; ".join(self._facts(split))

    def _facts(self, split: Split) -> Iterator[str]:
        form, total = self.form, self._sum("__len__")
        size = f"{form.length:,} values at {form.rate} Hz ({form.length / form.rate:.3g} s)"
        yield f"{counted(total, 'clip')} of {size}{classes_told(self.classes, self.labels)}"
        yield parts_told(split, total)
        yield from self.remarks
        yield from self._files()
        yield from self._flaws()
        if silent := self._sum("silent"):
            yield f"left out {counted(silent, 'clip')} below {form.min_level:g} dB"
        if self.skipped:
            yield f"skipped {self.skipped}"

    def _files(self) -> Iterator[str]:
        """Yield what was done to make the files alike."""
        rate = self.form.rate
        others = [header.rate for header in self.headers if header.rate != rate]
        if others:
            low, high = min(others), max(others)
            span = f"{low} to {high}" if low < high else f"{low}"
            lower = sum(other < rate for other in others)
            hint = f", {lower:,} of them upwards, which adds no high pitches" if lower else ""
            yield f"{counted(len(others), 'file')} resampled from {span} Hz{hint}"
        if self.form.channels == 1 and (mixed := sum(header.channels > 1 for header in self.headers)):
            yield f"the channels of {counted(mixed, 'file')} averaged (data.channels=2 keeps two)"
        if self.form.channels == 2 and (mono := sum(header.channels == 1 for header in self.headers)):
            yield f"{counted(mono, 'file')} of one channel copied to both"
        if short := self._sum("short"):
            usual = statistics.median_low(header.frames * rate // header.rate for header in self.headers)
            half = f" (half of the files have at most {usual:,} values)" if usual < self.form.length else ""
            yield f"{counted(short, 'clip')} filled up with silence{half}"

    def _flaws(self) -> Iterator[str]:
        """Yield what is wrong with recordings that are used."""
        if ended := sum(len(part.ended) for part in self.parts):
            yield f"{counted(ended, 'file ends', 'files end')} before the header says"
        if clipped := self._sum("clipped"):
            yield f"{counted(clipped, 'clip')} cut off at full scale by the recorder"
        if over := self._sum("over"):
            yield f"{counted(over, 'clip')} beyond full scale cut off (data.normalise=peak keeps the whole wave)"
        if offsets := self._sum("offsets"):
            largest = max(part.largest_offset for part in self.parts)
            yield f"an offset of up to {largest:.2g} removed from {counted(offsets, 'clip')}"

    def _sum(self, what: str) -> int:
        found = (getattr(part, what) for part in self.parts)
        return sum(value() if callable(value) else value for value in found)
