"""The base class of techniques: a technique changes the training only through these hooks, in this order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.game import Batch, Critic, Players, Side
from gan_cli.spec import SampleSpec


@dataclass(frozen=True)
class UpdateContext:
    """The samples and logits of one update, from which penalties are computed.

    Attributes:
        real: real samples as the discriminator sees them.
        fake: fake samples as the discriminator sees them; in the generator's turn with the generator's graph.
        fake_logits: logits of `fake`, with the graph to the network that is updated.
        real_logits: logits of `real`; None in the generator's turn unless the loss compares pairs.
        update: number of discriminator updates before this one, of the whole run.
        clean: the real samples before any technique perturbed them.
    """

    real: Batch
    fake: Batch
    fake_logits: Tensor
    real_logits: Tensor | None = None
    update: int = 0
    clean: Batch | None = None


def required_features(players: Players, purpose: str) -> Critic:
    """Return the function from samples to D's features, for a technique that cannot do without.

    Args:
        players: the networks.
        purpose: what the features are for, in words that follow "to".

    Raises:
        SettingError: the discriminator does not expose its features.
    """
    if players.features is None:
        remedy = f"shows no features to {purpose}; use discriminator=conv, mlp or resnet"
        raise SettingError("/discriminator", type(players.discriminator).__name__, remedy)
    return players.features


class Technique:
    """A balancing technique. Every hook does nothing until a subclass overrides it.

    All hooks from `mix_fakes` to `scalars` run inside a training step. They must not wait for the device: no `.item()`,
    no branch on a tensor. Strengths that change over time are 0-d tensors, read from a `Schedule` at `players.step`.
    Penalties are computed outside autocast, in float32.
    """

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator; a technique may change its sample format or wrap it in another module.

        Raises:
            SettingError: this technique does not work with this discriminator or this data.
        """
        return build(spec)

    def attach(self, players: Players) -> None:
        """Called once, after the networks are built and moved to their device.

        Raises:
            SettingError: this technique does not work with this loss, these networks or this data.
        """

    def phase(self, update: int) -> Hashable:
        """Return what the operations of the update after `update` others depend on, besides the values of tensors.

        A step may be recorded once for each phase and then repeated without calling the hooks. So a hook may use a
        number of the host only if `phase` is a function of it.
        """
        return None

    def mix_fakes(self, fake: Batch) -> Batch:
        """Return the fakes that the discriminator learns from: `fake`, new and without graph, or old ones for some."""
        return fake

    def perturb(self, samples: Tensor) -> Tensor:
        """Real or fake samples (N, *shape) -> samples (N, *shape) that the discriminator sees in their place."""
        return samples

    def relabel(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) of real and (M,) of fake samples -> logits (N,), (M,) for D's loss; a swap flips their labels."""
        return real, fake

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor | None:
        """Return a 0-d term that is added to the discriminator's loss, at every step, or always None."""
        return None

    def critic_for_generator(self, players: Players, real: Batch, fake: Batch) -> Critic | None:
        """Return a critic that replaces the discriminator in the generator's loss; None keeps the discriminator.

        Called at the start of the generator's turn, inside autocast, with samples as the discriminator sees them
        (`fake` with the generator's graph).
        """
        return None

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor | None:
        """Return a 0-d term that is added to the generator's loss, at every step, or always None."""
        return None

    def gate(self, side: Side) -> Tensor | None:
        """Return a 0-d float tensor, 1 to update this network and 0 to hold it; or always None for no effect."""
        return None

    def rate(self, side: Side) -> Tensor | None:
        """Return a 0-d float tensor that multiplies this network's learning rate; or always None for no effect."""
        return None

    def after_update(self, players: Players, side: Side) -> None:
        """Called after each optimizer step of this network."""

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Called after each full training step of `batch_size` real samples, with the step's results by tag."""

    def scalars(self) -> dict[str, Tensor]:
        """Values to log by tag, 0-d tensors on the device; the same tags at every step."""
        return {}

    def sampling_network(self) -> nn.Module | None:
        """A generator to sample from instead of the trained one (an average of weights), or None."""
        return None

    former_state: ClassVar[frozenset[str]] = frozenset()
    """Entries of `state_dict` in checkpoints of earlier versions that are not needed any more."""

    def state_dict(self) -> dict[str, Any]:
        """The state that a bit-equal resume needs."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` returned; `attach` was called before."""
