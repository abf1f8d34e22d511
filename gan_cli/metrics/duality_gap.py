"""Duality gap: how far each network could still improve against the other; no labels, any domain."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from annotated_types import Ge, Gt
from torch import Tensor, nn

from gan_cli.metrics.base import Contest, Metric, Trial

_FEWEST_HELD_OUT = 32


class DualityGap(Metric):
    """`duality_gap`: max_D' M(G, D') - min_G' M(G', D), M = -L_D, in units of the loss; 0 only at an equilibrium.

    Copies of both networks improve for a bounded number of steps each, D' on one half of the held-out data, G' by its
    own loss; the other half says what was gained. `minimax_loss` is max_D' M(G, D') alone, which ranks generators.
    Grnarova et al. (2019), "A domain agnostic measure for monitoring and evaluating GANs", arXiv:1811.05512. The bound
    makes it a lower estimate. The run's networks are not touched, no global random number is drawn.

    Args:
        steps: training steps of each copy.
        lr: Adam's learning rate for the copies (betas 0.5, 0.999).
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

    def lacks(self, trial: Trial) -> str | None:
        """Samples alone have no opponent."""
        held = trial.reference.holdout
        if trial.contest is None:
            return "needs the networks of a run"
        if held is None or len(held) < _FEWEST_HELD_OUT:
            return f"needs {_FEWEST_HELD_OUT} held-out samples; give data.holdout"
        return None

    def measure(self, trial: Trial) -> dict[str, float]:
        """Both."""
        assert trial.contest is not None
        assert trial.reference.holdout is not None
        device = trial.fake.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(0)
            halves = trial.reference.holdout.samples[::2], trial.reference.holdout.samples[1::2]
            best, worst = (self._improved(side, trial.contest, *halves) for side in ("discriminator", "generator"))
        return {"duality_gap": (best - worst).item(), "minimax_loss": best.item()}

    def _improved(self, side: str, contest: Contest, seen: Tensor, unseen: Tensor) -> Tensor:
        """M after a copy of one network has improved against the other as it stands."""
        match = _Match(_copies(contest), torch.Generator().manual_seed(1), self._batch_size)
        loss = {"discriminator": match.discriminator_loss, "generator": match.generator_loss}[side]
        _descend(getattr(match.contest, side), lambda: loss(seen), steps=self._steps, lr=self._lr)
        with torch.no_grad():
            rounds = max(1, len(unseen) // self._batch_size)
            return -torch.stack([match.discriminator_loss(unseen) for _ in range(rounds)]).mean()


@dataclass
class _Match:
    """Losses of two networks on random batches."""

    contest: Contest
    rng: torch.Generator
    batch_size: int

    def discriminator_loss(self, real: Tensor) -> Tensor:
        """L_D on a batch."""
        return self.contest.loss.discriminator(*self._logits(real))

    def generator_loss(self, real: Tensor) -> Tensor:
        """L_G on a batch."""
        on_real, on_fake = self._logits(real)
        return self.contest.loss.generator(on_fake, on_real if self.contest.loss.compares_pairs else None)

    def _logits(self, real: Tensor) -> tuple[Tensor, Tensor]:
        count = min(self.batch_size, len(real) // 2 * 2)
        rows = torch.randperm(len(real), generator=self.rng)[:count].to(real.device)
        seed = int(torch.randint(2**31, (), generator=self.rng))
        fake = self.contest.generator(self.contest.draw(count, seed))
        return self.contest.discriminator(real[rows]).float(), self.contest.discriminator(fake).float()


def _copies(contest: Contest) -> Contest:
    """Both networks copied, in training mode, where batch norm uses the batch's own statistics."""
    networks = (copy.deepcopy(network).train() for network in (contest.generator, contest.discriminator))
    generator, discriminator = (network.requires_grad_(False) for network in networks)
    return replace(contest, generator=generator, discriminator=discriminator)


@torch.enable_grad()
def _descend(network: nn.Module, loss: Callable[[], Tensor], *, steps: int, lr: float) -> None:
    network.requires_grad_(True)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr, betas=(0.5, 0.999))
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(loss())
        optimizer.step()
