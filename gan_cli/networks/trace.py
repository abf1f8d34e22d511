"""Records which layers a network calls, in what order and on what shapes, for any network and without computing."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from gan_cli.game import Batch, GeneratorInput
from gan_cli.networks.nd import Pad


@dataclass(frozen=True)
class Call:
    """One call of a leaf module.

    Attributes:
        name: dotted name of the module.
        module: the module, in a copy of the network on the meta device, without values.
        input_shape: shape of the input, without the batch.
        output_shape: shape of the output, without the batch.
    """

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


def trace(network: nn.Module, given: GeneratorInput | Batch) -> list[Call]:
    """Return all calls of layers in order of execution, without padding and parametrisations of weights.

    Only shapes are computed, see `shadow_of`; `given` may have any size and be on any device.
    """
    shadow = shadow_of(network)
    calls: list[Call] = []
    for name, module in shadow.named_modules():
        if _is_layer(name, module):
            module.register_forward_hook(partial(_record, calls, name))
    given.to("meta").given_to(shadow)
    return calls


def shadow_of(network: nn.Module) -> nn.Module:
    """Return a copy on the meta device, in evaluation mode. It needs no memory and leaves the network unchanged."""
    return copy.deepcopy(network).to("meta").eval()


def belongs_to_weight(name: str) -> bool:
    """Whether a module computes a weight, not a map: the parametrisation of spectral norm."""
    return "parametrizations" in name.split(".")


def is_leaf(module: nn.Module) -> bool:
    """Whether a module has no submodules but parametrisations of its weights."""
    return all(child == "parametrizations" for child, _ in module.named_children())


def _is_layer(name: str, module: nn.Module) -> bool:
    return not belongs_to_weight(name) and not isinstance(module, (nn.Identity, Pad)) and is_leaf(module)


def _record(calls: list[Call], name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    calls.append(Call(name, module, tuple(inputs[0].shape[1:]), tuple(output.shape[1:])))
