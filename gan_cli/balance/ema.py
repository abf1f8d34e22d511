"""A moving average of the generator's weights to sample from; it does not change the training."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Gt
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.game import Players


class EMA(Technique):
    """Exponential moving average of the generator's weights, with a half-life in real samples.

    avg <- avg + w (theta - avg),  w = 1 - 2^(-batch / h),  h = min(half_life, ramp * samples seen).
    The ramp keeps the random initial weights out of the average: at first the half-life is a share of the run so far.
    Karras et al. (2018), arXiv:1710.10196, section 4; the ramp as in Karras et al. (2020), arXiv:2006.06676.

    Floating-point buffers (the statistics of batch norm) are averaged like the parameters; integer buffers are copied.

    Args:
        half_life: real samples after which the share of older weights has halved, > 0; thousands in StyleGAN.
        ramp: upper limit of the half-life, as a share of the samples seen so far, > 0; None sets no such limit.
    """

    def __init__(
        self,
        *,
        half_life: Annotated[float, Gt(0)] = 10_000.0,
        ramp: Annotated[float, Gt(0)] | None = 0.05,
    ) -> None:
        self.half_life = half_life
        self.ramp = ramp

    def attach(self, players: Players) -> None:
        """Copy the generator; the average starts at its initial weights."""
        generator = players.generator
        self._average = copy.deepcopy(generator).requires_grad_(False).eval()
        device = next(generator.parameters()).device
        # on the device, because a Python number would never change in a captured step
        self._seen = torch.zeros((), dtype=torch.int64, device=device)
        trained, averaged = list(_tensors(generator)), list(_tensors(self._average))
        floating = [tensor.is_floating_point() for tensor in trained]
        self._from = [t for t, is_float in zip(trained, floating, strict=True) if is_float]
        self._to = [t for t, is_float in zip(averaged, floating, strict=True) if is_float]
        self._copied_from = [t for t, is_float in zip(trained, floating, strict=True) if not is_float]
        self._copied_to = [t for t, is_float in zip(averaged, floating, strict=True) if not is_float]

    @torch.no_grad()
    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Move the average towards the trained weights."""
        self._seen += batch_size
        weight = self._weight(batch_size)
        if weight.is_cuda:  # where lerp with a weight on the device falls back to one kernel per tensor
            difference = torch._foreach_sub(self._from, self._to)
            torch._foreach_mul_(difference, weight)
            torch._foreach_add_(self._to, difference)
        else:
            torch._foreach_lerp_(self._to, self._from, [weight] * len(self._to))
        if self._copied_to:
            torch._foreach_copy_(self._copied_to, self._copied_from)

    def _weight(self, batch_size: int) -> Tensor:
        """The share of the trained weights in the new average, 0-d float32."""
        memory = torch.full_like(self._seen, self.half_life, dtype=torch.float32)
        if self.ramp is not None:
            memory = torch.minimum(memory, self._seen * self.ramp)
        return 1.0 - torch.exp2(-batch_size / memory)

    def sampling_network(self) -> nn.Module:
        """The averaged generator, in evaluation mode."""
        return self._average

    def state_dict(self) -> dict[str, Any]:
        """The averaged weights, and the number of samples seen, which the ramp needs."""
        return {"average": self._average.state_dict(), "seen": self._seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._average.load_state_dict(state["average"])
        self._seen.copy_(state["seen"])


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
