"""Augmentation whose strength follows the overfitting of the discriminator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Le, MinLen
from torch import Tensor

from gan_cli.balance.augmentations import EVERYTHING, Augmentation, Operation, Share
from gan_cli.balance.base import Technique
from gan_cli.game import Players


class AdaptiveAugment(Technique):
    """Adaptive discriminator augmentation (ADA): the probability p rises while D is too sure of real samples.

    r_t = E[sign(D(x_train))],  p <- clip(p + sign(mean r_t - target) n / speed, 0, max_probability), where n real
    samples were seen since the last adjustment. Karras et al. (2020), arXiv:2006.06676, section 3.

    For a loss that only compares logits (Wasserstein, relativistic), the sign of one logit has no meaning. There r_t is
    2 P(D(x) > D(G(z))) - 1 instead. The operations are those of `DiffAugment`, without the paper's rotations and colour
    filters. A logit exactly at the cut counts as "fake".

    Args:
        target: target value of r_t, [-1, 1]; 0.6 means that 80 % of the real samples are classified as real.
        max_probability: upper limit of p, [0, 1]; above the paper's 0.8 the changes leak into the generated samples.
        speed: real samples in which p can rise from 0 to 1, > 0; the paper's 500,000 suits runs of millions.
        every: training steps between adjustments, >= 1; r_t is averaged over them.
        policy: operations in order, as in `diff_augment`.
        translation: largest shift along each axis, as a share of its size, [0, 1].
        cutout: side length of the box that is set to 0, as a share of each axis, [0, 1].
    """

    def __init__(
        self,
        *,
        target: Annotated[float, Ge(-1), Le(1)] = 0.6,
        max_probability: Share = 0.8,
        speed: Annotated[float, Gt(0)] = 100_000.0,
        every: Annotated[int, Ge(1)] = 4,
        policy: Annotated[Sequence[Operation], MinLen(1)] = EVERYTHING,
        translation: Share = 0.125,
        cutout: Share = 0.5,
    ) -> None:
        self.target = target
        self.max_probability = max_probability
        self.speed = speed
        self.every = every
        self._settings = (policy, translation, cutout)

    def attach(self, players: Players) -> None:
        """Start without augmentation.

        Raises:
            SettingError: the data are points.
        """
        self._augment = Augmentation(players.spec, *self._settings)
        device = next(players.discriminator.parameters()).device
        self._probability = torch.zeros((), device=device)
        self._overfitting = torch.zeros((), device=device)
        self._sum = torch.zeros((), device=device)

    def perturb(self, samples: Tensor) -> Tensor:
        """Augment each sample independently, with the current probability."""
        return self._augment(samples, self._probability)

    @torch.no_grad()
    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Update the sum for r_t; every few steps change the probability by a fixed amount."""
        share = "accuracy/real" if players.loss.probability is not None else "accuracy/pairwise"
        self._sum += 2.0 * values[share] - 1.0
        due = players.step % self.every == 0
        self._overfitting.copy_(torch.where(due, self._sum / self.every, self._overfitting))
        notch = torch.sign(self._overfitting - self.target) * (batch_size * self.every / self.speed)
        self._probability += torch.where(due, notch, 0.0)
        self._probability.clamp_(0.0, self.max_probability)
        self._sum *= ~due

    def scalars(self) -> dict[str, Tensor]:
        """The probability, and r_t at the last adjustment."""
        return {"balance/adaptive_augment_p": self._probability, "balance/adaptive_augment_r": self._overfitting}

    def state_dict(self) -> dict[str, Any]:
        return {"probability": self._probability, "overfitting": self._overfitting, "sum": self._sum}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._probability.copy_(state["probability"])
        self._overfitting.copy_(state["overfitting"])
        self._sum.copy_(state["sum"])
