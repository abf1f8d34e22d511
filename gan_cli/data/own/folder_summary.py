"""Describes a folder of a person's files in one line of the log: training samples, skipped files, and decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gan_cli.data.base import Split
from gan_cli.data.image.header import Header
from gan_cli.data.image.images import Decoder
from gan_cli.data.names import counted, listed, shown
from gan_cli.data.own.layout import Layout
from gan_cli.data.own.walk import CLOSED, NO_FILE, NO_SUFFIX, RUN, SWEEP

_CLASSES = 6  # number of classes that are named
_KINDS = 5  # number of kinds of skipped files that are named
_TO_JPEG = dict.fromkeys(
    (".heic", ".heif", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2"), "convert them to .jpg"
)
_WORDS = {NO_FILE: "that are no files (links to nothing, pipes, devices)", NO_SUFFIX: NO_SUFFIX}


@dataclass(frozen=True)
class FolderSummary:
    """The facts about a set that its line of the log describes.

    Attributes:
        headers: headers of the images that are used, by name.
        layout: their classes, and the decisions about folders.
        decoder: how they became samples.
        meaning: decisions about the range of their numbers.
        skipped: description of the skipped files; empty if there are none.
        coloured: number of coloured images that became gray because the images that were checked are gray.
    """

    headers: Mapping[str, Header]
    layout: Layout
    decoder: Decoder
    meaning: Sequence[str]
    skipped: str
    coloured: int

    def line(self, root: str, split: Split) -> str:
        """Return the line, with the most important facts first."""
        height, width = self.decoder.size
        colour = "gray" if self.decoder.channels == 1 else "colour"
        size = f"{height}x{width}" if height == width else f"{height} high and {width} wide"
        classes = classes_told(self.layout.classes, self.layout.labels)
        parts = [
            f"{counted(len(self.headers), f'{colour} image')} as {size}{classes}",
            parts_told(split, len(self.headers)),
        ]
        return f"data.root={shown(root)}: " + "; ".join([*parts, *self._decisions()])

    def _decisions(self) -> Iterator[str]:
        yield from self.layout.remarks
        yield from self.meaning
        pages = {name: header.pages for name, header in self.headers.items() if header.pages > 1}
        if pages:
            more = counted(sum(pages.values()) - len(pages), "further page")
            yield f"left out {more} of {counted(len(pages), 'file')} ({listed(list(pages), 2)}): the first is read"
        yield from self._colours()
        transparent = sum(header.transparent for header in self.headers.values())
        if transparent:
            yield f"{counted(transparent, 'image')} with transparent pixels, on {self.decoder.ground}"
        if self.skipped:
            yield f"skipped {self.skipped}"

    def _colours(self) -> Iterator[str]:
        gray = sum(header.gray for header in self.headers.values())
        if self.coloured:
            yield f"the colour of {counted(self.coloured, 'image')} is dropped (data.channels=3 keeps it)"
        if self.decoder.channels == 3 and gray:
            yield f"{gray:,} of them gray"


def describe_skipped(skipped: Mapping[str, int], remedies: Mapping[str, str] = _TO_JPEG) -> str:
    """Describe the skipped files by kind, the most frequent kind first.

    Args:
        skipped: kind -> number.
        remedies: suffix -> how such files can be used.
    """
    kinds = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    parts = [_kind(kind, number, remedies) for kind, number in kinds[:_KINDS]]
    rest = kinds[_KINDS:]
    if rest:
        parts.append(f"{sum(number for _, number in rest):,} of {len(rest)} more kinds")
    return ", ".join(parts)


def classes_told(classes: Sequence[str], labels: Iterable[int]) -> str:
    """Describe the classes of a set and the number of samples of each, such as `, 2 classes (cat 3, dog 4)`."""
    if not classes:
        return ", without classes"
    counts = Counter(labels)
    named = [f"{shown(name)} {counts[number]:,}" for number, name in enumerate(classes)]
    return f", {counted(len(named), 'class', 'classes')} ({listed(named, _CLASSES)})"


def parts_told(split: Split, total: int) -> str:
    """Describe how many of all samples are trained on, left out and held out."""
    held = 0 if split.holdout is None else len(split.holdout)
    spare = total - len(split.train) - held
    return f"{len(split.train):,} train{f' ({spare:,} left out)' if spare else ''}, {held:,} held out"


def _kind(kind: str, number: int, remedies: Mapping[str, str]) -> str:
    if kind in _WORDS:
        return f"{number:,} {_WORDS[kind]}"
    if kind in (CLOSED, RUN, SWEEP) or not kind.startswith("."):
        first, _, rest = kind.partition(" ")
        return f"{number:,} {first}{'s' * (number > 1)} {rest}".rstrip()
    return f"{number:,} {shown(kind)}{f' ({remedies[kind]})' if kind in remedies else ''}"
