"""Looks at the pixels of some images of a set: the range of their numbers, their colour, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gan_cli.data.image.files import visit
from gan_cli.data.image.header import Header, span_of
from gan_cli.data.image.images import Channels, Decoder
from gan_cli.data.image.opened import BROKEN
from gan_cli.data.image.pillow_warnings import collecting_warnings
from gan_cli.data.image.pixels import FULL, Family, Ground, Range, Scales, scale_of
from gan_cli.data.names import counted
from gan_cli.errors import UserError

PLAIN_LOOKS = 64
"""Largest number of 8-bit images whose span is measured, to see whether they are masks."""

OTHER_LOOKS = 1024
"""Largest number of all other images whose span is measured."""

COLOUR_LOOKS = 32
"""Largest number of images in a colour format that are decoded, to see whether they have any colour."""

_SAME = 2.0
"""A set counts as (nearly) one value up to this standard deviation, in levels of 255."""

_WORDS: Mapping[Family, str] = {
    "plain": "8-bit numbers",
    "whole": "whole numbers",
    "real": "floats",
    "deep": "16-bit colour",
}


@dataclass(frozen=True)
class ValueRanges:
    """How the numbers of a set are read, and the spans from which this was decided.

    Attributes:
        scales: the numbers that become black and white, by family.
        spans: the lowest and the highest number that was measured, by family.
    """

    scales: Scales
    spans: Mapping[Family, Range]

    def words(self) -> list[str]:
        """Describe the ranges that do not follow from the format alone."""
        return [
            f"{_WORDS[family]} from {low:g} to {high:g} are read as {meant[0]:g} (black) to {meant[1]:g} (white)"
            for family, (low, high) in sorted(self.spans.items())
            if (meant := self.scales.of(family)) != FULL[family] or family == "real"
        ]


def value_ranges_of(root: Path, headers: Mapping[str, Header], ground: Ground) -> ValueRanges:
    """Decide for the whole set which numbers in the files become black and white.

    Args:
        root: the folder.
        headers: header of each image by name.
        ground: background colour of transparent pixels.
    """
    names = spread([name for name, header in headers.items() if header.family != "plain"], OTHER_LOOKS)
    found: list[tuple[Family, float, float]] = []

    def measure(row: int) -> None:
        found.append(span_of(root / names[row], ground))

    visit(range(len(names)), measure, "measured")
    spans: dict[Family, Range] = {}
    for family, low, high in [*found, *_plain_spans(root, headers, ground)]:
        before = spans.get(family, (low, high))
        spans[family] = min(before[0], low), max(before[1], high)
    return ValueRanges(Scales({family: scale_of(family, *span) for family, span in spans.items()}), spans)


def _plain_spans(root: Path, headers: Mapping[str, Header], ground: Ground) -> Iterator[tuple[Family, float, float]]:
    """Yield the spans of some 8-bit images; stop after the first that is no mask of 0 and 1."""
    for name in spread([name for name, header in headers.items() if header.family == "plain"], PLAIN_LOOKS):
        with collecting_warnings(), suppress(*BROKEN):
            family, low, high = span_of(root / name, ground)
            yield family, low, high
            if high > 1:
                return


def channels_of(root: Path, headers: Mapping[str, Header]) -> Channels:
    """Return 1 if no image shows colour, else 3. Some of the images in a colour format are decoded for this."""
    names = spread([name for name, header in headers.items() if not header.gray], COLOUR_LOOKS)
    coloured: list[bool] = []

    def look(row: int) -> None:
        coloured.append(Decoder(3, (32, 32)).decode_noting_colour(root / names[row])[1])

    visit(range(len(names)), look)
    return 1 if (coloured or not names) and not any(coloured) else 3


def refuse_alike(
    root: Path, samples: npt.NDArray[np.uint8], meaning: ValueRanges, transparent: int, ground: Ground
) -> None:
    """Raise an error if all decoded images have (nearly) one value, such as masks that hold 0 and 3 of 255.

    Args:
        root: the folder.
        samples: some of the decoded images, uint8 (N, C, H, W).
        meaning: how the numbers in the files were read.
        transparent: number of images with transparent pixels.
        ground: background colour of these pixels.

    Raises:
        UserError: all images have (nearly) one value; the message gives the spans in the files and a remedy.
    """
    if samples.size == 0 or samples.std(axis=(0, 2, 3)).max() > _SAME:
        return
    spans = ", ".join(f"{_WORDS[family]} from {low:g} to {high:g}" for family, (low, high) in meaning.spans.items())
    grounds = f"; {counted(transparent, 'image')} with transparent pixels were put on {ground}" if transparent else ""
    other = "black" if ground == "white" else "white"
    remedy = f"Try data.ground={other}" if transparent else "Stretch their numbers to 0..255 and save them as PNG"
    raise UserError(
        f"data.root={root}: all images come out as (nearly) one value, {samples.min()} to {samples.max()} of 255.\n"
        f"Their files hold {spans}{grounds}.\n{remedy}, or name another data.root."
    )


def spread(names: Sequence[str], most: int) -> list[str]:
    """Return at most `most` of the names, evenly spaced."""
    if len(names) <= most:
        return list(names)
    return [names[place] for place in np.linspace(0, len(names) - 1, most).round().astype(int).tolist()]
