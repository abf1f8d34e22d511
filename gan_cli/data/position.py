"""Where a feed stands, in plain integers: the state that both kinds of feed save and go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gan_cli.errors import UserError


@dataclass(frozen=True)
class Position:
    """A place in the endless stream of a data set.

    Attributes:
        length: number of samples in the set.
        seed: of their order.
        drawn: samples handed out so far.
    """

    length: int
    seed: int
    drawn: int = 0

    def after(self, count: int) -> Position:
        """The place `count` samples on."""
        return replace(self, drawn=self.drawn + count)

    def state_dict(self) -> dict[str, Any]:
        """Plain integers."""
        return asdict(self)

    def restored(self, state: Mapping[str, Any]) -> Position:
        """The saved place.

        Raises:
            UserError: it was saved over a set of another size, so the order would differ.
        """
        saved = Position(**state)
        if saved.length != self.length:
            raise UserError(
                f"the run was saved with {saved.length} training samples, and now there are {self.length}: "
                "it cannot go on exactly.\nRestore the data set as it was, or begin a new run."
            )
        return saved
