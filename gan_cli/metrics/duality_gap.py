"""Duality gap: how much each network could still improve against the other. Needs no labels; works for all data."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from typing import Annotated

import torch
from annotated_types import Ge, Gt
from torch import Tensor, nn

from gan_cli.game import Batch, Players, Side, evaluating
from gan_cli.metrics.base import Metric, MetricInputs

_FEWEST_HELD_OUT = 32
_SIDES: tuple[Side, ...] = ("discriminator", "generator")


class DualityGap(Metric):
    """`duality_gap`: max_D' M(G, D') - min_G' M(G', D), M = -L_D, in units of the loss; 0 only at an equilibrium.

    A copy of each network, D' and G', is trained for a fixed number of steps by its own loss, on one half of the
    held-out data. M is then measured on the other half. `minimax_loss` is max_D' M(G, D') alone, which ranks
    generators. Grnarova et al. (2019), "A domain agnostic measure for monitoring and evaluating GANs",
    arXiv:1811.05512. The estimate is too low because the number of steps is limited. The run's networks and the global
    random state do not change.

    Args:
        steps: training steps of each copy.
        lr: learning rate of Adam for the copies (betas 0.5, 0.999).
        batch_size: samples per step.
    """

    results = {"duality_gap": "low", "minimax_loss": "low"}
    has_floor = False

    def __init__(
        self,
        *,
        steps: Annotated[int, Ge(1)] = 50,
        lr: Annotated[float, Gt(0)] = 1e-3,
        batch_size: Annotated[int, Ge(2)] = 64,
    ) -> None:
        self._steps = steps
        self._lr = lr
        self._batch_size = batch_size

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The copies need the networks of a run and held-out samples to train on."""
        held = inputs.reference.holdout
        if inputs.players is None:
            return "needs the networks of a run"
        if held is None or len(held) < _FEWEST_HELD_OUT:
            return f"needs {_FEWEST_HELD_OUT} held-out samples; give data.holdout"
        return None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        players, held = inputs.players, inputs.reference.holdout
        assert players is not None
        assert held is not None
        device = held.x.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(0)
            halves = held.take(slice(None, None, 2)), held.take(slice(1, None, 2))
            best, worst = (self._improved(side, players, *halves) for side in _SIDES)
        return {"duality_gap": (best - worst).item(), "minimax_loss": best.item()}

    def _improved(self, side: Side, players: Players, seen: Batch, unseen: Batch) -> Tensor:
        """Return M after a copy of one network was trained against the unchanged other one."""
        copied = _Copies(players, torch.Generator().manual_seed(1), self._batch_size)
        loss = {"discriminator": copied.discriminator_loss, "generator": copied.generator_loss}[side]
        _descend(copied.learning[side], lambda: loss(seen), steps=self._steps, lr=self._lr)
        with torch.no_grad():
            rounds = max(1, len(unseen) // self._batch_size)
            return -torch.stack([copied.discriminator_loss(unseen) for _ in range(rounds)]).mean()


class _Copies:
    """Copies of both networks, and their losses on random batches.

    The copies are in training mode, where batch norm uses the batch's own statistics.
    """

    def __init__(self, players: Players, rng: torch.Generator, batch_size: int) -> None:
        self._players = players
        self._rng = rng
        self._batch_size = batch_size
        networks: dict[Side, nn.Module] = {
            "generator": players.generator,
            "discriminator": players.discriminator,
        }
        packing = (each for each in players.discriminator.modules() if getattr(each, "packs", False))
        self._several = math.lcm(2, *(getattr(each, "samples", 1) for each in packing))
        self.copies = {side: copy.deepcopy(net).train() for side, net in networks.items()}
        self.learning = {side: [p for p in net.parameters() if p.requires_grad] for side, net in self.copies.items()}
        for weights in (p for learning in self.learning.values() for p in learning):
            weights.requires_grad_(False)

    def discriminator_loss(self, real: Batch) -> Tensor:
        """Return L_D on a random batch of these samples."""
        return self._players.loss.discriminator(*self._logits(real))

    def generator_loss(self, real: Batch) -> Tensor:
        """Return L_G on a random batch of these samples."""
        on_real, on_fake = self._logits(real)
        loss = self._players.loss
        return loss.generator(on_fake, on_real if loss.compares_pairs else None)

    def _logits(self, held: Batch) -> tuple[Tensor, Tensor]:
        count = max(min(self._batch_size, len(held)) // self._several, 1) * self._several
        rows = torch.randperm(len(held), generator=self._rng)[:count]
        seed = int(torch.randint(2**31, (), generator=self._rng))
        with evaluating(self._players.encoder):
            real = self._players.real(held.take(rows))
        fake = self._players.fake(self._players.draw(count, seed), by=self.copies["generator"])
        on_real, on_fake = (self._players.critic(shown, by=self.copies["discriminator"]) for shown in (real, fake))
        return on_real, on_fake


@torch.enable_grad()
def _descend(learning: Sequence[Tensor], loss: Callable[[], Tensor], *, steps: int, lr: float) -> None:
    for weights in learning:
        weights.requires_grad_(True)
    if not learning:
        return
    optimizer = torch.optim.Adam(learning, lr=lr, betas=(0.5, 0.999))
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(loss())
        optimizer.step()
