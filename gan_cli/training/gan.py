"""The two networks, their optimizers and the latent distribution: the state of a game, on one device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_cli.diagnosis.step_gauges import grad_norm
from gan_cli.game import Batch, Critic, Drawn, Loss, Network, Side
from gan_cli.networks.base import Latent
from gan_cli.schedule import Schedule
from gan_cli.spec import SampleSpec
from gan_cli.training.fit import refuse_optimizer


class Player:
    """One of the two networks with its optimizer.

    Args:
        network: on its device.
        optimizer: of the network's parameters; its learning rate moves over the run if it has a schedule `rate`.
    """

    def __init__(self, network: nn.Module, optimizer: Optimizer) -> None:
        self.network = network
        self.optimizer = optimizer
        self._base = float(optimizer.param_groups[0]["lr"])
        schedule: Schedule | None = getattr(optimizer, "rate", None)
        self._schedule = schedule if schedule is not None and schedule.moves else None
        self._parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.lr = torch.full((), self._base, device=self._parameters[0].device)
        """The learning rate of the last update, 0-d on the device."""

    def descend(
        self,
        loss: Tensor,
        *,
        step: Tensor,
        clip: float | None,
        gates: Sequence[Tensor] = (),
        rates: Sequence[Tensor] = (),
    ) -> Tensor:
        """One step down the loss; returns the gradient's norm, a 0-d tensor, as it was before clipping.

        Gates and rates are obeyed on the device, so the host never waits for them.

        Args:
            loss: 0-d, with a graph that reaches this network.
            step: finished training steps, 0-d; the learning rate's schedule is read at it.
            clip: largest norm of the whole gradient; None does not clip.
            gates: 0-d tensors; a 0 among them holds the network where it is.
            rates: 0-d tensors that multiply the learning rate.
        """
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        norm = grad_norm(gradients)
        if clip is not None:
            torch._foreach_mul_(gradients, (clip / (norm + 1e-6)).clamp(max=1.0))
        self._move(step, gates, rates)
        return norm

    @torch.no_grad()
    def _move(self, step: Tensor, gates: Sequence[Tensor], rates: Sequence[Tensor]) -> None:
        """Take the optimizer's step, as far as gates and rates allow."""
        if not gates and not rates and self._schedule is None:
            self.optimizer.step()
            return
        rate = self.lr.new_full((), self._base) if self._schedule is None else self._schedule.at(step)
        for factor in rates:
            rate = rate * factor
        self.lr.copy_(rate)
        if getattr(self.optimizer, "_step_supports_amp_scaling", False):
            # fused kernels read the rate from the device, and have a switch for gradient scalers that holds everything
            if gates:
                self.optimizer.found_inf = 1.0 - _all_open(gates)  # type: ignore[attr-defined]
            for group in self.optimizer.param_groups:
                group["lr"] = self.lr
            self.optimizer.step()
        else:
            with _shortened(self._parameters, rate / self._base * (_all_open(gates) if gates else 1.0)):
                self.optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimizer and learning rate."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(), "lr": self.lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore weights, optimizer and learning rate.

        Raises:
            MisfitError: the optimizer's part is of other parameters or settings.
        """
        self.network.load_state_dict(state["network"])
        fresh = self.optimizer.state_dict()
        refuse_optimizer("optimizer", state["optimizer"], self._parameters, fresh)
        self.optimizer.load_state_dict(state["optimizer"])
        self.lr.copy_(state["lr"])
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"] = self.lr


def _all_open(gates: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(gates)).amin().float()


@contextmanager
def _shortened(parameters: Sequence[Tensor], share: Tensor) -> Iterator[None]:
    """Undo all but a share (0-d) of what happens to the parameters: a smaller rate for optimizers that are not fused.

    What an optimizer remembers of a held network's gradients moves on; only the weights stay.
    """
    before = [p.detach().clone() for p in parameters]
    yield
    moved = torch._foreach_sub(list(parameters), before)
    torch._foreach_mul_(moved, share)
    torch._foreach_copy_(list(parameters), torch._foreach_add(before, moved))


class Gan:
    """A generator and a discriminator in play.

    Args:
        g: the generator, z (N, latent.dim) -> (N, *shape), with its optimizer.
        d: the discriminator, (N, *shape) -> logits (N,), with its optimizer.
        latent: the distribution of z.
        rng: random generator on the networks' device; every training latent comes from it.
        spec: kind of sample.
        loss: what each of the players makes small.
    """

    def __init__(
        self, g: Player, d: Player, latent: Latent, rng: torch.Generator, *, spec: SampleSpec, loss: Loss
    ) -> None:
        self.g = g
        self.d = d
        self.latent = latent
        self.rng = rng
        self.spec = spec
        self.loss = loss
        self.step = torch.zeros((), dtype=torch.int64, device=rng.device)

    @property
    def generator(self) -> nn.Module:
        """The generator as it trains."""
        return self.g.network

    @property
    def discriminator(self) -> nn.Module:
        """The discriminator as it trains."""
        return self.d.network

    @property
    def players(self) -> dict[Side, Player]:
        """Both players by the side that they play."""
        return {"discriminator": self.d, "generator": self.g}

    def draw(self, count: int, seed: int | None = None) -> Drawn:
        """What `count` samples are made from, on the device: the next in training, or the same for a seed."""
        if seed is None:
            return Drawn(self.latent.draw(count, device=self.rng.device, generator=self.rng))
        return Drawn(self.latent.draw_seeded(count, seed).to(self.rng.device))

    def fake(self, drawn: Drawn, by: Network | None = None) -> Batch:
        """Samples with the graph of the generator, or of what takes its place; x is float32."""
        return Batch(drawn.given_to(self.generator if by is None else by).float())

    def real(self, fed: Batch) -> Batch:
        """Real samples as the discriminator is shown them: without their labels."""
        return Batch(fed.x)

    def critic(self, shown: Batch, by: Network | None = None) -> Tensor:
        """Logits, float32, of the discriminator or of what takes its place."""
        return shown.given_to(self.discriminator if by is None else by).float()

    @property
    def features(self) -> Critic | None:
        """The discriminator's last hidden features (N, F); None where it names none."""
        features: Network | None = getattr(self.discriminator, "features", None)
        return None if features is None else lambda shown: shown.given_to(features)

    def state_dict(self) -> dict[str, Any]:
        """All that a bit-equal continuation needs."""
        return {
            "generator": self.g.state_dict(),
            "discriminator": self.d.state_dict(),
            "rng": self.rng.get_state(),
            "step": self.step,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        self.g.load_state_dict(state["generator"])
        self.d.load_state_dict(state["discriminator"])
        self.rng.set_state(state["rng"].cpu())
        self.step.copy_(state["step"])


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode is then as it was found."""
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(training)
