"""The reference for the benchmark: the training loop of tutorials on the same networks. It is used for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor

from gan_cli.benchmark.base import StepTimes
from gan_cli.benchmark.clock import PhaseClock, finished
from gan_cli.benchmark.host_waits import HostWaits
from gan_cli.benchmark.plain_data import endless_batches, plain_dataset
from gan_cli.benchmark.work import count_multiply_adds
from gan_cli.config.check import Node
from gan_cli.data.base import split_of
from gan_cli.session.assemble import Parts


class PlainLoop:
    """A training loop with float32, contiguous samples and a DataLoader, which reads every loss after every step.

    It follows PyTorch's DCGAN example: cross-entropy, D on real samples, D on fakes, G through D. It has the networks,
    the optimizers and the numbers of updates of the settings, and none of their techniques.

    Args:
        config: a checked config with plain values.
        workers: worker processes of the DataLoader.
    """

    dtype = torch.float32
    recorded = False

    def __init__(self, config: Node, *, workers: int) -> None:
        slow = {**config["runtime"], "precision": "float32", "channels_last": False}
        parts = Parts({**config, "runtime": slow, "encoder": None})
        runtime, source = parts.runtime(), parts.source()
        torch.manual_seed(config["seed"])
        if runtime.threads is not None:
            torch.set_num_threads(runtime.threads)
        self.device: torch.device = runtime.device
        self.batch_size = int(config["trainer"]["batch_size"])
        self._d_steps, self._g_steps = (int(config["trainer"].get(f"{side}_steps", 1)) for side in "dg")
        self._gan = parts.gan(source.spec, runtime, {})
        dataset = plain_dataset(split_of(source).train, source.spec)
        self._batches = endless_batches(
            dataset, self.batch_size, workers=workers, pin_memory=self.device.type == "cuda"
        )

    def run(self, steps: int) -> float:
        """Train for a number of steps and return the seconds that they took."""
        started = finished(self.device)
        for _ in range(steps):
            self._step()
        return finished(self.device) - started

    def times(self, steps: int) -> StepTimes:
        """Train for a number of steps more, and return the time of each part, with a wait for the device around it."""
        clock = PhaseClock(self.device)
        for _ in range(steps):
            self._step(clock.phase)
        part = {name: clock.seconds[name] / steps for name in ("data", "discriminator", "generator", "readings")}
        return StepTimes(**part, of_readings={})

    def multiply_adds(self) -> float:
        """Return the multiply-adds of a step."""
        return count_multiply_adds(self._step)

    def host_waits(self) -> float:
        """Return how often the host waits in a step, without the data."""
        told: list[str] = []

        def phase(name: str) -> AbstractContextManager[object]:
            return nullcontext() if name == "data" else HostWaits(told.append, self.device)

        self._step(phase)
        return len(told)

    def close(self) -> None:
        """Do nothing: the workers of the DataLoader end with this process."""

    def _step(self, phase: Callable[[str], AbstractContextManager[object]] = nullcontext) -> tuple[float, ...]:
        """Do one step: the updates of D, those of G, and the reading of losses and shares, each in a context."""
        for _ in range(self._d_steps):
            with phase("data"):
                real = next(self._batches).to(self.device)
            with phase("generator"):
                fake = self._fake()
            with phase("discriminator"):
                loss, *judged = self._update_discriminator(real, fake.detach())
        for number in range(self._g_steps):
            with phase("generator"):
                generator_loss, fooled = self._update_generator(fake if number == 0 else self._fake())
        with phase("readings"):
            shares = (logits.sigmoid().mean().item() for logits in (*judged, fooled))
            return (loss.item(), generator_loss.item(), *shares)

    def _fake(self) -> Tensor:
        fake: Tensor = self._gan.generator(self._gan.latent.draw(self.batch_size, device=self.device))
        return fake

    def _update_discriminator(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss, the logits of the real and those of the fake samples."""
        discriminator = self._gan.discriminator
        discriminator.zero_grad()
        real_logits = discriminator(real)
        real_loss = F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
        real_loss.backward()  # type: ignore[no-untyped-call]
        fake_logits = discriminator(fake)
        fake_loss = F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
        fake_loss.backward()  # type: ignore[no-untyped-call]
        self._gan.d.optimizer.step()
        return real_loss + fake_loss, real_logits, fake_logits

    def _update_generator(self, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss and the logits of the fake samples."""
        self._gan.generator.zero_grad()
        logits = self._gan.discriminator(fake)
        loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        loss.backward()  # type: ignore[no-untyped-call]
        self._gan.g.optimizer.step()
        return loss, logits
