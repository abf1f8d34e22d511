"""Where a discriminator's last layer is, and what it reads, for wrappers that add to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gan_cli.spec import SampleSpec

HEAD = "head"
"""The name of a last layer."""


def last_layers(network: nn.Module) -> list[str]:
    """Return the paths of the layers that are named as a last layer; wrappers need exactly one."""
    return [name for name, _ in network.named_modules() if name.rpartition(".")[2] == HEAD]


def replace_last_layer(network: nn.Module, spec: SampleSpec, wrap: Callable[[nn.Module, int], nn.Module]) -> None:
    """Put another module in the place of the last layer, of which there must be one.

    Args:
        network: the discriminator; it is changed.
        spec: kind of sample.
        wrap: (the last layer, how many values it reads of each sample) -> the module in its place.
    """
    (path,) = last_layers(network)
    owner = network.get_submodule(path.rpartition(".")[0])
    layer = owner.get_submodule(HEAD)
    owner.register_module(HEAD, wrap(layer, _inputs_of(network, layer, spec)))


def _inputs_of(network: nn.Module, layer: nn.Module, spec: SampleSpec) -> int:
    """Return the number of values that a layer reads of one sample."""
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
