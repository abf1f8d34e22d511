"""The Technique protocol: everything that may bend the game passes through these hooks, in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from gan_cli.game import Batch, Critic, Players, Side
from gan_cli.spec import SampleSpec


@dataclass(frozen=True)
class UpdateContext:
    """What one update has in hand when the penalties are asked for.

    Attributes:
        real: real samples as the discriminator is shown them.
        fake: fake samples as the discriminator is shown them; with the generator's graph in its own turn.
        fake_logits: of `fake`, with the graph that leads to the network whose turn it is.
        real_logits: of `real`; None in the generator's turn unless the loss compares pairs.
    """

    real: Batch
    fake: Batch
    fake_logits: Tensor
    real_logits: Tensor | None = None


class Technique:
    """A balancing technique: every hook does nothing until a subclass says otherwise.

    All hooks from `recall` on run inside a training step, so they may not wait for the device: no `.item()`, no
    branch on a tensor. Strengths that change over time are 0-d tensors, read from a `Schedule` at `players.step`.
    Penalties are asked for outside autocast, in float32.
    """

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator, on another kind of sample or with something around it.

        Raises:
            SettingError: this discriminator or this data does not allow it.
        """
        return build(spec)

    def attach(self, players: Players) -> None:
        """Called once, after the networks are built and moved to their device.

        Raises:
            SettingError: this technique has no meaning with this loss, these networks or this data.
        """

    def mix_fakes(self, fake: Batch) -> Batch:
        """Fresh fakes, no graph, before the discriminator learns from them; old ones may replace some."""
        return fake

    def perturb(self, samples: Tensor) -> Tensor:
        """Real or fake samples (N, *shape) on their way to the discriminator."""
        return samples

    def relabel(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) of real and fake samples before the discriminator's loss; swap some to flip their labels."""
        return real, fake

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor | None:
        """A 0-d term that is added to the discriminator's loss; the same answer, term or None, at every step."""
        return None

    def critic_for_generator(self, players: Players, real: Batch, fake: Batch) -> Critic | None:
        """Who judges the generator's samples in place of the discriminator; None leaves it to the discriminator.

        Asked for at the start of the generator's turn, inside autocast, with samples as the discriminator sees them
        (`fake` with the generator's graph).
        """
        return None

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor | None:
        """A 0-d term that is added to the generator's loss; the same answer, term or None, at every step."""
        return None

    def gate(self, side: Side) -> Tensor | None:
        """A 0-d float tensor: 1 lets this network take its step, 0 holds it back; None has no opinion, ever."""
        return None

    def rate(self, side: Side) -> Tensor | None:
        """A 0-d float tensor that multiplies this network's learning rate; None has no opinion, ever."""
        return None

    def after_update(self, players: Players, side: Side) -> None:
        """Called after each optimizer step of this network."""

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Called after each full training step of `batch_size` real samples, with what the step reports by tag."""

    def scalars(self) -> dict[str, Tensor]:
        """Values to log by tag, 0-d tensors on the device; the same tags at every step."""
        return {}

    def sampling_network(self) -> nn.Module | None:
        """A generator to sample from in place of the trained one (an average of weights), or None."""
        return None

    def state_dict(self) -> dict[str, Any]:
        """All that a bit-equal continuation needs."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
