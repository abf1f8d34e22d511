"""Text samples as tiles: the likeliest token at each position, in lines of equal width; words as one line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFont

from gan_cli.pictures.tiles import Tiles
from gan_cli.text_lines import lines_of, made_of_words

Floats = npt.NDArray[np.float32]

_LINE = 32
"""Tokens per line."""

_CELL = (11, 20)
"""Width and height of a token in pixels."""

_SIZE = 15
_SHORTEST = 80  # pixels of a line of words, at least
_MARGIN = 6
_PAPER = (250, 250, 248)
_INK = (36, 41, 51)


def text_tiles(shares: Floats, alphabet: Sequence[str]) -> Tiles:
    """Return tiles of texts (N, tokens, length), where larger is likelier; token 0 of `alphabet` is a blank."""
    if made_of_words(alphabet):
        return _slips(lines_of(torch.from_numpy(shares), alphabet))
    letters = ["", *alphabet[1:]]
    return np.stack([_page([letters[token] for token in row]) for row in shares.argmax(axis=1).tolist()])


def _slips(texts: Sequence[str]) -> Tiles:
    """Return tiles of texts in one line each, as wide as the longest."""
    font = ImageFont.load_default(_SIZE)
    width = max(_SHORTEST, *(round(font.getlength(text)) for text in texts)) + 2 * _MARGIN
    slips = []
    for text in texts:
        slip = Image.new("RGB", (width, _CELL[1] + 2 * _MARGIN), _PAPER)
        ImageDraw.Draw(slip).text((_MARGIN, _MARGIN + 0.75 * _CELL[1]), text, font=font, fill=_INK, anchor="ls")
        slips.append(np.asarray(slip))
    return np.stack(slips)


def _page(text: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the tile (height, width, 3) of a text; its number of lines depends on the length, blanks included."""
    width, height = _CELL
    lines = -(-len(text) // _LINE)
    size = (min(len(text), _LINE) * width + 2 * _MARGIN, lines * height + 2 * _MARGIN)
    page = Image.new("RGB", size, _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(_SIZE)
    for place, letter in enumerate(text):
        down, across = divmod(place, _LINE)
        middle = (_MARGIN + (across + 0.5) * width, _MARGIN + (down + 0.75) * height)
        draw.text(middle, letter, font=font, fill=_INK, anchor="ms")
    return np.asarray(page)
