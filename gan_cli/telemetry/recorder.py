"""The observer that training reports to; it decides what is recorded at which step and passes it to the sinks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Batch, Critic, GeneratorInput, Sampler
from gan_cli.labels import ClassRows
from gan_cli.pictures.png import Picture
from gan_cli.pictures.render import render
from gan_cli.run_status import ENDED, RunStatus
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.apart import Apart, Drawing
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.telemetry.card import Card
from gan_cli.telemetry.tags import CARD, LINES
from gan_cli.telemetry.verdict_text import explained
from gan_cli.text_lines import lines_of

POINTS_PER_TILE = 32
"""A scatter shows this many times `num_samples` points, because one point shows less than one image."""

_TOLD_AT_THE_END = ENDED | {"interrupted"}
"""Statuses after which the card is drawn once more, because it may be older than the verdict; not after a failure."""


@dataclass(frozen=True)
class View:
    """The data and functions that the pictures of a run need.

    Attributes:
        spec: kind of sample.
        draw: (count, seed) -> the generator's input for `count` samples, on the device; the same for the same seed.
        real: real samples (N, *shape) to compare with.
        seed: the run's seed.
        probability: logits (N,) -> probability that a sample is real; None if the loss gives logits no such meaning.
        advise: a verdict -> overrides to try, best first.
        bounds: bounds of the diagnosis by name, as far as they are known.
        rows: the layout of what `draw` gives, if it has a row for each class.
        judged_alone: whether the discriminator judges a sample without its label, as the background of points needs.
    """

    spec: SampleSpec
    draw: Callable[[int, int], GeneratorInput]
    real: Tensor
    seed: int
    probability: Callable[[Tensor], Tensor] | None
    advise: Callable[[Verdict], tuple[str, ...]]
    bounds: Mapping[str, float] = field(default_factory=dict)
    rows: ClassRows | None = None
    judged_alone: bool = True


class Recorder:
    """Passes scalars, pictures and a card with the verdict to the sinks of a run, at fixed intervals.

    Args:
        sinks: receivers of the results, by name; each gets everything.
        every: steps between readings of the scalars; each reading is the mean over the steps since the last one.
        samples_every: steps between pictures of samples; the last step always has one.
        num_samples: samples in a picture; a scatter of points shows 32 times as many.
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
        """Number of samples in a picture."""
        return self.num_samples * (POINTS_PER_TILE if spec.traits.drawn == "cloud" else 1)

    def add(self, sink: Sink) -> None:
        """Add a sink."""
        self._sinks.append(sink)

    def begin(self, run: RunInfo, view: View, *, apart: bool = False) -> None:
        """Open the sinks and pass them the config; a new run also draws the real data.

        Args:
            run: facts about the run.
            view: what its pictures need.
            apart: let the sinks that can do so work in another process.
        """
        if apart and (moved := [sink for sink in self._sinks if sink.works_apart]):
            self._sinks = [*(sink for sink in self._sinks if not sink.works_apart), Apart(moved)]
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
            self._show(self._sinks, 0, "data/real", partial(render, view.real, view.spec, is_real=True))
            self._play(0, "data/real", view.real)

    def progress(self, step: int) -> None:
        """Pass on that a step was submitted to the device."""
        for sink in self._sinks:
            sink.progress(step)

    def wants_scalars(self, step: int) -> bool:
        """Whether `step` is a multiple of `every`."""
        return step % self.every == 0

    def wants_pictures(self, step: int) -> bool:
        """Whether `step` is a multiple of `samples_every`."""
        return step % self.samples_every == 0

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Pass on the means of a window, with the speed in real samples per second."""
        now = time.perf_counter()
        speed = (step - self._read_step) * self._batch_size / max(now - self._read_at, 1e-9)
        self._read_at, self._read_step = now, step
        self.final = {**values, "time/samples_per_second": speed}
        if self._card is not None:
            self._card.scalars(step, self.final)
        for sink in self._sinks:
            sink.scalars(step, self.final)

    def verdict(self, step: int, verdict: Verdict) -> None:
        """Pass on the verdict; a new state also as a text with its evidence."""
        before, self.verdict_so_far = self.verdict_so_far, verdict
        advice = self._view.advise(verdict)
        for sink in self._sinks:
            sink.verdict(step, verdict, advice)
        if before is None or (before.state, before.since) != (verdict.state, verdict.since):
            for sink in self._sinks:
                sink.text(step, "balance/verdict", explained(verdict, advice))

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        """Draw samples of the fixed latents, samples of new latents, and the card; pass on those that are text."""
        view = self._view
        count = self.count(view.spec)
        meaning = view.probability

        def critic(samples: Tensor) -> Tensor:
            return criticise(Batch(samples))

        opinion = None if meaning is None else lambda points: meaning(critic(points))
        for tag, seed in (("samples/fixed", view.seed), ("samples/random", view.seed + step)):
            samples = sample(view.draw(count, seed)).x
            if tag == "samples/fixed" and self._card is not None:
                self._card.samples(samples if view.rows is None else view.rows.by_column(samples))
            if view.spec.traits.drawn == "cloud":  # the background needs the discriminator of this moment
                seen = partial(render, probability=opinion, critic=critic) if view.judged_alone else render
                picture = seen(samples, view.spec, real=view.real)
                drawing: Drawing = partial(_drawn, picture)
            else:
                columns = None if view.rows is None else view.rows.columns
                drawing = partial(render, samples.cpu(), view.spec, columns=columns)
            self._show(self._sinks, step, tag, drawing)
            self._play(step, tag, samples)
            if tag == "samples/fixed":
                self._spell(step, samples)
        self._show_card(step)

    def _play(self, step: int, tag: str, samples: Tensor) -> None:
        """Pass on the sound of the samples of a picture, if they have one."""
        if not self._view.spec.traits.heard:
            return
        clips = samples.cpu()
        for sink in self._sinks:
            sink.sound(step, tag, clips, self._view.spec)

    def _spell(self, step: int, samples: Tensor) -> None:
        """Pass on the lines of samples that are text."""
        alphabet = self._view.spec.alphabet
        if alphabet is not None:
            lines = "\n".join(lines_of(samples, alphabet))
            for sink in self._sinks:
                sink.text(step, LINES, lines)

    @staticmethod
    def _show(sinks: Sequence[Sink], step: int, tag: str, drawing: Drawing) -> None:
        """Pass a picture to sinks; it is drawn here only if one of them takes pictures in this process."""
        picture: Picture | None = None
        for sink in sinks:
            if isinstance(sink, Apart):
                sink.drawing(step, tag, drawing)
            elif type(sink).picture is not Sink.picture:
                picture = drawing() if picture is None else picture
                sink.picture(step, tag, picture)

    def _show_card(self, step: int) -> None:
        """Draw the card, unless it was already drawn for this step and verdict."""
        now = (step, self.verdict_so_far)
        if self._card is None or now == self._carded:
            return
        self._carded = now
        self._show(self._open, step, CARD, partial(self._card.draw, *now))

    def end(self, status: RunStatus, step: int, message: str = "") -> Outcome:
        """Close every sink that was opened, even if one of them fails, and return the outcome."""
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


def _drawn(picture: Picture) -> Picture:
    return picture
