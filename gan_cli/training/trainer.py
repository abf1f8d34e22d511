"""The training loop around the game: how long to train, when to save, when to stop. No mathematics."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt
from torch import Tensor

from gan_cli.cpu_threads import CpuThreads
from gan_cli.data.base import Feed
from gan_cli.diagnosis.verdict import State, Verdict
from gan_cli.game import Batch, GeneratorInput, evaluating
from gan_cli.runtime import seed_of
from gan_cli.stepwise import Stepwise, finish
from gan_cli.training import checkpoint
from gan_cli.training.base import Observer
from gan_cli.training.components import Components
from gan_cli.training.execution import CudaGraphs, DirectExecution, Execution, RecordedExecution
from gan_cli.training.readings import Readings, Weights
from gan_cli.training.scalar_buffer import Divergence, ScalarBuffer
from gan_cli.training.state_check import StateMismatchError, refuse_mismatch, restoring, spec_of, without_former
from gan_cli.training.step import Game


class Trainer:
    """Trains for a number of steps; the run can be stopped and resumed at any step.

    Args:
        components: networks, techniques, data, diagnosis and evaluator.
        steps: training steps; each has `d_steps` discriminator and `g_steps` generator updates.
        batch_size: real samples per discriminator update; as many fake samples are generated. With several processes,
            of all of them together.
        d_steps: discriminator updates per step (aliases n_critic, n_dis).
        g_steps: generator updates per step.
        clip_grad_norm: maximum norm of each network's gradient; None does not clip.
        checkpoint_every: steps between checkpoints; the last step always has one.
        keep_checkpoints: number of newest checkpoints to keep, besides the best one.
        stop_on: verdicts, such as [mode_collapse], that end the run early once they are not in doubt; None for none.
    """

    def __init__(
        self,
        components: Components,
        *,
        steps: Annotated[int, Ge(1)],
        batch_size: Annotated[int, Ge(2)] = 128,
        d_steps: Annotated[int, Ge(1)] = 1,
        g_steps: Annotated[int, Ge(1)] = 1,
        clip_grad_norm: Annotated[float, Gt(0)] | None = None,
        checkpoint_every: Annotated[int, Ge(1)] = 1000,
        keep_checkpoints: Annotated[int, Ge(1)] = 2,
        stop_on: list[State] | None = None,
    ) -> None:
        self.steps = steps
        self.batch_size = batch_size
        self.checkpoint_every = checkpoint_every
        self.keep_checkpoints = keep_checkpoints
        self.step = 0
        self._kept = 0  # step of the newest checkpoint; a run at step 0 needs none
        self._earlier = 0.0
        self._began: float | None = None
        self._read_at = (0, time.perf_counter())  # step and time of the last reading
        self.stopped = ""
        self._components = components
        self._world = components.world
        self._readings = Readings(components, frozenset(stop_on or ()))
        self._feed = components.open_feed(batch_size)
        self._game = Game(
            components.gan,
            components.techniques,
            components.runtime.autocast(components.spec),
            d_steps=d_steps,
            g_steps=g_steps,
            clip_grad_norm=clip_grad_norm,
            compiled=components.runtime.compiled,
        )
        self._execution: Execution = DirectExecution(self._game, self._feed)
        if components.runtime.records_steps:
            self._execution = RecordedExecution(self._game, self._feed, CudaGraphs(components.gan.rng), self._world)

    def run(self, folder: Path, observer: Observer, stop_requested: Callable[[], bool]) -> Divergence | None:
        """Train like `run_stepwise`, without a pause."""
        return finish(self.run_stepwise(folder, observer, stop_requested))

    def run_stepwise(
        self, folder: Path, observer: Observer, stop_requested: Callable[[], bool]
    ) -> Stepwise[Divergence | None]:
        """Train from the present step to the last one, or until a stop is requested; pause after each step.

        Args:
            folder: the run folder, for checkpoints.
            observer: receives progress and results.
            stop_requested: called before every step; True ends the run there, with a checkpoint of the step before.

        Returns:
            None, or the divergence that ended the run; then the newest checkpoint is of an earlier step.
        """
        self._began = time.perf_counter()
        self._read_at = (self.step, self._began)
        while self.step < self.steps and not self.stopped:
            if self._world.any_so_far(stop_requested() or bool(self.failure)):
                return None if self._kept == self.step else self._save(folder)
            if divergence := self.advance(folder, observer):
                return divergence
            yield
        return None

    def advance(self, folder: Path, observer: Observer) -> Divergence | None:
        """Do one step, and the reading, pictures and checkpoint that are due after it; return a divergence or None."""
        last = self.step + 1 == self.steps
        before = self._readings.weights() if last or observer.wants_scalars(self.step + 1) else None
        self.window.add(self._execution.play(self.step))
        self.step += 1
        observer.progress(self.step)
        if before is not None and (divergence := self._report(folder, observer, before)):
            return divergence
        if last or self.stopped or observer.wants_pictures(self.step):
            observer.pictures(self.step, self.sample, self.criticise)
        if last or self.stopped or self.step % self.checkpoint_every == 0:
            return self._save(folder)
        return None

    def _report(self, folder: Path, observer: Observer, before: Weights) -> Divergence | None:
        """Take a reading and pass it to the observer; `before` has the weights before this step."""
        if divergence := self.window.divergence(self.step):
            return divergence
        self.stopped, improved = self._world.from_first(lambda: self._read(observer, before))
        self.window.clear()
        if improved:
            self._write(partial(checkpoint.save_best, folder, self.step))
        return None

    def _read(self, observer: Observer, before: Weights) -> tuple[str, bool]:
        """Take the reading; return why the run should end early, and whether it is the best so far."""
        last = self.step == self.steps
        observer.verdict(self.step, self._readings.take(self.step, self.steps, before, self.sample))
        observer.scalars(self.step, self.reported)
        self._adapt_threads()
        return "" if last else self._readings.stop_reason, self._readings.improved

    def _adapt_threads(self) -> None:
        """Let the number of CPU threads follow the speed since the last reading."""
        (step, then), self._read_at = self._read_at, (self.step, time.perf_counter())
        speed = (self.step - step) * self.batch_size / max(self._read_at[1] - then, 1e-9)
        self.cpu_threads.after_reading(speed)

    def _save(self, folder: Path) -> Divergence | None:
        """Save a checkpoint of the present step, or return the divergence if its values are not finite."""
        if divergence := self.window.divergence(self.step):
            return divergence
        self._write(partial(checkpoint.save, folder, self.step, keep=self.keep_checkpoints))
        self._kept = self.step
        return None

    def _write(self, into_folder: Callable[[Mapping[str, Any]], object]) -> None:
        """Save the state of the first process, with the random states of the others.

        Raises:
            RuntimeError: the processes have different weights, although they did the same updates.
        """
        if len(set(self._world.gathered(self._components.gan.checksum()))) > 1:
            raise RuntimeError(f"the processes of this run have different weights at step {self.step}")
        others = self._world.gathered(self._random())[1:]
        if self._world.first:
            into_folder({**self.state_dict(), **({"other_processes": others} if others else {})})

    @property
    def window(self) -> ScalarBuffer:
        """The values of the steps since the last reading."""
        return self._readings.window

    @property
    def reported(self) -> dict[str, float]:
        """The last reading by tag."""
        return self._readings.values

    @property
    def verdict(self) -> Verdict:
        """The newest verdict."""
        return self._components.diagnosis.verdict

    @property
    def ranking(self) -> Mapping[str, bool]:
        """Names of the metric results that rank runs, the most important first, and whether small values are good."""
        return self._components.evaluator.ranking

    @property
    def failure(self) -> str:
        """Why the feed needs the run to end, such as a killed worker; empty if all is well."""
        return self._feed.failure

    @property
    def cpu_threads(self) -> CpuThreads:
        """The choice of the number of CPU threads."""
        return self._components.runtime.cpu_threads

    @property
    def game(self) -> Game:
        """The training step."""
        return self._game

    @property
    def feed(self) -> Feed:
        """The training batches."""
        return self._feed

    @property
    def seconds(self) -> float:
        """Wall-clock time of the run so far; earlier processes count up to the checkpoint from which it resumed."""
        return self._earlier + (0.0 if self._began is None else time.perf_counter() - self._began)

    def close(self) -> None:
        """Stop the background work of the feed."""
        self._feed.close()

    def sample(self, drawn: GeneratorInput) -> Batch:
        """Return samples, float32, from the averaged generator if a technique has one, else from the trained one."""
        averages = (technique.sampling_network() for technique in self._components.techniques.values())
        network = next((average for average in averages if average is not None), self._components.gan.generator)
        with self._components.runtime.autocast(self._components.spec), evaluating(network):
            return self._components.gan.fake(drawn, by=network)

    def criticise(self, shown: Batch) -> Tensor:
        """Return the logits (N,), float32, of the discriminator in evaluation mode."""
        gan, runtime = self._components.gan, self._components.runtime
        with runtime.autocast(self._components.spec), evaluating(gan.discriminator, gan.encoder):
            return gan.critic(gan.real(shown))

    def state_dict(self) -> dict[str, Any]:
        """Return everything that a resumed run needs for bit-identical results, including global random states."""
        return {
            "spec": asdict(self._components.spec),
            "gan": self._components.gan.state_dict(),
            "techniques": {name: t.state_dict() for name, t in self._components.techniques.items()},
            "feed": self._feed.state_dict(),
            "reading": self._readings.state_dict(),
            "seconds": self.seconds,
            "random": self._random(),
            "cpu_threads": self.cpu_threads.state_dict(),
        }

    def _random(self) -> dict[str, Tensor | None]:
        """Return the states of torch's global random generators in this process."""
        device = self._components.runtime.device
        cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
        return {"cpu": torch.get_rng_state(), "cuda": cuda}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue after the step at which the state was saved.

        Raises:
            StateMismatchError: the state does not fit the settings; the message names the part.
        """
        now = self.cpu_threads.state_dict()
        state = {"seconds": 0.0, "cpu_threads": now, **state}  # old checkpoints lack them
        others = state.pop("other_processes", [])
        state["techniques"] = without_former(state.get("techniques"), self._components.techniques)
        self._refuse_mismatch(state)
        with restoring("state"):
            self._restore(state)
            self._restore_random([state["random"], *others])

    def _refuse_mismatch(self, state: Mapping[str, Any]) -> None:
        saved, ours = spec_of(state), self._components.spec
        if (saved.kind, saved.shape) != (ours.kind, ours.shape):
            raise StateMismatchError(f"its samples are {saved}, and the data are {ours}")
        fresh = {**self.state_dict(), "step": 0, "spec": state["spec"]}  # the spec of old checkpoints has fewer fields
        for name in self._components.gan.learners:
            fresh["gan"][name]["optimizer"]["state"] = None  # a fresh one may be empty
        fresh["reading"]["values"] = None
        refuse_mismatch("state", state, fresh)

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.step = self._kept = state["step"]
        self._earlier = float(state["seconds"])
        self._components.gan.load_state_dict(state["gan"])
        for name, technique in self._components.techniques.items():
            technique.load_state_dict(state["techniques"][name])
        self._feed.load_state_dict(state["feed"])
        self._readings.load_state_dict(state["reading"])
        self.cpu_threads.load_state_dict(state["cpu_threads"])

    def _restore_random(self, of_processes: Sequence[Mapping[str, Any]]) -> None:
        """Restore the random states of this process; one that is new in this run begins a stream of its own."""
        if self._world.rank >= len(of_processes):
            torch.manual_seed(seed_of(torch.initial_seed(), f"from step {self.step}"))
            return
        random = of_processes[self._world.rank]
        torch.set_rng_state(random["cpu"])
        if random["cuda"] is not None and self._components.runtime.device.type == "cuda":
            torch.cuda.set_rng_state(random["cuda"], self._components.runtime.device)
