"""Where a discriminator's last layer is, and what it reads, for wrappers that add to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

HEAD = "head"
"""The name of a last layer."""


def last_layer(network: nn.Module) -> nn.Module:
    """Return the last layer of a discriminator.

    Raises:
        SettingError: the discriminator does not have exactly one layer named `head`.
    """
    owner = _owner(network)
    return owner.get_submodule(HEAD)


def put_last(network: nn.Module, module: nn.Module) -> None:
    """Put a module in the place of the last layer; raises like `last_layer`."""
    _owner(network).register_module(HEAD, module)


def _owner(network: nn.Module) -> nn.Module:
    places = [name for name, _ in network.named_modules() if name.rpartition(".")[2] == HEAD]
    if len(places) != 1:
        remedy = f"needs a discriminator with one last layer named {HEAD}, such as mlp, conv or resnet"
        raise SettingError("/discriminator", type(network).__name__, remedy)
    return network.get_submodule(places[0].rpartition(".")[0])


def inputs_of(network: nn.Module, layer: nn.Module, spec: SampleSpec) -> int:
    """Return the number of values that a layer of a network reads of one sample."""
    sizes: list[int] = []

    def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sizes.append(inputs[0][0].numel())

    handle = layer.register_forward_pre_hook(note)
    with resting(network):
        network(torch.zeros(1, *spec.shape))
    handle.remove()
    return sizes[0]


@contextmanager
def resting(network: nn.Module) -> Iterator[None]:
    """Call a network that is being built: without gradients, random numbers, or changes of its state."""
    network.eval()
    with torch.no_grad():
        yield
    network.train()
