"""What a run says and how often: the observer that training reports to, and the sinks behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Batch, Critic, Drawn, Sampler
from gan_cli.pictures.render import render
from gan_cli.run_status import ENDED, RunStatus
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.telemetry.card import Card
from gan_cli.telemetry.tags import CARD
from gan_cli.telemetry.verdict_text import explained

POINTS_PER_TILE = 32
"""One point says less than one image: a scatter shows this many times `num_samples`."""

_TOLD_AT_THE_END = ENDED | {"interrupted"}
"""Ends after which the last card may be older than the last verdict; after a failure nothing more is drawn."""


@dataclass(frozen=True)
class View:
    """What the pictures of a run are made from.

    Attributes:
        spec: kind of sample.
        draw: (count, seed) -> what samples are made from, on the device; the same for the same seed.
        real: real samples (N, *shape) to compare with.
        seed: the run's seed.
        probability: logits (N,) -> probability that a sample is real; None where the loss gives them no such meaning.
        advise: a verdict -> overrides to try, best first.
        bounds: those of the diagnosis by name, as far as they are known.
    """

    spec: SampleSpec
    draw: Callable[[int, int], Drawn]
    real: Tensor
    seed: int
    probability: Callable[[Tensor], Tensor] | None
    advise: Callable[[Verdict], tuple[str, ...]]
    bounds: Mapping[str, float] = field(default_factory=dict)


class Recorder:
    """Hands a run's numbers and pictures to its sinks at a fixed cadence, and a card that says who is winning.

    Args:
        sinks: recipients by name; each gets everything.
        every: steps between readings of the scalars; each reading is the mean over the steps since the last one.
        samples_every: steps between pictures of samples; the last step always has one.
        num_samples: tiles in a picture.
    """

    def __init__(
        self,
        *,
        sinks: Mapping[str, Sink],
        every: Annotated[int, Ge(1)] = 50,
        samples_every: Annotated[int, Ge(1)] = 500,
        num_samples: Annotated[int, Ge(1)] = 64,
    ) -> None:
        self.every = every
        self.samples_every = samples_every
        self.num_samples = num_samples
        self.final: dict[str, float] = {}
        self.verdict_so_far: Verdict | None = None
        self._sinks = list(sinks.values())
        self._open: list[Sink] = []
        self._started, self._earlier, self._timed_from = time.perf_counter(), 0.0, 0
        self._card: Card | None = None
        self._carded: tuple[int, Verdict | None] | None = None

    def count(self, spec: SampleSpec) -> int:
        """How many samples a picture shows."""
        return self.num_samples * (POINTS_PER_TILE if spec.traits.drawn == "cloud" else 1)

    def add(self, sink: Sink) -> None:
        """One more recipient."""
        self._sinks.append(sink)

    def begin(self, run: RunInfo, view: View) -> None:
        """Open the sinks; show the config and the real data once."""
        self._view, self._batch_size, self._earlier = view, run.batch_size, run.earlier
        self._timed_from = 0 if run.earlier else run.start_step
        self._started = self._read_at = time.perf_counter()
        self._read_step = run.start_step
        for sink in self._sinks:
            sink.begin(run)
            self._open.append(sink)
            sink.text(run.start_step, "config", run.config)
        self._card = Card(run, view.spec, view.real, view.bounds)
        if run.start_step == 0:
            picture = render(view.real, view.spec, genuine=True)
            for sink in self._sinks:
                sink.picture(0, "data/real", picture)

    def progress(self, step: int) -> None:
        """A step was handed to the device."""
        for sink in self._sinks:
            sink.progress(step)

    def wants_scalars(self, step: int) -> bool:
        """Whether `step` is one of the cadence."""
        return step % self.every == 0

    def wants_pictures(self, step: int) -> bool:
        """Whether `step` is one of the cadence."""
        return step % self.samples_every == 0

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Pass on the means of a window, with the speed at which it went by."""
        now = time.perf_counter()
        speed = (step - self._read_step) * self._batch_size / max(now - self._read_at, 1e-9)
        self._read_at, self._read_step = now, step
        self.final = {**values, "time/samples_per_second": speed}
        if self._card is not None:
            self._card.scalars(step, self.final)
        for sink in self._sinks:
            sink.scalars(step, self.final)

    def verdict(self, step: int, verdict: Verdict) -> None:
        """Pass on who is winning; a new state is told with all that speaks for it."""
        before, self.verdict_so_far = self.verdict_so_far, verdict
        advice = self._view.advise(verdict)
        for sink in self._sinks:
            sink.verdict(step, verdict, advice)
        if before is None or (before.state, before.since) != (verdict.state, verdict.since):
            for sink in self._sinks:
                sink.text(step, "balance/verdict", explained(verdict, advice))

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        """Draw the same latents as always, some that were never seen before, and who is winning."""
        view = self._view
        count = self.count(view.spec)
        meaning = view.probability

        def critic(samples: Tensor) -> Tensor:
            return criticise(Batch(samples))

        opinion = None if meaning is None else lambda points: meaning(critic(points))
        for tag, seed in (("samples/fixed", view.seed), ("samples/random", view.seed + step)):
            samples = sample(view.draw(count, seed)).x
            if tag == "samples/fixed" and self._card is not None:
                self._card.samples(samples)
            picture = render(samples, view.spec, real=view.real, probability=opinion, critic=critic)
            for sink in self._sinks:
                sink.picture(step, tag, picture)
        self._show_card(step)

    def _show_card(self, step: int) -> None:
        """Draw who is winning, unless that stands there already."""
        now = (step, self.verdict_so_far)
        if self._card is None or now == self._carded:
            return
        self._carded = now
        picture = self._card.draw(*now)
        for sink in self._open:
            sink.picture(step, CARD, picture)

    def end(self, status: RunStatus, step: int, message: str = "") -> Outcome:
        """Close every sink that was opened, even if one of them fails."""
        verdict = self.verdict_so_far
        advice = () if verdict is None else self._view.advise(verdict)
        seconds = self._earlier + time.perf_counter() - self._started
        speed = (step - self._timed_from) * self._batch_size / seconds if step > self._timed_from else None
        outcome = Outcome(status, step, message, self.final, seconds, verdict, advice, speed)
        with ExitStack() as closing:
            for sink in reversed(self._open):
                closing.callback(sink.end, outcome)
            if status in _TOLD_AT_THE_END:
                self._show_card(step)
        return outcome
