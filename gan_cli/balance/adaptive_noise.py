"""Instance noise whose strength keeps the discriminator's accuracy near a target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Le, Lt
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.diagnosis.step_gauges import accuracy_tag
from gan_cli.game import Players


class AdaptiveNoise(Technique):
    """Gaussian noise on all inputs of the discriminator; its strength rises while the discriminator is too good.

    x <- x + sigma n,  n ~ N(0, I),  sigma <- clip(sigma + rate sign(a - target), 0, max_sigma), where a is a moving
    average of the discriminator's accuracy. Instance noise: Sonderby et al. (2017), arXiv:1610.04490. The step by a
    sign is that of Karras et al. (2020), arXiv:2006.06676, section 3. For a loss that only compares logits
    (Wasserstein, relativistic), a is the average of the pairwise accuracy P(D(x) > D(G(z))).

    Args:
        target: target accuracy of the discriminator, [0.5, 1]; 0.5 to 0.7 is commonly called balanced.
        rate: change of sigma per training step, in units of the data, > 0.
        max_sigma: upper limit of sigma, in units of the data, >= 0.
        decay: share of the moving average that is kept at each training step, [0, 1).
    """

    def __init__(
        self,
        *,
        target: Annotated[float, Ge(0.5), Le(1)] = 0.65,
        rate: Annotated[float, Gt(0)] = 0.001,
        max_sigma: Annotated[float, Ge(0)] = 0.5,
        decay: Annotated[float, Ge(0), Lt(1)] = 0.9,
    ) -> None:
        self.target = target
        self._notch = rate
        self.max_sigma = max_sigma
        self.decay = decay

    def attach(self, players: Players) -> None:
        """Start without noise and with the averaged accuracy at the target."""
        device = next(players.discriminator.parameters()).device
        self._sigma = torch.zeros((), device=device)
        self._accuracy = torch.full((), self.target, device=device)
        self._raises = torch.zeros((), dtype=torch.int64, device=device)
        self._lowers = torch.zeros((), dtype=torch.int64, device=device)

    def perturb(self, samples: Tensor) -> Tensor:
        return samples + self._sigma * torch.randn_like(samples)

    @torch.no_grad()
    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Update the averaged accuracy and move sigma by `rate`; a move that the limits prevent is not counted."""
        self._accuracy.lerp_(values[accuracy_tag(players.loss)], 1.0 - self.decay)
        wanted = self._sigma + self._notch * torch.sign(self._accuracy - self.target)
        wanted = wanted.clamp(0.0, self.max_sigma)
        self._raises += wanted > self._sigma
        self._lowers += wanted < self._sigma
        self._sigma.copy_(wanted)

    def scalars(self) -> dict[str, Tensor]:
        """Sigma, the averaged accuracy, and how often sigma was raised and lowered so far."""
        return {
            "balance/adaptive_noise_sigma": self._sigma,
            "balance/adaptive_noise_accuracy": self._accuracy,
            "balance/adaptive_noise_raises": self._raises,
            "balance/adaptive_noise_lowers": self._lowers,
        }

    def state_dict(self) -> dict[str, Any]:
        return {
            "sigma": self._sigma,
            "accuracy": self._accuracy,
            "raises": self._raises,
            "lowers": self._lowers,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._sigma.copy_(state["sigma"])
        self._accuracy.copy_(state["accuracy"])
        self._raises.copy_(state["raises"])
        self._lowers.copy_(state["lowers"])
