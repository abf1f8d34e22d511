"""`gan` on a data set that is streamed by workers, with steps that take as long as a test wants them to."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from gan_cli.cli import main
from gan_cli.data import feed
from gan_cli.training.step import Game


def drag() -> None:
    """Make each step sleep a hundredth of a second, and the step `SLOW_STEP` until a file `go` is there."""
    played = Game.play

    def play(self: Game, *given: Any, **named: Any) -> Any:
        values = played(self, *given, **named)
        time.sleep(0.01)
        if self.gan.step == int(os.environ.get("SLOW_STEP", "0")):
            open("in_step", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.01)
        return values

    Game.play = play  # type: ignore[method-assign]


if __name__ == "__main__":
    if os.environ.get("STREAMED"):
        feed.fits = lambda *_: False
    drag()
    main(sys.argv[1:])
