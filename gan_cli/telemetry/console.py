"""What a person sees while a run goes on, and the closing block at its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge

from gan_cli.balance.verdict import Verdict
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.telemetry.closing import closing_block
from gan_cli.telemetry.terminal import has_terminal, in_worker, log_handler, say, shared_console
from gan_cli.telemetry.words import duration, figures

if TYPE_CHECKING:
    from gan_cli.telemetry.display import Display

__all__ = ["ConsoleSink", "log_handler", "shared_console"]

_DRAWN_EVERY = 0.2
_AT_CUT = frozenset({"accuracy/real", "accuracy/fake", "accuracy/discriminator"})


class ConsoleSink(Sink):
    """A live display on a terminal, plain lines elsewhere; both end with where the run lies and how to look at it.

    Args:
        plain_every: seconds between plain lines, at least; the first and the last reading are always printed.
    """

    def __init__(self, *, plain_every: Annotated[float, Ge(0)] = 10.0) -> None:
        self.plain_every = plain_every
        self._run: RunInfo | None = None
        self._display: Display | None = None
        self._verdict = ""

    def begin(self, run: RunInfo) -> None:
        """Open the display, or say what begins."""
        self._run = run
        self._started = time.monotonic()
        self._drawn_at = self._printed_at = float("-inf")
        self._latest: tuple[int, Mapping[str, float]] | None = None
        self._printed_step = -1
        if has_terminal():
            from gan_cli.telemetry.display import Display

            self._display = Display(shared_console(), run)
        else:
            on = f" after step {run.start_step:,}" if run.start_step else ""
            say(f"{run.name}: training to step {run.total_steps:,}{on} in {run.folder}")

    def progress(self, step: int) -> None:
        """Move the bar, a few times a second."""
        if self._display is None:
            return
        now = time.monotonic()
        if now - self._drawn_at >= _DRAWN_EVERY:
            self._drawn_at = now
            self._display.move(step)

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        """Kept, to be shown with the figures."""
        self._verdict = verdict.words

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Show the newest figures."""
        values = self._meaningful(values)
        if self._display is not None:
            self._display.show(step, values, self._verdict)
            return
        self._latest = (step, values)
        if time.monotonic() - self._printed_at >= self.plain_every:
            self._print_latest()

    def end(self, outcome: Outcome) -> None:
        """Close the display and print the closing block."""
        if self._run is None:
            return
        if self._display is not None:
            self._display.close()
        else:
            self._print_latest()
        block = closing_block(self._run, replace(outcome, final=self._meaningful(outcome.final)))
        # a path that is wrapped at the edge of the window cannot be copied
        shared_console().print(block, soft_wrap=True)

    def _meaningful(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """All values but accuracies at a cut that the loss does not have."""
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
        name = f"{self._run.name}  " if in_worker() else ""
        parts = [f"{name}step {step:,}/{self._run.total_steps:,}", *figures(values)]
        parts += [self._verdict] if self._verdict else []
        if step < self._run.total_steps and step > self._run.start_step:
            pace = (self._printed_at - self._started) / (step - self._run.start_step)
            parts.append(f"{duration(pace * (self._run.total_steps - step))} left")
        say("  ".join(parts))
