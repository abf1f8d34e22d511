"""The sink that shows a run on the terminal while it trains, and prints the closing block at its end."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.telemetry.closing_block import closing_block, closing_line, shortest
from gan_cli.telemetry.pace import Pace
from gan_cli.telemetry.terminal import has_terminal, in_worker, log_handler, say, shared_console
from gan_cli.wording import duration, figures, step_time

if TYPE_CHECKING:
    from gan_cli.telemetry.display import Display

__all__ = ["ConsoleSink", "log_handler", "shared_console"]

_DRAWN_EVERY = 0.2
_AT_CUT = frozenset({"accuracy/real", "accuracy/fake", "accuracy/discriminator"})
_IN_TURN = 60.0
"""Seconds between plain lines for one of several runs in a sweep; most of them end before the first line."""


class ConsoleSink(Sink):
    """A live display on a terminal, plain lines elsewhere; both show the run folder and the command to view it.

    In a sweep that trains its runs one after another, each run ends with one line instead of the closing block.

    Args:
        plain_every: minimum seconds between plain lines; a run by itself always prints its first and last reading.
    """

    def __init__(self, *, plain_every: Annotated[float, Ge(0)] = 10.0) -> None:
        self.plain_every = plain_every
        self._run: RunInfo | None = None
        self._display: Display | None = None
        self._verdict: Verdict | None = None
        self._advice: tuple[str, ...] = ()

    def begin(self, run: RunInfo) -> None:
        """Print the name and folder of the run, then open the display."""
        self._run = run
        self._pace = Pace(run.start_step, run.total_steps)
        self._drawn_at = float("-inf")
        self._printed_at = time.monotonic() if run.turn else float("-inf")
        self._estimated = run.turn is not None
        self._latest: tuple[int, Mapping[str, float]] | None = None
        self._printed_step = -1
        if run.turn is None:
            self._say_where(run)
        if has_terminal():
            from gan_cli.telemetry.display import Display

            self._display = Display(shared_console(), run)

    def progress(self, step: int) -> None:
        """Move the bar, at most five times a second; print the estimated duration once."""
        self._pace.count(step)
        if not self._estimated and self._pace.known:
            self._estimated = True
            self._estimate(step)
        if self._display is None:
            return
        now = time.monotonic()
        if now - self._drawn_at >= _DRAWN_EVERY:
            self._drawn_at = now
            self._display.move(step)

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        """Keep the verdict for the next scalars; without a display, print a new state and overrides to try at once."""
        before, self._verdict, self._advice = self._verdict, verdict, advice
        new = verdict.state != (before.state if before else "") and not verdict.doubt
        if new and advice and self._display is None and self._run and not self._run.turn:
            say(f"{self._name}step {step:,}: {verdict.words}; to change it, stop and append to the command:")
            for override in advice:
                say(f"  {override}", whole=True)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Show the newest values on the display, or print a line if the last one is old enough."""
        assert self._run is not None
        values = self._meaningful(values)
        if self._display is not None:
            self._display.show(step, values, self._verdict.words if self._verdict else "", self._advice)
            return
        self._latest = (step, values)
        every = max(self.plain_every, _IN_TURN) if self._run.turn else self.plain_every
        if time.monotonic() - self._printed_at >= every:
            self._print_latest()

    def end(self, outcome: Outcome) -> None:
        """Close the display and print the closing block, or one line in a sweep; a refused run prints nothing."""
        if self._run is None:
            return
        if self._display is not None:
            self._display.close()
        if outcome.status == "refused":
            return
        outcome = replace(outcome, final=self._meaningful(outcome.final))
        if self._run.turn is not None:
            say(closing_line(self._run, self._run.turn, outcome))
            return
        if self._display is None:
            self._print_latest()
        # soft_wrap, because a path that rich breaks into two lines cannot be copied
        width = shared_console().width if has_terminal() else None
        shared_console().print(closing_block(self._run, outcome, width), soft_wrap=True)

    @property
    def _name(self) -> str:
        """The prefix of each line: the run's name in a worker process, where several runs print; else empty."""
        assert self._run is not None
        return f"{self._run.name}  " if in_worker() else ""

    def _say_where(self, run: RunInfo) -> None:
        on = f" after step {run.start_step:,}" if run.start_step else ""
        place = shortest(run.folder)
        look = f"tensorboard --logdir {shlex.quote(place)}"
        say(f"{run.name}: training to step {run.total_steps:,}{on} in {place}; look: {look}", whole=True)

    def _estimate(self, step: int) -> None:
        """Print how long the run will take, and overrides that would make it shorter."""
        assert self._run is not None
        pace, left = self._pace.step_seconds, self._pace.left
        parts = [f"step {step:,}/{self._run.total_steps:,}", step_time(pace), *([f"about {left}"] if left else [])]
        say(self._name + "  ".join(parts))
        offers = self._run.shorter_runs(pace)
        if offers:
            say("that is long; append one of these to the command to make it shorter:")
        for overrides, seconds in offers:
            say(f"  {overrides}  (about {duration(seconds)})")

    def _meaningful(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Return all values, without the accuracies that need a cut if the loss has none."""
        assert self._run is not None
        if self._run.has_cut:
            return values
        return {tag: value for tag, value in values.items() if tag not in _AT_CUT}

    def _print_latest(self) -> None:
        assert self._run is not None
        if self._latest is None or self._latest[0] == self._printed_step:
            return
        step, values = self._latest
        self._printed_at, self._printed_step = time.monotonic(), step
        parts = [f"{self._name}step {step:,}/{self._run.total_steps:,}", *figures(values)]
        parts += [self._verdict.words] if self._verdict else []
        say("  ".join(filter(None, [*parts, self._pace.left])))
