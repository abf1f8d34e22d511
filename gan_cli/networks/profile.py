"""The cost of a network, layer by layer, computed from shapes alone, for any network and without training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from typing import Protocol, runtime_checkable

from torch import Tensor, nn

from gan_cli.errors import SettingError
from gan_cli.game import Batch, GeneratorInput
from gan_cli.networks.initialise import CONVOLUTIONS, TRANSPOSED, WEIGHT_LAYERS
from gan_cli.networks.trace import Call, trace
from gan_cli.networks.upsampling import Linear, Nearest

_ENLARGING = (nn.Upsample, Nearest, Linear)


@runtime_checkable
class Described(Protocol):
    """A module that is one row of a profile, together with all its submodules."""

    def describe(self) -> str:
        """The text in that row."""
        ...


@dataclass(frozen=True)
class LayerProfile:
    """One row: a layer with weights or a described block, with the layers up to the next row; numbers are per sample.

    A layer that only enlarges maps belongs to the convolution behind it.

    Attributes:
        name: dotted name of the module.
        kind: type and settings, such as `Conv2d 64→128, 4, stride 2`.
        output_shape: shape of the row's output, without the batch.
        parameters: number of trainable values; a weight with spectral norm counts once.
        multiply_adds: number of products of a weight and a value; norms, activations and pooling are not counted.
        activations: number of output values of the layers with weights; Radosavovic et al. (2020), arXiv:2003.13678,
            section 3.
        followed_by: the other layers after it, such as `BatchNorm2d, ReLU`.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activations: int
    followed_by: str = ""


@dataclass(frozen=True)
class Totals:
    """The sums over a network, in the units of `LayerProfile`."""

    parameters: int
    multiply_adds: int
    activations: int


def profile(network: nn.Module, given: GeneratorInput | Batch) -> list[LayerProfile]:
    """Return one row per layer with weights or described block, in order of execution.

    The network is not executed on real values; `given` may have any size and be on any device. Parameters beside the
    layers, such as those of conditional batch norms, count in the row that is nearest by name.

    Raises:
        SettingError: it has no layer with weights of torch, so that there are no rows.
    """
    calls = trace(network, given)
    if not any(isinstance(call.module, WEIGHT_LAYERS) for call in calls):
        remedy = "has no Linear or convolution of torch.nn, and layers are told by these"
        raise SettingError("_target_", type(network).__name__, remedy)
    blocks = {name: module.describe() for name, module in network.named_modules() if isinstance(module, Described)}
    counted: set[nn.Module] = set()
    rows = [_row(members, blocks, counted) for members in _group(calls, blocks)]
    called = tuple(f"{call.name}." if call.name else "" for call in calls)  # a network may be one layer itself
    for name, values in network.named_parameters():
        if values.requires_grad and not name.startswith(called):
            place = max(range(len(rows)), key=lambda row: _levels_shared(rows[row].name, name))
            rows[place] = replace(rows[place], parameters=rows[place].parameters + values.numel())
    return rows


def _levels_shared(one: str, other: str) -> int:
    """Return how many levels two dotted names have in common from the left."""
    return len(commonprefix([one.split("."), other.split(".")]))


def totals(layers: Iterable[LayerProfile]) -> Totals:
    """Return the sums over `layers`."""
    rows = list(layers)
    return Totals(
        parameters=sum(row.parameters for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        activations=sum(row.activations for row in rows),
    )


def _group(calls: Sequence[Call], blocks: Iterable[str]) -> list[list[Call]]:
    """Split the calls into rows. Calls before the first layer with weights belong to the first row."""
    rows: list[list[Call]] = [[]]
    current = None
    for call in calls:
        owner = _owner(call, blocks)
        enlarges = owner is None and isinstance(call.module, _ENLARGING)
        if current is not None and (enlarges or owner not in (None, current)):
            rows.append([])
        current = None if enlarges else owner or current
        rows[-1].append(call)
    if current is None and len(rows) > 1:
        last = rows.pop()
        rows[-1] += last
    return rows


def _owner(call: Call, blocks: Iterable[str]) -> str | None:
    """The name of the row that a call starts or belongs to; None if the call only follows the current row."""
    block = next((name for name in blocks if call.name.startswith(f"{name}.")), None)
    return block or (call.name if isinstance(call.module, WEIGHT_LAYERS) else None)


def _row(calls: Sequence[Call], blocks: dict[str, str], counted: set[nn.Module]) -> LayerProfile:
    """One row. A module that is called twice costs twice, but its parameters count once: `counted` has them."""
    weighted = [call for call in calls if isinstance(call.module, WEIGHT_LAYERS)]
    name = _owner(weighted[0], blocks) or weighted[0].name
    start = next(place for place, call in enumerate(calls) if _owner(call, blocks) is not None)
    enlarged = [call for call in calls[:start] if isinstance(call.module, _ENLARGING)]
    after = [call for call in calls if _owner(call, blocks) is None and call not in enlarged]
    new = {call.module for call in calls} - counted
    counted |= new
    return LayerProfile(
        name=name,
        kind=(blocks.get(name) or _kind(weighted[0].module)) + "".join(map(_enlarged, enlarged)),
        output_shape=calls[-1].output_shape,
        parameters=sum(p.numel() for module in new for p in module.parameters() if p.requires_grad),
        multiply_adds=sum(_multiply_adds(call) for call in weighted),
        activations=sum(math.prod(call.output_shape) for call in weighted),
        followed_by=", ".join(type(call.module).__name__ for call in after),
    )


def _enlarged(call: Call) -> str:
    """`, up 2` of a layer that doubles each side."""
    return f", up {call.output_shape[1] // call.input_shape[1]}"


def _multiply_adds(call: Call) -> int:
    """Weights times positions: output positions, or input positions in a transposed convolution."""
    shape = call.input_shape if isinstance(call.module, TRANSPOSED) else call.output_shape
    positions = shape[:-1] if isinstance(call.module, nn.Linear) else shape[1:]
    weight = call.module.weight
    assert isinstance(weight, Tensor)
    return weight.numel() * math.prod(positions)


def _kind(layer: nn.Module) -> str:
    if isinstance(layer, nn.Linear):
        return f"Linear {layer.in_features}→{layer.out_features}"
    assert isinstance(layer, (*CONVOLUTIONS, *TRANSPOSED))
    kernel = "x".join(map(str, dict.fromkeys(layer.kernel_size)))
    stride = "x".join(map(str, dict.fromkeys(layer.stride)))
    text = f"{_class_name(layer)} {layer.in_channels}→{layer.out_channels}, {kernel}"
    return text if stride == "1" else f"{text}, stride {stride}"


def _class_name(layer: nn.Module) -> str:
    """The name of torch's class of this layer, whatever is derived from it."""
    return next(kind.__name__ for kind in type(layer).__mro__ if kind.__module__.startswith("torch.nn.modules."))
