"""BEGAN: the weight of fakes in the discriminator's loss follows from which network is ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Gt, Le
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.errors import SettingError
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class BEGAN(Technique):
    """D is an autoencoder; the weight k keeps the error on fakes at a share gamma of the error on real samples.

    L_D = L(x) - k L(G(z)),  L_G = L(G(z)),  k <- clip(k + gain (gamma L(x) - L(G(z))), 0, 1),  from k = 0;
    convergence M = L(x) + |gamma L(x) - L(G(z))|.
    Berthelot et al. (2017), arXiv:1703.10717, sections 3.3 and 3.4.

    Logits are minus the error, D = -L, so the Wasserstein loss is L(x) - L(G(z)) for D and L(G(z)) for G. The missing
    term, (1 - k) L(G(z)), is added as a penalty. The update of k uses both errors of the step's last update of D.

    Args:
        gamma: target ratio L(G(z)) / L(x), in (0, 1]; less gives cleaner samples, more gives more variety.
        gain: learning rate of k (the paper's lambda_k), > 0.
    """

    def __init__(
        self, *, gamma: Annotated[float, Gt(0), Le(1)] | Ramp = 0.5, gain: Annotated[float, Gt(0)] = 0.001
    ) -> None:
        self.gamma = Schedule(gamma)
        self.gain = gain

    def attach(self, players: Players) -> None:
        """Start with a weight of 0 on fakes.

        Raises:
            SettingError: the discriminator is no autoencoder, or the loss is not linear in the logits.
        """
        if not getattr(players.discriminator, "energy", False):
            remedy = (
                "logits are not minus a reconstruction error; use discriminator=autoencoder, or model=began for all"
            )
            raise SettingError("/discriminator", type(players.discriminator).__name__, remedy)
        if players.loss.ideal is not None or players.loss.compares_pairs:
            remedy = "is not the difference of two errors; use loss=wasserstein, or model=began for all"
            raise SettingError("/loss", type(players.loss).__name__, remedy)
        device = next(players.discriminator.parameters()).device
        self._k = torch.zeros((), device=device)
        self._convergence = torch.zeros((), device=device)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """(1 - k) L(G(z)), which lowers the weight of fakes in the Wasserstein loss from 1 to k."""
        return (self._k - 1.0) * context.fake_logits.mean()

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Move k towards the equilibrium."""
        real_error, fake_error = -values["logits/real"], -values["logits/fake"]
        balance = self.gamma.at(players.step) * real_error - fake_error
        self._k.add_(self.gain * balance).clamp_(0.0, 1.0)
        self._convergence.copy_(real_error + balance.abs())

    def scalars(self) -> dict[str, Tensor]:
        """The weight k on fakes, and the convergence M."""
        # copies, because both are changed in place
        return {"balance/began_k": self._k.clone(), "balance/began_convergence": self._convergence.clone()}

    def state_dict(self) -> dict[str, Any]:
        """The weight k on fakes."""
        return {"k": self._k}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._k.copy_(state["k"])
