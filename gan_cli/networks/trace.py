"""Which layers a network calls, in what order and on what shapes; computes nothing and knows no network by name."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from gan_cli.game import Batch, Drawn
from gan_cli.networks.nd import Pad


@dataclass(frozen=True)
class Call:
    """One leaf module as it was called.

    Attributes:
        name: dotted name of the module.
        module: the module, of a copy of the network that holds no values.
        input_shape: what it was given, without the batch.
        output_shape: what it gave, without the batch.
    """

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


def trace(network: nn.Module, given: Drawn | Batch) -> list[Call]:
    """All calls of layers in order of execution; padding and the parametrisation of a weight belong to their layer.

    Nothing is computed: see `shadow_of`. what is `given` may be of any size, on any device.
    """
    shadow = shadow_of(network)
    calls: list[Call] = []
    for name, module in shadow.named_modules():
        if _is_layer(name, module):
            module.register_forward_hook(partial(_record, calls, name))
    given.to("meta").given_to(shadow)
    return calls


def shadow_of(network: nn.Module) -> nn.Module:
    """A copy on the meta device, in evaluation: the size, the device and the state of the network do not matter."""
    return copy.deepcopy(network).to("meta").eval()


def belongs_to_weight(name: str) -> bool:
    """Whether a module computes a weight, not a map: the parametrisation that is behind spectral norm."""
    return "parametrizations" in name.split(".")


def is_leaf(module: nn.Module) -> bool:
    """Whether a module computes by itself."""
    return all(child == "parametrizations" for child, _ in module.named_children())


def _is_layer(name: str, module: nn.Module) -> bool:
    return not belongs_to_weight(name) and not isinstance(module, (nn.Identity, Pad)) and is_leaf(module)


def _record(calls: list[Call], name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    calls.append(Call(name, module, tuple(inputs[0].shape[1:]), tuple(output.shape[1:])))
