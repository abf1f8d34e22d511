"""What the benchmark asks of a training loop, and the figures that it takes of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import torch

from gan_cli.config.check import Node

LoopName = Literal["ours", "plain"]
"""The two training loops: that of `gan train`, and that of tutorials."""


@dataclass(frozen=True)
class Candidate:
    """One of the trainings that are compared.

    Attributes:
        label: its name on the screen and in messages.
        loop: its training loop.
        config: a checked config with plain values.
    """

    label: str
    loop: LoopName
    config: Node


@dataclass(frozen=True)
class StepTimes:
    """The parts of a training step.

    Attributes:
        data: seconds per step until the batches are on the device, normalised.
        discriminator: seconds per step for the updates of the discriminator.
        generator: seconds per step for everything else of the step: the fakes, the updates of the generator.
        readings: seconds per step for what is read and written beside the training.
        of_readings: seconds of one reading, one picture and so on, by name, and not per step.
    """

    data: float
    discriminator: float
    generator: float
    readings: float
    of_readings: Mapping[str, float]


class Loop(Protocol):
    """A training loop, ready to run, whose time and work can be measured."""

    @property
    def device(self) -> torch.device:
        """The device of the networks."""
        ...

    @property
    def batch_size(self) -> int:
        """Number of real samples per step."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of matrix products and convolutions."""
        ...

    @property
    def recorded(self) -> bool:
        """Whether steps are replayed from a recording; `times` then executes them directly."""
        ...

    def run(self, steps: int) -> float:
        """Train for a number of steps and return the seconds that they took, until the device has finished."""
        ...

    def times(self, steps: int) -> StepTimes:
        """Train for a number of steps more, and return the time of each part of a step."""
        ...

    def multiply_adds(self) -> float:
        """Train a little more, and return the multiply-adds per step, counted while they are executed."""
        ...

    def host_waits(self) -> float:
        """Train a little more, and return how often per step the host waits for a value, without the data."""
        ...

    def close(self) -> None:
        """End the work in the background."""
        ...
