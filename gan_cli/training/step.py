"""The game: one training step of a GAN. Read this file first.

Nothing here waits for the device: no value is read, no branch depends on a tensor, no shape changes. The step returns
its results as 0-d tensors, which are read later.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.diagnosis.step_gauges import gradient_signal, measure
from gan_cli.game import Batch, Critic, Network, Side, joined
from gan_cli.training.gan import Gan, descend

Values = dict[str, Tensor]
"""The results of a step: tag -> 0-d tensor on the device, detached."""


class Game:
    """The training step: it updates the two networks in turn and calls the hooks of the techniques.

    Args:
        gan: the two networks with their optimizers, and the loss.
        techniques: techniques by name; their hooks are called in this order.
        autocast: the context in which the networks run.
        d_steps: discriminator updates per step (alias n_critic).
        g_steps: generator updates per step.
        clip_grad_norm: maximum norm of a network's gradient; None does not clip.
        compiled: network -> the network as the updates call it; techniques call the networks as they are.
    """

    def __init__(
        self,
        gan: Gan,
        techniques: Mapping[str, Technique],
        autocast: AbstractContextManager[object],
        *,
        d_steps: int,
        g_steps: int,
        clip_grad_norm: float | None,
        compiled: Callable[[nn.Module], Network] = lambda network: network,
    ) -> None:
        self.gan = gan
        self.loss = gan.loss
        self.techniques = techniques
        self.autocast = autocast
        self.d_steps = d_steps
        self.g_steps = g_steps
        self.clip = clip_grad_norm
        self._generator = compiled(gan.generator)
        self._critic = partial(gan.critic, by=compiled(gan.discriminator))

    def phase(self, update: int) -> Hashable:
        """Return what distinguishes the step after `update` discriminator updates: the phases of all techniques.

        Steps with equal phases do the same operations on tensors; only the values differ.
        """
        updates = range(update, update + self.d_steps)
        return tuple(technique.phase(each) for each in updates for technique in self.techniques.values())

    def play(self, fed: Sequence[Batch], *, update: int) -> Values:
        """Do one training step: the discriminator's updates, then the generator's.

        The generator's first update uses the fakes of the discriminator's last update, as in the DCGAN reference code.
        This saves a forward pass of the generator. In a game with labels, fakes are of the classes of the real samples.

        If several processes train together, the values of the step are means over all of them, so that controllers
        decide the same in each process.

        Args:
            fed: a batch of the data for each update of the discriminator; the part of this process.
            update: number of discriminator updates before this step.
        """
        values: Values = {}
        for number, batch in enumerate(fed, update):
            last = number == update + len(fed) - 1
            with torch.set_grad_enabled(last), self.autocast:
                real = self.gan.real(batch)
                fake = self.gan.fake(self.gan.draw(len(real), y=real.y), by=self._generator)
            values |= self.update_discriminator(real.detach(), fake.detach(), number)
        for context in range(self.g_steps):
            if context > 0:
                with self.autocast:
                    real = self.gan.real(batch)
                    fake = self.gan.fake(self.gan.draw(len(real), y=real.y), by=self._generator)
            values |= self.update_generator(fake, real, update + len(fed))
        self.gan.step += 1
        values = self.gan.world.means(values)
        for technique in self.techniques.values():
            technique.after_step(self.gan, len(real) * self.gan.world.size, values)
            values |= technique.scalars()
        return values

    def update_discriminator(self, real: Batch, fake: Batch, update: int) -> Values:
        """Train the discriminator to distinguish real from fake samples; `fake` has no graph."""
        for technique in self.techniques.values():
            fake = technique.mix_fakes(fake)
        clean, real, fake = real, self._perturb(real), self._perturb(fake)
        real_logits, fake_logits = self._logits(self._critic, real, fake)
        targets = (real_logits, fake_logits)
        for technique in self.techniques.values():
            targets = technique.relabel(*targets)
        objective = self.loss.discriminator(*targets)
        context = UpdateContext(real, fake, fake_logits, real_logits, update, clean)
        penalties = {name: t.d_penalty(self.gan, context) for name, t in self.techniques.items()}
        total, values = _with_penalties(objective, penalties, "penalty/{}")
        norm = self._descend("discriminator", total)
        gauges = measure(real_logits.detach(), fake_logits.detach(), cut=self.loss.real_cut)
        return values | gauges | {"loss/discriminator": objective.detach(), "grad_norm/discriminator": norm}

    def update_generator(self, fake: Batch, real: Batch, update: int) -> Values:
        """Train the generator to make the discriminator answer "real"; the discriminator's weights do not change."""
        fake.x.retain_grad()
        clean, shown, real = real, self._perturb(fake), self._perturb(real)
        with self.gan.d.frozen():
            rivals = [real] if self.loss.compares_pairs or self.gan.encoder is not None else []
            fake_logits, *compared = self._logits(self._critic_for_generator(real, shown), shown, *rivals)
            objective, parts = self._generator_loss(fake_logits, *compared)
            context = UpdateContext(real, shown, fake_logits, compared[0] if compared else None, update, clean)
            penalties = {name: t.g_penalty(self.gan, context) for name, t in self.techniques.items()}
            total, values = _with_penalties(objective, penalties, "penalty/{}/generator")
            norm = self._descend("generator", total)
        signals = {"balance/signal": gradient_signal(fake.x), "grad_norm/generator": norm}
        return values | signals | parts | {"loss/generator": objective.detach()}

    def _generator_loss(self, fake: Tensor, real: Tensor | None = None) -> tuple[Tensor, Values]:
        """Return the loss of the generator's side, and the part of the encoder, which wants real pairs taken for fake.

        L_G(D(G(z), z)) + L_G(2 cut - D(x, E(x))): the logits of real pairs, mirrored at the cut, are those of fakes. A
        loss that compares pairs has both directions already. Donahue et al. (2017), arXiv:1605.09782, section 3.4.
        """
        if self.loss.compares_pairs or real is None:
            return self.loss.generator(fake, real), {}
        of_encoder = self.loss.generator(2.0 * self.loss.real_cut - real)
        return self.loss.generator(fake) + of_encoder, {"loss/encoder": of_encoder.detach()}

    def _descend(self, side: Side, total: Tensor) -> Tensor:
        """Do one optimizer step of one network, with the techniques' gates and rates; return the gradient's norm."""
        gates = [gate for t in self.techniques.values() if (gate := t.gate(side)) is not None]
        rates = [rate for t in self.techniques.values() if (rate := t.rate(side)) is not None]
        players = self.gan.on_side(side)
        norm = descend(players, total, step=self.gan.step, clip=self.clip, gates=gates, rates=rates)
        for technique in self.techniques.values():
            technique.after_update(self.gan, side)
        return norm

    def _critic_for_generator(self, real: Batch, fake: Batch) -> Critic:
        """Return the critic of the generator's samples: the discriminator, unless a technique replaces it."""
        with self.autocast:
            brought = (technique.critic_for_generator(self.gan, real, fake) for technique in self.techniques.values())
            return next((critic for critic in brought if critic is not None), self._critic)

    def _perturb(self, batch: Batch) -> Batch:
        samples = batch.x
        for technique in self.techniques.values():
            samples = technique.perturb(samples)
        return batch.with_x(samples)

    def _logits(self, critic: Critic, *batches: Batch) -> list[Tensor]:
        """Return the logits (N,) of each batch, all from one pass where each sample is judged alone.

        Otherwise each batch has a pass of its own, so that batch norm does not mix real and fake.
        """
        with self.autocast:
            if len(batches) == 1 or critic is not self._critic or not self.gan.judges_alone:
                return [critic(shown).float() for shown in batches]
            return list(critic(joined(batches)).float().split([len(shown) for shown in batches]))


def _with_penalties(objective: Tensor, penalties: Mapping[str, Tensor | None], tag: str) -> tuple[Tensor, Values]:
    """Return the objective plus all penalties, and each penalty by its tag."""
    given = {name: term for name, term in penalties.items() if term is not None}
    return sum(given.values(), objective), {tag.format(name): term.detach() for name, term in given.items()}
