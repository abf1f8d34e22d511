"""The optimizers that `optim=` names: torch's own, with ranges that can be checked and the fused kernels chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt
from torch.nn import Parameter

from gan_cli.schedule import Ramp, Schedule

Rate = Annotated[float, Ge(0)]
Beta = Annotated[float, Ge(0), Lt(1)]


def _on_gpu(parameters: list[Parameter]) -> bool:
    return parameters[0].is_cuda


class Adam(torch.optim.Adam):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980), one fused kernel per step.

    Args:
        parameters: of one network, on their device.
        lr: learning rate per step; a ramp moves it over the run.
        betas: decay of the first and second moment; DCGAN's 0.5 for the first keeps two players from circling.
        eps: added to the root of the second moment.
        weight_decay: L2 penalty added to the gradient.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        *,
        lr: Rate | Ramp = 2e-4,
        betas: tuple[Beta, Beta] = (0.5, 0.999),
        eps: Annotated[float, Gt(0)] = 1e-8,
        weight_decay: Rate = 0.0,
    ) -> None:
        chosen = list(parameters)
        self.rate = Schedule(lr)
        first, second = betas
        super().__init__(
            chosen,
            lr=self.rate.start,
            betas=(first, second),
            eps=eps,
            weight_decay=weight_decay,
            fused=True,
            capturable=_on_gpu(chosen),
        )


class RMSprop(torch.optim.RMSprop):
    """RMSprop (Tieleman & Hinton 2012), the optimizer of the original Wasserstein GAN.

    Args:
        parameters: of one network, on their device.
        lr: learning rate per step; a ramp moves it over the run.
        alpha: decay of the squared gradient's average.
        eps: added to its root.
        momentum: heavy-ball momentum; 0 is none.
        weight_decay: L2 penalty added to the gradient.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        *,
        lr: Rate | Ramp = 5e-5,
        alpha: Beta = 0.99,
        eps: Annotated[float, Gt(0)] = 1e-8,
        momentum: Beta = 0.0,
        weight_decay: Rate = 0.0,
    ) -> None:
        chosen = list(parameters)
        self.rate = Schedule(lr)
        super().__init__(
            chosen,
            lr=self.rate.start,
            alpha=alpha,
            eps=eps,
            momentum=momentum,
            weight_decay=weight_decay,
            foreach=True,
            capturable=_on_gpu(chosen),
        )


class SGD(torch.optim.SGD):
    """Stochastic gradient descent with heavy-ball momentum, one fused kernel per step.

    Args:
        parameters: of one network, on their device.
        lr: learning rate per step; a ramp moves it over the run.
        momentum: heavy-ball momentum; 0 is none.
        weight_decay: L2 penalty added to the gradient.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        *,
        lr: Rate | Ramp = 1e-2,
        momentum: Beta = 0.0,
        weight_decay: Rate = 0.0,
    ) -> None:
        self.rate = Schedule(lr)
        super().__init__(list(parameters), lr=self.rate.start, momentum=momentum, weight_decay=weight_decay, fused=True)
