"""Why a pair is built as it is: its latent size, its layers that enlarge, its activations, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

from gan_cli.networks.base import Latent
from gan_cli.networks.blocks import Bounded
from gan_cli.networks.initialise import WEIGHT_LAYERS
from gan_cli.networks.nd import Crop
from gan_cli.networks.profile import LayerProfile
from gan_cli.networks.text import GumbelShares
from gan_cli.networks.trace import Call
from gan_cli.nonlinear import is_nonlinear
from gan_cli.spec import Kind, SampleSpec

_SAMPLE: dict[Kind, str] = {
    "points": "a point",
    "audio": "a clip",
    "images": "an image",
    "voxels": "a solid",
    "text": "a text",
}
_FEW = 2
"""Latent numbers that are too few for most data, and positions per side that are too few for a first map."""
_IN_G = {
    "ReLU": "passes gradients unchanged where it is on",
    "LeakyReLU": "never stops a gradient",
    "Maxout": "chooses among linear maps",
    "Tanh": "saturates, and passes little gradient then",
}
_IN_D = {
    "ReLU": "stops the gradient where it is off, and G learns from that gradient alone",
    "LeakyReLU": "passes a part of the gradient where it is off, since G learns from that gradient alone",
    "Maxout": "always passes a gradient, and G learns from that alone",
    "Tanh": "saturates when D is sure, and passes G little gradient then",
}
_OTHER = "makes the layers more than one linear map"


def reasons(
    generator: Sequence[Call],
    discriminator: Sequence[Call],
    layers: Sequence[LayerProfile],
    spec: SampleSpec,
    z: Latent,
) -> dict[str, str]:
    """Return the reasons, as sentences, for `latent`, `enlarging` (not of points) and `activations`.

    Args:
        generator: the module calls of G.
        discriminator: the module calls of D.
        layers: the profile of G.
        spec: kind of sample.
        z: the distribution of G's latent vectors.
    """
    found = {"latent": _latent(layers, spec, z)}
    if spec.traits.positions:
        found["enlarging"] = _enlarging(generator, spec)
    return {**found, "activations": f"{_inside(generator, spec)} {_of_discriminator(discriminator)}"}


def _latent(layers: Sequence[LayerProfile], spec: SampleSpec, z: Latent) -> str:
    numbers = f"{z.dim} {z.kind} number{'s' if z.dim > 1 else ''} for the {spec.numel:,} values of {_SAMPLE[spec.kind]}"
    if z.dim <= _FEW and spec.numel > z.dim:
        return f"{numbers}: samples lie on {'a curve' if z.dim == 1 else 'a sheet'}; what is beside it is never drawn"
    share = layers[0].parameters / max(1, sum(layer.parameters for layer in layers))
    cost = f"more only cost parameters of the first layer, now {100 * share:.0f} % of G's"
    if z.dim >= spec.numel:
        return f"{numbers}: no fewer than the data have, so none of their variation is out of reach"
    return f"{numbers}: all ways in which samples differ must fit into them; {cost}"


def _enlarging(calls: Sequence[Call], spec: SampleSpec) -> str:
    sizes = [spatial for call in calls if len(spatial := call.output_shape[1:]) == spec.ndim]
    cropped = any(isinstance(call.module, Crop) for call in calls)
    enlarged = [size for size in dict.fromkeys(sizes) if not cropped or size != spec.spatial]
    if len(enlarged) < 2:
        return "none: every position has weights of its own, or is made at full size; no coarse map is drawn first"
    steps = " → ".join("x".join(map(str, size)) for size in enlarged)
    end = f", cropped to {'x'.join(map(str, spec.spatial))}" if cropped else ""
    first = min(enlarged[0])
    if first <= _FEW:
        start = "the first map has so few positions that its layer alone decides what goes where"
    else:
        start = "the first map, made by a dense layer, decides what goes where, the others draw it finer"
    return f"{len(enlarged) - 1} ({steps}{end}): {start}"


def _inside(calls: Sequence[Call], spec: SampleSpec) -> str:
    used = [call.module for call in calls if is_nonlinear(call.module)]
    last = max(place for place, call in enumerate(calls) if isinstance(call.module, WEIGHT_LAYERS))
    shares: list[nn.Module] = [
        call.module for call in calls[last:] if isinstance(call.module, (nn.Softmax, GumbelShares))
    ]
    ends = shares or [call.module for call in calls[last:] if is_nonlinear(call.module)]
    used = [module for module in used if module not in ends]
    return f"G: {_named(used, _IN_G)}, {_ending(ends, spec)}."


def _ending(ends: Sequence[nn.Module], spec: SampleSpec) -> str:
    if not ends:
        return "nothing at its end, since the data are unbounded" if spec.value_range is None else "nothing at its end"
    if isinstance(ends[-1], (nn.Softmax, GumbelShares)):
        return "softmax at its end, since shares of the tokens sum to 1"
    if not isinstance(ends[-1], (nn.Tanh, Bounded)) or spec.value_range is None:
        return f"{type(ends[-1]).__name__} at its end"
    low, high = spec.value_range
    return f"tanh at its end, since the data are in [{low:g}, {high:g}] and D must not tell samples by their range"


def _of_discriminator(calls: Sequence[Call]) -> str:
    return f"D: {_named([call.module for call in calls if is_nonlinear(call.module)], _IN_D)}."


def _named(modules: Sequence[nn.Module], known: Mapping[str, str]) -> str:
    names = list(dict.fromkeys(type(module).__name__ for module in modules))
    return ", ".join(f"{name} {known.get(name, _OTHER)}" for name in names) or "no hidden activation, so it is linear"
