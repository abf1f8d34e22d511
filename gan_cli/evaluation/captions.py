"""Words above a picture: what it shows and how to read it."""

from __future__ import annotations

import textwrap

from gan_cli.pictures.canvas import INK, SOFT, Canvas
from gan_cli.pictures.png import Picture

_SIZE, _LEADING, _MARGIN = 18, 24, 12
_LETTER = 0.56
"""Mean width of a letter, as a share of its height."""
_NARROWEST = 480


def captioned(picture: Picture, title: str, explanation: str) -> Picture:
    """The picture, centred below a heavy title and an explanation in gray, wrapped to its width.

    Args:
        picture: uint8 (height, width, 3).
        title: what it shows.
        explanation: how to read it, and what is healthy.
    """
    height, width = picture.shape[:2]
    page = max(width, _NARROWEST)
    letters = int((page - 2 * _MARGIN) / (_LETTER * _SIZE))
    titles, others = textwrap.wrap(title, letters), textwrap.wrap(explanation, letters)
    top = _MARGIN + _LEADING * (len(titles) + len(others)) + _MARGIN
    canvas = Canvas(page, top + height)
    for row, line in enumerate([*titles, *others]):
        heavy = row < len(titles)
        place = (_MARGIN, _MARGIN + row * _LEADING)
        colour = INK if heavy else SOFT
        canvas.text(place, line, size=_SIZE, width=page - 2 * _MARGIN, bold=heavy, colour=colour)
    left = (page - width) // 2
    canvas.picture((left, top, left + width, top + height), picture)
    return canvas.pixels()
