"""The optimizers of the setting `optim=`: torch's own, with checked ranges and, where possible, fused kernels."""

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
        parameters: parameters of one network, on their device.
        lr: learning rate; a ramp changes it over the run.
        betas: decay rates of the first and second moment; 0.5 for the first, as in DCGAN, reduces oscillation.
        eps: small number added to the square root of the second moment.
        weight_decay: strength of the L2 penalty, which is added to the gradient; 0 is none.
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
        parameters: parameters of one network, on their device.
        lr: learning rate; a ramp changes it over the run.
        alpha: decay rate of the average of the squared gradient.
        eps: small number added to the square root of this average.
        momentum: heavy-ball momentum; 0 is none.
        weight_decay: strength of the L2 penalty, which is added to the gradient; 0 is none.
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
        parameters: parameters of one network, on their device.
        lr: learning rate; a ramp changes it over the run.
        momentum: heavy-ball momentum; 0 is none.
        weight_decay: strength of the L2 penalty, which is added to the gradient; 0 is none.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        *,
        lr: Rate | Ramp = 1e-2,
        momentum: Beta = 0.0,
        weight_decay: Rate = 0.0,
    ) -> None:
        chosen = list(parameters)
        self.rate = Schedule(lr)
        super().__init__(chosen, lr=self.rate.start, momentum=momentum, weight_decay=weight_decay, fused=True)
        if momentum > 0.0:  # torch makes them in the first step, but leaves them unwritten if a gate holds the weights
            for weights in chosen:
                self.state[weights]["momentum_buffer"] = torch.zeros_like(weights, memory_format=torch.preserve_format)
