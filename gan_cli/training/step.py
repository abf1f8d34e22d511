"""The game: one training step of a GAN. Read this file first.

Nothing here waits for the device: no value is read, no branch depends on a tensor, no shape changes. What the step has
to say, it returns as 0-d tensors that somebody may read later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Side, Technique
from gan_cli.balance.gauges import measure
from gan_cli.data.base import Feed
from gan_cli.losses import Loss
from gan_cli.training.gan import Gan

Values = dict[str, Tensor]
"""What a step reports: tag -> 0-d tensor on the device, detached."""


class Game:
    """The rules by which two networks play against each other.

    Args:
        gan: the players.
        loss: what each of them tries to make small.
        techniques: by name; their hooks are called in this order.
        autocast: the context in which networks run.
        d_steps: discriminator updates per step (alias n_critic).
        g_steps: generator updates per step.
        clip_grad_norm: largest norm of a network's gradient; None does not clip.
    """

    def __init__(
        self,
        gan: Gan,
        loss: Loss,
        techniques: Mapping[str, Technique],
        autocast: AbstractContextManager[object],
        *,
        d_steps: int,
        g_steps: int,
        clip_grad_norm: float | None,
    ) -> None:
        self.gan = gan
        self.loss = loss
        self.techniques = techniques
        self.autocast = autocast
        self.d_steps = d_steps
        self.g_steps = g_steps
        self.clip = clip_grad_norm

    def play(self, feed: Feed) -> Values:
        """One training step: the discriminator's updates, then the generator's.

        The last fakes that the discriminator learnt from are the first that the generator learns from, as in the DCGAN
        reference code: that saves a forward pass of the generator.
        """
        values: Values = {}
        for turns_left in reversed(range(self.d_steps)):
            real = feed.next()
            with torch.set_grad_enabled(turns_left == 0), self.autocast:
                fake = self.gan.generate(len(real)).float()
            values |= self.update_discriminator(real, fake.detach())
        for turn in range(self.g_steps):
            if turn > 0:
                with self.autocast:
                    fake = self.gan.generate(len(real)).float()
            values |= self.update_generator(fake, real)
        for technique in self.techniques.values():
            technique.after_step(self.gan, len(real))
            values |= technique.scalars()
        return values

    def update_discriminator(self, real: Tensor, fake: Tensor) -> Values:
        """Teach the discriminator to tell real (N, *shape) from fake (N, *shape, no graph)."""
        real, fake = self._perturb(real), self._perturb(fake)
        real_logits, fake_logits = self._judge(real, fake)
        targets = (real_logits, fake_logits)
        for technique in self.techniques.values():
            targets = technique.targets(*targets)
        objective = self.loss.discriminator(*targets)
        penalties = {name: t.d_penalty(self.gan, real, fake) for name, t in self.techniques.items()}
        total, values = _with_penalties(objective, penalties)
        norm = self.gan.d.descend(total, clip=self.clip, gates=self._gates("discriminator"))
        gauges = measure(real_logits.detach(), fake_logits.detach(), cut=self.loss.real_cut)
        return values | gauges | {"loss/discriminator": objective.detach(), "grad_norm/discriminator": norm}

    def update_generator(self, fake: Tensor, real: Tensor) -> Values:
        """Teach the generator to be taken for real; the discriminator looks on without learning."""
        fake = self._perturb(fake)
        with _frozen(self.gan.discriminator):
            rivals = [self._perturb(real)] if self.loss.compares_pairs else []
            fake_logits, *real_logits = self._judge(fake, *rivals)
            objective = self.loss.generator(fake_logits, *real_logits)
            penalties = {name: t.g_penalty(self.gan, fake) for name, t in self.techniques.items()}
            total, values = _with_penalties(objective, penalties)
            norm = self.gan.g.descend(total, clip=self.clip, gates=self._gates("generator"))
        return values | {"loss/generator": objective.detach(), "grad_norm/generator": norm}

    def _perturb(self, samples: Tensor) -> Tensor:
        for technique in self.techniques.values():
            samples = technique.perturb(samples)
        return samples

    def _judge(self, *batches: Tensor) -> list[Tensor]:
        """Logits (N,) of each batch; one at a time, so that batch norm sees real and fake apart."""
        with self.autocast:
            return [self.gan.discriminator(samples).float() for samples in batches]

    def _gates(self, side: Side) -> list[Tensor]:
        opinions = (technique.gate(side) for technique in self.techniques.values())
        return [gate for gate in opinions if gate is not None]


def _with_penalties(objective: Tensor, penalties: Mapping[str, Tensor | None]) -> tuple[Tensor, Values]:
    """The objective plus all penalties, and each penalty under its tag."""
    given = {name: term for name, term in penalties.items() if term is not None}
    return sum(given.values(), objective), {f"penalty/{name}": term.detach() for name, term in given.items()}


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Spare the gradients of weights that are not going to move."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
