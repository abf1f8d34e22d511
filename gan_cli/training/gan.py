"""The two networks, their optimizers and the latent distribution: the state of a game, on one device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_cli.balance.gauges import grad_norm
from gan_cli.errors import UserError
from gan_cli.networks.base import Latent


@dataclass(frozen=True)
class Player:
    """One of the two networks with its optimizer."""

    network: nn.Module
    optimizer: Optimizer

    def descend(self, loss: Tensor, *, clip: float | None, gates: Sequence[Tensor]) -> Tensor:
        """One step down the loss; returns the gradient's norm, a 0-d tensor, as it was before clipping.

        Args:
            loss: 0-d, with a graph that reaches this network.
            clip: largest norm of the whole gradient; None does not clip.
            gates: 0-d tensors; a 0 among them holds the network where it is. The decision is taken on the device,
                by the switch that fused optimizers have for gradient scalers, so the host never waits for it.

        Raises:
            UserError: there are gates, but the optimizer is not a fused one.
        """
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        norm = grad_norm(gradients)
        if clip is not None:
            torch._foreach_mul_(gradients, (clip / (norm + 1e-6)).clamp(max=1.0))
        if gates:
            if not getattr(self.optimizer, "_step_supports_amp_scaling", False):
                held = type(self.optimizer).__name__
                raise UserError(f"optim: {held} cannot be held back by a technique; use optim=adam or optim=sgd")
            self.optimizer.found_inf = 1.0 - torch.stack(list(gates)).amin().float()  # type: ignore[attr-defined]
        self.optimizer.step()
        return norm

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimizer."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore weights and optimizer."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


class Gan:
    """A generator and a discriminator in play.

    Args:
        g: the generator, z (N, latent.dim) -> (N, *shape), with its optimizer.
        d: the discriminator, (N, *shape) -> logits (N,), with its optimizer.
        latent: the distribution of z.
        rng: random generator on the networks' device; every training latent comes from it.
    """

    def __init__(self, g: Player, d: Player, latent: Latent, rng: torch.Generator) -> None:
        self.g = g
        self.d = d
        self.latent = latent
        self.rng = rng

    @property
    def generator(self) -> nn.Module:
        """The generator as it trains."""
        return self.g.network

    @property
    def discriminator(self) -> nn.Module:
        """The discriminator as it trains."""
        return self.d.network

    def generate(self, count: int) -> Tensor:
        """Fresh samples (count, *shape) with the generator's graph."""
        z = self.latent.draw(count, device=self.rng.device, generator=self.rng)
        samples: Tensor = self.generator(z)
        return samples

    def state_dict(self) -> dict[str, Any]:
        """All that a bit-equal continuation needs."""
        return {"generator": self.g.state_dict(), "discriminator": self.d.state_dict(), "rng": self.rng.get_state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        self.g.load_state_dict(state["generator"])
        self.d.load_state_dict(state["discriminator"])
        self.rng.set_state(state["rng"].cpu())


@torch.no_grad()
def evaluate(network: nn.Module, inputs: Tensor) -> Tensor:
    """The network's answer in evaluation mode, float32; its mode is left as it was found."""
    training = network.training
    network.eval()
    try:
        answer: Tensor = network(inputs)
    finally:
        network.train(training)
    return answer.float()
