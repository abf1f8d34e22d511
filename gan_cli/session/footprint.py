"""The least memory that a run needs, counted on networks without values and compared with the free memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_cli.config.check import Node
from gan_cli.config.runs import own_classes
from gan_cli.game import SIDES, Batch, GeneratorInput
from gan_cli.memory import FLOAT, refuse_beyond
from gan_cli.networks.base import HasLatent
from gan_cli.networks.initialise import WEIGHT_LAYERS
from gan_cli.session.assemble import Parts
from gan_cli.spec import SampleSpec


def refuse_too_large(config: Node, spec: SampleSpec) -> None:
    """Refuse settings if one training step does not fit into the memory of this machine.

    For a GPU only the networks are counted, which are made on the CPU first. A GPU without enough memory reports that
    itself, at once. A run with own classes is not counted, because the rehearsal plays a step of it.

    Args:
        config: settings that fit together.
        spec: kind of sample.

    Raises:
        MemoryNeededError: they need more memory than is free.
    """
    parts = Parts(config)
    if own_classes(config):
        return
    with torch.device("meta"):
        networks = parts.networks(spec, parts.techniques())
    shown = FLOAT * 2 * parts.build("telemetry").count(spec) * spec.numel
    runtime = parts.runtime()
    if runtime.device.type != "cpu":
        refuse_beyond(shown + _to_make(networks))
        return
    refuse_beyond(shown + _to_train(parts, spec, networks, runtime.compute_dtype(spec).itemsize))


def _to_make(networks: Sequence[nn.Module]) -> int:
    return sum(p.numel() * FLOAT for network in networks for p in network.parameters())


def _to_train(parts: Parts, spec: SampleSpec, networks: tuple[nn.Module, nn.Module], itemsize: int) -> int:
    """Bytes of weights, optimizer moments, gradients of one network, and values kept for the backward pass.

    The discriminator keeps values for real and for fake samples at the same time. The values that the generator keeps
    for its fakes are in memory together with them.
    """
    generator, discriminator = networks
    assert isinstance(generator, HasLatent)
    weights = [sum(p.numel() for p in network.parameters() if p.requires_grad) for network in networks]
    lasting = max(weights) + sum(
        count * (1 + moments_of(parts.build(f"optim.{side}", [_weights()])))
        for side, count in zip(SIDES, weights, strict=True)
    )
    batch = int(parts.config["trainer"]["batch_size"])
    with torch.device("meta"):
        drawn, shown = parts.empty_inputs(generator, spec, batch)
        fakes = kept_for_backward(generator, drawn)
        kept = kept_for_backward(discriminator, shown)
    return FLOAT * lasting + itemsize * (fakes + 2 * kept)


def _weights() -> nn.Parameter:
    """A dummy parameter for an optimizer that is only inspected."""
    return nn.Parameter(torch.zeros(2))


def moments_of(optimizer: torch.optim.Optimizer) -> int:
    """Number of values that an optimizer keeps per weight, counted after one step on its first tensor."""
    weights = optimizer.param_groups[0]["params"][0]
    weights.grad = torch.zeros_like(weights)
    optimizer.step()
    kept = optimizer.state[weights].values()
    return sum(isinstance(value, Tensor) and value.shape == weights.shape for value in kept)


def kept_for_backward(network: nn.Module, given: GeneratorInput | Batch) -> int:
    """Number of values that a forward pass keeps for the backward pass: at least the inputs of the weight layers.

    Args:
        network: it may be on the meta device.
        given: its input, on the same device.
    """
    kept = 0

    def count(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        nonlocal kept
        kept += inputs[0].numel()

    layers = [module for module in network.modules() if isinstance(module, WEIGHT_LAYERS)]
    hooks = [layer.register_forward_pre_hook(count) for layer in layers]
    given.given_to(network)
    for hook in hooks:
        hook.remove()
    return kept
