"""The two networks, their optimizers and the latent distribution: the state of training, on one device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_cli.diagnosis.step_gauges import grad_norm
from gan_cli.game import Batch, Critic, GeneratorInput, Loss, Network, Side
from gan_cli.labels import at_random, evenly
from gan_cli.networks.base import Latent, TakesLabels
from gan_cli.schedule import Schedule
from gan_cli.spec import SampleSpec
from gan_cli.training.state_check import refuse_optimizer
from gan_cli.world import ALONE, World


class Player:
    """One of the networks with its optimizer.

    Args:
        network: the network, on its device.
        optimizer: optimizer of its parameters; the learning rate follows its schedule `rate`, if it has one.
        world: the processes that train this network together.
    """

    def __init__(self, network: nn.Module, optimizer: Optimizer, world: World = ALONE) -> None:
        self.network = network
        self._world = world
        self.optimizer = optimizer
        self._base = float(optimizer.param_groups[0]["lr"])
        schedule: Schedule | None = getattr(optimizer, "rate", None)
        self._schedule = schedule if schedule is not None and schedule.moves else None
        self._fused = bool(getattr(optimizer, "_step_supports_amp_scaling", False))
        self._full = self._base or (0.0 if self._schedule is None else self._schedule.highest) or 1.0
        """The rate whose steps are shortened if the optimizer is not fused; a ramp may begin at 0, which has none."""
        if self._schedule is not None and not self._fused:
            for group in optimizer.param_groups:
                group["lr"] = self._full
        self._parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.lr = torch.full((), self._base, device=self._parameters[0].device)
        """The learning rate of the last update, 0-d on the device."""

    def forget_gradients(self) -> None:
        """Drop the gradients of the last update."""
        for weights in self._parameters:  # the optimizer's own function takes ten times as long
            weights.grad = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Compute no gradients for the weights inside the block, because they are not updated."""
        learning = [weights for weights in self._parameters if weights.requires_grad]  # a network may hold some itself
        for weights in learning:
            weights.requires_grad_(False)
        try:
            yield
        finally:
            for weights in learning:
                weights.requires_grad_(True)

    def follow_gradients(
        self, *, step: Tensor, clip: float | None, gates: Sequence[Tensor], rates: Sequence[Tensor]
    ) -> Tensor:
        """Do one optimizer step with the gradients that are there; arguments and result as in `descend`."""
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        self._world.average(gradients)
        norm = grad_norm(gradients)
        if clip is not None:
            torch._foreach_mul_(gradients, (clip / (norm + 1e-6)).clamp(max=1.0))
        self._move(step, gates, rates)
        return norm

    @torch.no_grad()
    def _move(self, step: Tensor, gates: Sequence[Tensor], rates: Sequence[Tensor]) -> None:
        """Do the optimizer's step with the learning rate of the schedule, the gates and the rates."""
        if not gates and not rates and self._schedule is None:
            self.optimizer.step()
            return
        rate = self.lr.new_full((), self._base) if self._schedule is None else self._schedule.at(step)
        for factor in rates:
            rate = rate * factor
        self.lr.copy_(rate)
        if self._fused:
            # fused kernels read the rate on the device and skip the step if found_inf (made for gradient scalers) is 1
            if gates:
                self.optimizer.found_inf = 1.0 - _all_open(gates)  # type: ignore[attr-defined]
            for group in self.optimizer.param_groups:
                group["lr"] = self.lr
            self.optimizer.step()
        else:
            share = rate / self._full * (_all_open(gates) if gates else 1.0)
            with _shortened(self._parameters, share):
                self.optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Return weights, optimizer state and learning rate."""
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(), "lr": self.lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore weights, optimizer state and learning rate.

        Raises:
            StateMismatchError: the optimizer state is for other parameters or settings.
        """
        self.network.load_state_dict(state["network"])
        fresh = self.optimizer.state_dict()
        refuse_optimizer("optimizer", state["optimizer"], self._parameters, fresh)
        self.optimizer.load_state_dict(state["optimizer"])
        self.lr.copy_(state["lr"])
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"] = self.lr


def descend(
    players: Sequence[Player],
    loss: Tensor,
    *,
    step: Tensor,
    clip: float | None,
    gates: Sequence[Tensor] = (),
    rates: Sequence[Tensor] = (),
) -> Tensor:
    """Do one optimizer step of each player; return the norm of the first one's gradient before clipping, 0-d.

    The gradient is the mean over the processes of the run, each of which has the loss of its part of the batch.
    Gates and rates are applied on the device, so the host never waits for them.

    Args:
        players: those that learn together from this loss.
        loss: 0-d, with a graph that reaches their networks.
        step: number of finished training steps, 0-d, for the schedule of the learning rate.
        clip: maximum norm of the whole gradient of a network; None does not clip.
        gates: 0-d tensors; if one of them is 0, the weights do not change.
        rates: 0-d tensors that multiply the learning rate.
    """
    for player in players:
        player.forget_gradients()
    loss.backward()  # type: ignore[no-untyped-call]
    return [player.follow_gradients(step=step, clip=clip, gates=gates, rates=rates) for player in players][0]


def _all_open(gates: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(gates)).amin().to(torch.float32)  # fused kernels take no other type


@contextmanager
def _shortened(parameters: Sequence[Tensor], share: Tensor) -> Iterator[None]:
    """Scale the change of the parameters inside the block by a share (0-d): a smaller rate for unfused optimizers.

    If the share is 0, only the weights stay as they are; the optimizer's state, such as its moments, is updated.
    """
    before = [p.detach().clone() for p in parameters]
    yield
    moved = torch._foreach_sub(list(parameters), before)
    torch._foreach_mul_(moved, share)
    torch._foreach_copy_(list(parameters), torch._foreach_add(before, moved))


class Gan:
    """A generator and a discriminator that train against each other.

    Args:
        g: the generator, z (N, latent.dim) -> (N, *shape), with its optimizer; it may take labels (N,) too.
        d: the discriminator, (N, *shape) -> logits (N,), with its optimizer; it takes labels if the generator does.
        latent: the distribution of z.
        rng: random number generator on the networks' device; it draws all latents for training.
        spec: kind of sample.
        loss: the loss of each network.
        world: the processes that train together. All of them draw the same latents, and each uses its part of them.
        e: the encoder, (N, *shape) -> codes (N, latent.dim), with its optimizer; None in a game without one.
        judges_alone: whether d judges each sample by itself, so that real and fake samples may pass it together.
    """

    def __init__(
        self,
        g: Player,
        d: Player,
        latent: Latent,
        rng: torch.Generator,
        *,
        spec: SampleSpec,
        loss: Loss,
        world: World = ALONE,
        e: Player | None = None,
        judges_alone: bool = False,
    ) -> None:
        self.g = g
        self.d = d
        self.e = e
        self.latent = latent
        self.rng = rng
        self.spec = spec
        self.loss = loss
        self.world = world
        self.judges_alone = judges_alone
        self.step = torch.zeros((), dtype=torch.int64, device=rng.device)
        # asked in every step, and looking for an attribute that a module lacks is slow
        self._taking_labels = g.network if isinstance(g.network, TakesLabels) else None

    @property
    def generator(self) -> nn.Module:
        """The generator that is trained, without averaging of weights."""
        return self.g.network

    @property
    def discriminator(self) -> nn.Module:
        """The discriminator that is trained."""
        return self.d.network

    @property
    def encoder(self) -> nn.Module | None:
        """The encoder that is trained; None in a game without one."""
        return None if self.e is None else self.e.network

    def on_side(self, side: Side) -> list[Player]:
        """Return the players that learn in the turn of a network; an encoder learns with the generator."""
        beside = [self.e] if side == "generator" and self.e is not None else []
        return [self.players[side], *beside]

    @property
    def players(self) -> dict[Side, Player]:
        """Both networks with their optimizers, by side."""
        return {"discriminator": self.d, "generator": self.g}

    @property
    def shares(self) -> Tensor | None:
        """Share of each class among the training data (K,), on the device; None in a game without labels."""
        return self._taking_labels.shares if self._taking_labels is not None else None

    @property
    def learners(self) -> dict[str, Player]:
        """All networks with their optimizers, by name: both sides, and the encoder if there is one."""
        beside = {} if self.e is None else {"encoder": self.e}
        return {"generator": self.g, "discriminator": self.d, **beside}

    def draw(self, count: int, seed: int | None = None, y: Tensor | None = None) -> GeneratorInput:
        """Return the generator's input for `count` samples, on the device: new latents, or the same ones for a seed.

        Labels are `y`, int64 (count,), or else as frequent as in the training data: random, or in a fixed order if
        there is a seed; none in a game without labels.
        """
        device, shares = self.rng.device, self.shares
        if seed is not None:
            labels = y if shares is None or y is not None else evenly(shares, count)
            return GeneratorInput(self.latent.draw_seeded(count, seed), labels).to(device)
        everyone = count * self.world.size
        z = self.world.share(self.latent.draw(everyone, device=device, generator=self.rng))
        if shares is not None and y is None:
            y = self.world.share(at_random(shares, everyone, self.rng))
        return GeneratorInput(z, y)

    def fake(self, drawn: GeneratorInput, by: Network | None = None) -> Batch:
        """Return samples of the generator, or of the network `by`, with their graph; x is float32."""
        x = drawn.given_to(self.generator if by is None else by).float()
        return Batch(x, drawn.y, None if self.e is None else drawn.z)

    def real(self, fed: Batch) -> Batch:
        """Return real samples as the discriminator receives them: with labels or codes if the game has them.

        All are on the device of the samples; the labels of metrics' samples are on the CPU before.
        """
        labels = None if self.shares is None or fed.y is None else fed.y.to(fed.x.device)
        return Batch(fed.x, labels, self.encode(fed.x))

    def encode(self, samples: Tensor) -> Tensor | None:
        """Return the encoder's codes (N, latent.dim), float32, with their graph; None in a game without an encoder."""
        return None if self.encoder is None else self.encoder(samples).float()

    def critic(self, shown: Batch, by: Network | None = None) -> Tensor:
        """Return the logits, float32, of the discriminator or of the network `by`."""
        return shown.given_to(self.discriminator if by is None else by).float()

    @property
    def features(self) -> Critic | None:
        """Function that returns the discriminator's last hidden features (N, F); None if it has no `features`."""
        features: Network | None = getattr(self.discriminator, "features", None)
        return None if features is None else lambda shown: shown.given_to(features)

    def checksum(self) -> float:
        """Return the sum of the absolute values of all weights. Waits for the device."""
        weights = [p.detach() for player in self.learners.values() for p in player.network.parameters()]
        return float(torch.stack([norm.double() for norm in torch._foreach_norm(weights, ord=1)]).sum())

    def state_dict(self) -> dict[str, Any]:
        """Return everything that a resumed run needs for bit-identical results."""
        return {
            **{name: player.state_dict() for name, player in self.learners.items()},
            "rng": self.rng.get_state(),
            "step": self.step,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state from `state_dict`."""
        for name, player in self.learners.items():
            player.load_state_dict(state[name])
        self.rng.set_state(state["rng"].cpu())
        self.step.copy_(state["step"])
