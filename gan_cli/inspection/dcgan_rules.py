"""Check two networks against the rules of DCGAN: which rules are kept or broken, and by which layers.

Radford et al. (2016), arXiv:1511.06434, section 3. The rules are for convolutional networks and do not apply to points.
This module does not depend on the settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import nn

from gan_cli.game import Side
from gan_cli.networks.blocks import Bounded
from gan_cli.networks.initialise import CONVOLUTIONS, TRANSPOSED, WEIGHT_LAYERS
from gan_cli.networks.nd import POOLS
from gan_cli.networks.trace import Call
from gan_cli.networks.upsampling import Linear, Nearest
from gan_cli.nonlinear import is_nonlinear

Verdict = Literal["kept", "broken", "not applicable"]
Failing = Literal["pools", "has no stride", "is dense", "norm", "activation", "has a normed end", "has no tanh"]

LETTERS: dict[Side, str] = {"generator": "G", "discriminator": "D"}


@dataclass(frozen=True)
class Fault:
    """One way in which one network breaks a rule.

    Attributes:
        side: the network.
        failing: the kind of fault, by which `fixes` finds the override that removes it.
        evidence: the layers that break the rule, in words.
    """

    side: Side
    failing: Failing
    evidence: str


@dataclass(frozen=True)
class CheckedRule:
    """The result of one rule for a pair of networks.

    Attributes:
        rule: the short name of the rule.
        text: the rule in words.
        verdict: kept, broken or not applicable.
        evidence: the layers that decided the verdict, or why the rule does not apply.
        faults: each way in which the rule is broken.
    """

    rule: str
    text: str
    verdict: Verdict
    evidence: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Pair:
    """The module calls of both networks, and whether the data are bounded.

    Attributes:
        generator: the calls of G in order.
        discriminator: the calls of D in order.
        bounded: whether the data have a range, so that G should end in tanh.
    """

    generator: Sequence[Call]
    discriminator: Sequence[Call]
    bounded: bool

    @property
    def sides(self) -> tuple[tuple[Side, Sequence[Call]], ...]:
        """Both networks with their names."""
        return (("generator", self.generator), ("discriminator", self.discriminator))


_POOLS = (*POOLS, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.Upsample, Nearest, Linear)
_BATCH = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_OTHER_NORMS = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d, nn.GroupNorm, nn.LayerNorm)
_SQUASHING = (nn.Tanh, Bounded)


def check_rules(pair: Pair, *, spatial: bool) -> list[CheckedRule]:
    """Check a pair against every rule, in the paper's order.

    Args:
        pair: the networks.
        spatial: whether the data have positions, over which a network can convolve.
    """
    if not spatial:
        why = "rules for convolutions; points have no positions to slide over"
        return [CheckedRule(name, text, "not applicable", why) for name, text, _ in _RULES]
    return [_rule(name, text, check(pair)) for name, text, check in _RULES]


def _rule(name: str, text: str, found: Sequence[Fault | str]) -> CheckedRule:
    faults = tuple(item for item in found if isinstance(item, Fault))
    if faults:
        spoken = (f"{LETTERS[fault.side]} {fault.evidence}" for fault in faults)
        return CheckedRule(name, text, "broken", "; ".join(spoken), faults)
    return CheckedRule(name, text, "kept" if found else "not applicable", "; ".join(map(str, found)) or _ALL_DENSE)


_ALL_DENSE = "neither network convolves: fully connected by design"

Check = Callable[[Pair], list[Fault | str]]
"""Returns the faults, or texts that show that the rule is kept; an empty list if the rule does not apply."""


def _strided(pair: Pair) -> list[Fault | str]:
    found: list[Fault | str] = []
    for side, calls in pair.sides:
        convolutions = _of(calls, (*CONVOLUTIONS, *TRANSPOSED))
        pools = _of(calls, _POOLS)
        strided = [call for call in convolutions if _stride(call.module) > 1]
        if pools:
            what = "pools" if side == "discriminator" else "scales"
            found.append(Fault(side, "pools", f"{what} with {_count(pools)}"))
        elif convolutions and not strided:
            found.append(Fault(side, "has no stride", "has no convolution with a stride"))
        elif convolutions:
            found.append(f"{LETTERS[side]}: {_count(strided)} with a stride")
    return found


def _batch_norm(pair: Pair) -> list[Fault | str]:
    found: list[Fault | str] = []
    for side, calls in pair.sides:
        batch, others = _of(calls, _BATCH), _of(calls, _OTHER_NORMS)
        if others:
            found.append(Fault(side, "norm", f"has {_count(others)}"))
        elif batch:
            found.append(f"{LETTERS[side]}: {_count(batch)}")
        elif len(_of(calls, WEIGHT_LAYERS)) <= 2:
            found.append(f"{LETTERS[side]}: no layer between its ends")
        else:
            spectral = any(hasattr(call.module, "parametrizations") for call in calls)
            found.append(Fault(side, "norm", "has spectral norm instead" if spectral else "has none"))
    return found


def _no_hidden_dense(pair: Pair) -> list[Fault | str]:
    found: list[Fault | str] = []
    for side, calls in pair.sides:
        weights = _of(calls, WEIGHT_LAYERS)
        # the projection of the latent and the layer of the logit are ends, not hidden layers
        inner = weights[1:] if side == "generator" else weights[:-1]
        dense = [call for call in inner if isinstance(call.module, nn.Linear)]
        if dense:
            found.append(Fault(side, "is dense", f"has {len(dense)} Linear besides its {_END[side]}"))
        else:
            ends = bool(_of(weights, (nn.Linear,)))
            found.append(f"{LETTERS[side]}: its {_END[side]} alone" if ends else f"{LETTERS[side]}: none")
    return found


_END: dict[Side, str] = {"generator": "first layer", "discriminator": "last layer"}


def _rectified_generator(pair: Pair) -> list[Fault | str]:
    found: list[Fault | str] = []
    activations = _activations(pair.generator)
    ends = bool(activations) and isinstance(activations[-1].module, _SQUASHING)
    hidden = activations[:-1] if ends and pair.bounded else activations
    wrong = [call for call in hidden if type(call.module) is not nn.ReLU]
    if wrong:
        found.append(Fault("generator", "activation", f"has {_count(wrong)}"))
    if pair.bounded and not ends:
        found.append(Fault("generator", "has no tanh", "does not end in tanh"))
    end = ", then tanh" if pair.bounded else "; no tanh, as the data are unbounded"
    return found or [f"{len(hidden)} ReLU{end}"]


def _leaky_discriminator(pair: Pair) -> list[Fault | str]:
    activations = _activations(pair.discriminator)
    if activations and activations[-1] is pair.discriminator[-1]:
        activations.pop()  # the last activation of an autoencoder sets the range of its output; it is not hidden
    wrong = [call for call in activations if type(call.module) is not nn.LeakyReLU]
    if wrong or not activations:
        return [Fault("discriminator", "activation", f"has {_count(wrong)}" if wrong else "has no activation")]
    return [_count(activations)]


def _bare_ends(pair: Pair) -> list[Fault | str]:
    found: list[Fault | str] = []
    first = _norms_behind(pair.discriminator, 0)
    last = _norms_behind(pair.generator, len(_of(pair.generator, WEIGHT_LAYERS)) - 1)
    if first:
        found.append(Fault("discriminator", "has a normed end", f"has {_count(first)} behind its first layer"))
    if last:
        found.append(Fault("generator", "has a normed end", f"has {_count(last)} at its output"))
    return found or ["none there"]


def _norms_behind(calls: Sequence[Call], index: int) -> list[Call]:
    """Return the batch norms between one layer with weights and the next."""
    at = [place for place, call in enumerate(calls) if isinstance(call.module, WEIGHT_LAYERS)]
    start, stop = at[index], (*at, len(calls))[index + 1]
    return _of(calls[start:stop], _BATCH)


_RULES: tuple[tuple[str, str, Check], ...] = (
    ("strided_convolutions", "strided convolutions in place of pooling", _strided),
    ("batch_norm", "batch norm in both networks", _batch_norm),
    ("bare_ends", "no batch norm at G's output and D's first layer", _bare_ends),
    ("no_hidden_dense", "no fully connected hidden layers", _no_hidden_dense),
    ("relu_and_tanh", "ReLU in G, tanh at its end", _rectified_generator),
    ("leaky_relu", "LeakyReLU in D", _leaky_discriminator),
)


def _activations(calls: Sequence[Call]) -> list[Call]:
    return [call for call in calls if is_nonlinear(call.module)]


def _of(calls: Sequence[Call], kinds: tuple[type[nn.Module], ...]) -> list[Call]:
    return [call for call in calls if isinstance(call.module, kinds)]


def _stride(layer: nn.Module) -> int:
    stride = getattr(layer, "stride", 1)
    return max(stride) if isinstance(stride, tuple) else int(stride)


def _count(calls: Sequence[Call]) -> str:
    """Return the calls by type, as `2 Conv2d and 1 AvgPool2d`."""
    return " and ".join(_spelled(calls))


def _spelled(calls: Sequence[Call]) -> Iterator[str]:
    for name, number in Counter(type(call.module).__name__.removeprefix("Parametrized") for call in calls).items():
        yield f"{number} {name}"
