"""The names of colours that people gave in a survey, as texts that need no download."""

from __future__ import annotations

from typing import Any

from gan_cli.data.tokens.coded_lines import Unit
from gan_cli.data.tokens.corpus import By
from gan_cli.data.tokens.texts import Length, Texts


class Colours(Texts):
    """949 names of colours, such as "dusty rose", from the survey of xkcd (2010, public domain). matplotlib has them.

    Names have up to five words, of 396, and up to 26 characters. Most words occur in few names, so a generator that
    has learnt which words go together makes names that nobody gave.

    Args:
        unit: what a token is: `char`, or `word`.
        by: `line` makes a sample of each name; `window` of the names one after another.
        length: tokens per sample; None: 26 characters, or 4 words.
        shared: settings of `Texts`.
    """

    title = "names of colours"

    def __init__(self, *, unit: Unit = "word", by: By = "line", length: Length | None = None, **shared: Any) -> None:
        super().__init__(unit=unit, by=by, length=length or (26 if unit == "char" else 4), **shared)

    def lines(self) -> list[str]:
        from matplotlib.colors import XKCD_COLORS

        return [name.removeprefix("xkcd:") for name in XKCD_COLORS]
