"""A look at the pixels of some images of a set: what their numbers mean, whether they have colour, and differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gan_cli.data.files import visit
from gan_cli.data.header import Header, span_of
from gan_cli.data.hearing import hearing
from gan_cli.data.images import Channels, Reading
from gan_cli.data.names import counted
from gan_cli.data.opened import BROKEN
from gan_cli.data.pixels import FULL, Family, Ground, Range, Scales, scale_of
from gan_cli.errors import UserError

PLAIN_LOOKS = 64
"""Images of 8 bits whose span is measured: it matters only whether they are masks."""

OTHER_LOOKS = 1024
"""Images of other numbers whose span is measured."""

COLOUR_LOOKS = 32
"""Images in a colour format that are decoded to see whether they have any colour."""

_SAME = 2.0
"""Standard deviation, in levels of 255, up to which a set is (nearly) one value."""

_WORDS: Mapping[Family, str] = {
    "plain": "8-bit numbers",
    "whole": "whole numbers",
    "real": "floats",
    "deep": "16-bit colour",
}


@dataclass(frozen=True)
class Meaning:
    """What the numbers of a set mean, and the spans that tell it.

    Attributes:
        scales: which numbers become black and white.
        spans: lowest and highest number that was seen, by family.
    """

    scales: Scales
    spans: Mapping[Family, Range]

    def words(self) -> list[str]:
        """The decisions, where the format alone does not make them."""
        return [
            f"{_WORDS[family]} from {low:g} to {high:g} are read as {meant[0]:g} (black) to {meant[1]:g} (white)"
            for family, (low, high) in sorted(self.spans.items())
            if (meant := self.scales.of(family)) != FULL[family] or family == "real"
        ]


def meaning_of(root: Path, headers: Mapping[str, Header], ground: Ground) -> Meaning:
    """What the numbers in the files mean, decided for the set as a whole.

    Args:
        root: the folder.
        headers: of the images.
        ground: what transparent pixels are laid on.
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
    return Meaning(Scales({family: scale_of(family, *span) for family, span in spans.items()}), spans)


def _plain_spans(root: Path, headers: Mapping[str, Header], ground: Ground) -> Iterator[tuple[Family, float, float]]:
    """Of images of 8 bits only until one is no mask of 0 and 1."""
    for name in spread([name for name, header in headers.items() if header.family == "plain"], PLAIN_LOOKS):
        with hearing(), suppress(*BROKEN):
            family, low, high = span_of(root / name, ground)
            yield family, low, high
            if high > 1:
                return


def channels_of(root: Path, headers: Mapping[str, Header]) -> Channels:
    """1 if no image is seen to have colour, else 3; of those in a colour format some are decoded."""
    names = spread([name for name, header in headers.items() if not header.gray], COLOUR_LOOKS)
    coloured: list[bool] = []

    def look(row: int) -> None:
        coloured.append(Reading(3, (32, 32)).decode_noting_colour(root / names[row])[1])

    visit(range(len(names)), look)
    return 1 if (coloured or not names) and not any(coloured) else 3


def refuse_alike(
    root: Path, samples: npt.NDArray[np.uint8], meaning: Meaning, transparent: int, ground: Ground
) -> None:
    """Refuse a set whose images all come out (nearly) one value, such as masks that hold 0 and 3 of 255.

    Args:
        root: the folder.
        samples: some of them, uint8 (N, C, H, W).
        meaning: what their numbers were taken for.
        transparent: how many images have transparent pixels.
        ground: what these were laid on.

    Raises:
        UserError: with the reason as far as it can be told.
    """
    if samples.size == 0 or samples.std(axis=(0, 2, 3)).max() > _SAME:
        return
    spans = ", ".join(f"{_WORDS[family]} from {low:g} to {high:g}" for family, (low, high) in meaning.spans.items())
    grounds = f"; {counted(transparent, 'image')} with transparent pixels were laid on {ground}" if transparent else ""
    other = "black" if ground == "white" else "white"
    remedy = f"Try data.ground={other}" if transparent else "Stretch their numbers to 0..255 and save them as PNG"
    raise UserError(
        f"data.root={root}: all images come out as (nearly) one value, {samples.min()} to {samples.max()} of 255.\n"
        f"Their files hold {spans}{grounds}.\n{remedy}, or name another data.root."
    )


def spread(names: Sequence[str], most: int) -> list[str]:
    """At most so many names, evenly apart."""
    if len(names) <= most:
        return list(names)
    return [names[place] for place in np.linspace(0, len(names) - 1, most).round().astype(int).tolist()]
