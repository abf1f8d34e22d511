"""Unrolled GAN: the generator's loss uses the discriminator as it would be a few steps later."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Le
from torch import Tensor
from torch.func import functional_call

from gan_cli.balance.base import Technique
from gan_cli.game import Batch, Critic, Players
from gan_cli.schedule import Ramp, Schedule

State = dict[str, Tensor]
"""Parameters or buffers by name."""


class Unrolled(Technique):
    """Lets the generator learn from the discriminator's next steps, so that it cannot win with one mode only.

    w_0 = w_D,  w_{i+1} = w_i - lr dL_D(w_i) / dw_i.  The generator's loss is L_G(G, w_k). With `through`, its gradient
    includes how w_k depends on G:  dL_G/dG + dL_G/dw_k dw_k/dG.
    Metz et al. (2017), arXiv:1611.02163, section 2.2.

    The real discriminator is not changed, nor are its statistics and spectral vectors. All virtual steps use one batch
    of real and fake samples. They are plain gradient descent, as in the paper's formulas (its experiments use Adam),
    without the penalties of other techniques, and run in float32.
    Cost of each virtual step: about five updates of the discriminator with `through`, two without.

    Args:
        steps: number of virtual steps k, 1 to 20; 1, 5 and 10 in the paper.
        lr: step size of the virtual steps, > 0; not comparable with Adam's learning rate. If it is too large, the
            generator's gradient explodes.
        through: differentiate through the virtual steps (second order); if false, the generator's gradient ignores its
            own influence on the later discriminator.
    """

    def __init__(
        self,
        *,
        steps: Annotated[int, Ge(1), Le(20)] = 5,
        lr: Annotated[float, Gt(0)] | Ramp = 0.01,
        through: bool = True,
    ) -> None:
        self.steps = steps
        self.lr = Schedule(lr)
        self.through = through
        self._held: frozenset[str] = frozenset()

    def attach(self, players: Players) -> None:
        """Note the weights that the discriminator's author has frozen: they do not learn in virtual steps either."""
        named = players.discriminator.named_parameters()
        self._held = frozenset(name for name, weight in named if not weight.requires_grad)

    def critic_for_generator(self, players: Players, real: Batch, fake: Batch) -> Critic:
        """Return the discriminator after k virtual steps, with its own weights and buffers."""
        network = players.discriminator
        # the discriminator is frozen in the generator's turn, but its virtual copy must learn
        learning = {name: p for name, p in network.named_parameters() if name not in self._held}
        weights = {name: p.detach().requires_grad_() for name, p in learning.items()}
        buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
        shown = fake if self.through else fake.detach()
        with torch.autocast(fake.x.device.type, enabled=False):
            rate = self.lr.at(players.step)
            for _ in range(self.steps):
                virtual = _critic(players, weights, buffers)
                loss = players.loss.discriminator(virtual(real), virtual(shown))
                weights = self._descend(weights, loss, rate)
        if not self.through:
            weights = {name: weight.detach() for name, weight in weights.items()}
        return _critic(players, weights, buffers)

    def _descend(self, weights: State, loss: Tensor, rate: Tensor) -> State:
        slopes = torch.autograd.grad(
            loss, list(weights.values()), create_graph=self.through, allow_unused=True, materialize_grads=True
        )
        moved = {name: weight - rate * slope for (name, weight), slope in zip(weights.items(), slopes, strict=True)}
        return moved if self.through else {name: weight.detach().requires_grad_() for name, weight in moved.items()}


def _critic(players: Players, weights: State, buffers: State) -> Critic:
    """Return the discriminator with these weights and buffers instead of its own."""

    def virtual(*shown: Tensor) -> Tensor:
        logits: Tensor = functional_call(players.discriminator, {**weights, **buffers}, shown)
        return logits

    return partial(players.critic, by=virtual)
