"""The prose of Python's own manual, as a text that needs no download."""

from __future__ import annotations

import re
from typing import Any

from gan_cli.data.tokens.corpus import By
from gan_cli.data.tokens.texts import Texts

_SPACE = re.compile(r"\s+")


class Manual(Texts):
    """What `help()` of Python says about its topics: English prose of about 430,000 characters, from Python itself.

    The text is another with each version of Python. Every run of spaces and line breaks is one space.

    Args:
        by: `window` makes samples of the running text; `line` makes one of the start of each topic.
        shared: settings of `Texts`.
    """

    title = "Python's manual"

    def __init__(self, *, by: By = "window", **shared: Any) -> None:
        super().__init__(by=by, **shared)

    def lines(self) -> list[str]:
        from pydoc_data.topics import topics

        return [_SPACE.sub(" ", topics[name]).strip() for name in sorted(topics)]
