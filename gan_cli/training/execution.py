"""How training steps are executed: one operation at a time, or replayed from a recording (a CUDA graph)."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from gan_cli.accidents import summary
from gan_cli.data.base import Feed, Fetched
from gan_cli.training.step import Game, Values
from gan_cli.world import ALONE, World

log = logging.getLogger(__name__)

WARM_UP = 3
"""Steps of each phase that are executed before one is recorded: they create optimizer state and choose kernels."""


class Execution(Protocol):
    """Executes training steps."""

    def play(self, step: int) -> Values:
        """Do one step after `step` others; return its values, which the next call may overwrite."""
        ...


class DirectExecution:
    """Executes each step operation by operation.

    Args:
        game: the two players and their techniques.
        feed: the training batches.
    """

    def __init__(self, game: Game, feed: Feed) -> None:
        self._game = game
        self._feed = feed

    def play(self, step: int) -> Values:
        """Fetch a batch for each update of the discriminator, and play the step."""
        return self._game.play([self._feed.next() for _ in range(self._game.d_steps)], update=step * self._game.d_steps)


@dataclass(frozen=True)
class Recording:
    """A step that can be repeated.

    Attributes:
        replay: repeats all operations on the same tensors, with new random numbers.
        values: values of the newest step; `replay` overwrites them.
    """

    replay: Callable[[], None]
    values: Values


Record = Callable[[Callable[[], Values]], Recording]
"""Executes a step once and records it."""


class RecordedExecution:
    """Records one step of each phase and replays it, so that the host no longer starts every operation.

    A recording reads its batches from fixed tensors, which are filled before each replay. If a step cannot be recorded
    in one of the processes, a warning is logged and all of them execute all further steps directly.

    Args:
        game: the two players and their techniques.
        feed: the training batches.
        record: executes a step once and records it.
        world: the processes that train together.
    """

    def __init__(self, game: Game, feed: Feed, record: Record, world: World = ALONE) -> None:
        self._game = game
        self._feed = feed
        self._record = record
        self._world = world
        self._inputs: list[Fetched] = []
        self._executed: Counter[Hashable] = Counter()
        self._recordings: dict[Hashable, Recording] = {}
        self._fails = False

    def play(self, step: int) -> Values:
        """Do one step: replay the recording of its phase, or make it after `WARM_UP` steps of the phase."""
        update = step * self._game.d_steps
        phase = self._game.phase(update)
        self._fetch()
        if phase in self._recordings:
            recording = self._recordings[phase]
            recording.replay()
            return recording.values
        if not self._fails and self._executed[phase] >= WARM_UP:
            return self._recorded(phase, update)
        self._executed[phase] += 1
        return self._execute(update)

    def _recorded(self, phase: Hashable, update: int) -> Values:
        """Execute and record a step; if this fails in any process, execute it directly, like all further steps."""
        values: Values | None = None
        try:
            recording = self._record(lambda: self._execute(update))
            self._recordings[phase], values = recording, recording.values
        except RuntimeError as error:
            log.warning("training steps cannot be recorded (%s); they are executed directly", summary(error))
        if values is None:
            values = self._execute(update)
        self._fails = self._world.any(phase not in self._recordings)
        if self._fails:
            self._recordings.clear()
        return values

    def _execute(self, update: int) -> Values:
        return self._game.play([self._feed.batch(fetched) for fetched in self._inputs], update=update)

    def _fetch(self) -> None:
        """Put the next batches into the fixed tensors."""
        fetched = [self._feed.fetch() for _ in range(self._game.d_steps)]
        if not self._inputs:
            self._inputs = [tuple(tensor.clone() for tensor in batch) for batch in fetched]
            return
        for fixed, new in zip(self._inputs, fetched, strict=True):
            for into, tensor in zip(fixed, new, strict=True):
                into.copy_(tensor)


class RecordedComputation:
    """Records a computation that always reads the same tensors, and replays it.

    It must be the same sequence of operations from its second call on. If it cannot be recorded, a warning is logged
    and it is always executed directly.

    Args:
        compute: the computation.
        record: executes it once and records it.
    """

    def __init__(self, compute: Callable[[], Values], record: Record) -> None:
        self._compute = compute
        self._record: Record | None = record
        self._recording: Recording | None = None
        self._executed = False

    def __call__(self) -> Values:
        """Return the values, which the next call may overwrite."""
        if self._recording is not None:
            self._recording.replay()
            return self._recording.values
        if self._record is None or not self._executed:
            self._executed = True
            return self._compute()
        try:
            self._recording = self._record(self._compute)
        except RuntimeError as error:
            log.warning("readings cannot be recorded (%s); they are executed directly", summary(error))
            self._record = None
            return self._compute()
        return self._recording.values


class CudaGraphs:
    """Records steps as CUDA graphs, which share one memory pool.

    Args:
        generators: random generators of the steps besides torch's default one, on the device.
    """

    def __init__(self, *generators: torch.Generator) -> None:
        self._generators = generators
        self._pool: Any = None

    def __call__(self, step: Callable[[], Values]) -> Recording:
        """Record the step and replay it once, because recording does not execute it.

        Raises:
            RuntimeError: an operation of the step cannot be recorded.
        """
        graph = torch.cuda.CUDAGraph()
        for generator in self._generators:
            with contextlib.suppress(AttributeError):  # needed up to torch 2.11
                graph.register_generator_state(generator)
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        # the thread that pins streamed batches allocates memory, which a global mode would forbid
        with torch.cuda.graph(
            graph, pool=self._pool, stream=torch.cuda.current_stream(), capture_error_mode="thread_local"
        ):
            values = step()
        graph.replay()
        return Recording(graph.replay, values)
