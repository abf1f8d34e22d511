"""A page for text that fits its space, rectangles, pictures and small charts, drawn in a few milliseconds.

matplotlib would need a third of a second for it; only its fonts are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_cli.pictures.png import Picture

INK, SOFT, FAINT, PAPER = "#222222", "#666666", "#dddddd", "#ffffff"
D_COLOUR, G_COLOUR = "#00695c", "#c2185b"
BAND_COLOUR = "#cfe8e5"

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

_SMOOTH = 2
"""Lines are drawn larger by this factor and then reduced, because Pillow does not smooth lines."""


class Canvas:
    """A white RGB page.

    Args:
        width: width in pixels.
        height: height in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def fill(self, box: Box, colour: str) -> None:
        """Draw a filled rectangle, or nothing if it is empty."""
        if box[2] > box[0] and box[3] > box[1]:
            self._draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)

    def text(
        self,
        place: tuple[int, int],
        text: str,
        *,
        size: int,
        width: int,
        colour: str = INK,
        bold: bool = False,
        right: bool = False,
    ) -> int:
        """Write one line, in smaller letters or cut if it is too long; return its width in pixels.

        Args:
            place: the upper left corner of the line, or its upper right corner with `right`.
            text: the text.
            size: maximum font size in pixels.
            width: maximum width in pixels.
            colour: colour of the letters.
            bold: whether the letters are bold.
            right: whether the line is right-aligned.
        """
        text, letters = _fitted(text, size, width, bold)
        taken = round(letters.getlength(text))
        left = place[0] - taken if right else place[0]
        # smaller letters have the same baseline as larger ones
        self._draw.text((left, place[1] + round(0.93 * size)), text, font=letters, fill=colour, anchor="ls")
        return taken

    def length(self, text: str, size: int) -> int:
        """Width of a line of bold letters in pixels."""
        return round(_font(size, True).getlength(text))

    def pieces(self, place: tuple[int, int], pieces: Sequence[tuple[str, str]], *, size: int, width: int) -> None:
        """Write one bold line in several colours, in smaller letters if it is too long.

        Args:
            place: the upper left corner of the line.
            pieces: words, each with its colour.
            size: maximum font size in pixels.
            width: maximum width in pixels; a longer line is not cut.
        """
        _, letters = _fitted("".join(text for text, _ in pieces), size, width, bold=True)
        left = float(place[0])
        for text, colour in pieces:
            self._draw.text((left, place[1] + round(0.93 * size)), text, font=letters, fill=colour, anchor="ls")
            left += letters.getlength(text)

    def picture(self, box: Box, picture: Picture) -> None:
        """Draw a picture, stretched to a box; pixels of an enlarged picture stay sharp."""
        size = (box[2] - box[0], box[3] - box[1])
        grows = size[0] * size[1] > picture.shape[0] * picture.shape[1]
        how = Image.Resampling.NEAREST if grows else Image.Resampling.BOX
        self._image.paste(Image.fromarray(picture).resize(size, how), box[:2])

    def lines(self, box: Box, lines: Sequence[tuple[Sequence[tuple[float, float]], str]], band: Box | None) -> None:
        """Draw smooth lines in a box, over a band.

        Args:
            box: the box to draw in.
            lines: the points, as shares of the box (right, up), and the colour of each line; parts outside are cut off.
            band: a coloured box behind the lines; None for none.
        """
        self.fill(box, "#fafafa")
        if band is not None:
            self.fill(band, BAND_COLOUR)
        width, height = box[2] - box[0], box[3] - box[1]
        large = self._image.crop(box).resize((width * _SMOOTH, height * _SMOOTH), Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(large)
        for points, colour in lines:
            placed = [(x * (width * _SMOOTH - 1), (1.0 - y) * (height * _SMOOTH - 1)) for x, y in points]
            pen.line(placed, fill=colour, width=3 * _SMOOTH, joint="curve")
            for x, y in placed[-1:]:
                pen.ellipse((x - 8, y - 8, x + 8, y + 8), fill=colour)
        self._image.paste(large.resize((width, height), Image.Resampling.BOX), box[:2])
        self._draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline=FAINT)

    def pixels(self) -> Picture:
        """The page, uint8 (height, width, 3)."""
        return np.array(self._image)


def _fitted(text: str, size: int, width: int, bold: bool) -> tuple[str, ImageFont.FreeTypeFont]:
    for smaller in (size, round(0.9 * size), round(0.8 * size)):
        letters = _font(smaller, bold)
        if letters.getlength(text) <= width:
            return text, letters
    while text and letters.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…", letters


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    # find the path of matplotlib without importing it, which would take longer than all the drawing
    found = find_spec("matplotlib")
    assert found is not None and found.origin is not None
    fonts = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)
