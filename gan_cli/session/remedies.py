"""Remedies: each looks at the settings of a run, and returns overrides that change one thing, or None.

`advice.py` has them by state.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from gan_cli.config.check import CLASS, Node
from gan_cli.config.signature import parameters_of
from gan_cli.config.targets import resolve
from gan_cli.game import SIDES, Side

Remedy = Callable[[Node], str | None]
"""The settings of a run -> overrides to paste, or None if the remedy does not apply."""

_USUAL_RATE = 2e-4
_UNEVEN = 4.0
_LIMITS = {"gradient_penalty", "dragan", "weight_clip", "r1"}
"""Techniques that limit the slope of D."""
_SHALLOWER = 2
"""How many times as deep the other network must be for a network to be deepened."""
_NARROWER = 4
"""How many times as wide the other network must be for a network to be widened."""


def is_autoencoder(config: Node) -> bool:
    """Whether the discriminator reconstructs its samples (BEGAN)."""
    return "began" in config["balance"]


def is_dense(config: Node) -> bool:
    """Whether the generator has dense layers only."""
    return bool(config["generator"]["_target_"].endswith("MLPGenerator"))


def lipschitz(config: Node) -> str | None:
    """Limit the slope of a Wasserstein critic that has no limit yet; its logits would grow without bound."""
    bounded = {"gradient_penalty", "dragan", "weight_clip"} & set(config["balance"]) or is_autoencoder(config)
    free = config["loss"]["_target_"].endswith("Wasserstein") and not bounded
    norm = config["discriminator"].get("norm")
    if not free or norm == "spectral":
        return None
    # a gradient penalty is refused with batch norm, where the gradients of samples depend on each other
    return add("weight_clip" if norm == "batch" else "gradient_penalty")(config)


def even_rates(config: Node) -> str | None:
    """Set two learning rates that are far apart back to the usual rate."""
    rates = {side: _rate(config, side) for side in SIDES}
    low, high = sorted(rates.values())
    if low > 0 and high / low < _UNEVEN:
        return None
    off = [side for side, rate in rates.items() if not 1 / _UNEVEN < rate / _USUAL_RATE < _UNEVEN]
    return " ".join(f"optim.{side}.lr={_USUAL_RATE:g}" for side in off or rates)


def usual_rates(config: Node) -> str | None:
    """Set learning rates that are far too high back to the usual rate."""
    high = [side for side in SIDES if _rate(config, side) > 10 * _USUAL_RATE]
    return " ".join(f"optim.{side}.lr={_USUAL_RATE:g}" for side in high) or None


def scale_rates(factor: float, *sides: Side) -> Remedy:
    """Multiply the learning rates of some networks."""
    return lambda config: " ".join(f"optim.{side}.lr={_rate(config, side) * factor:.3g}" for side in sides)


def _rate(config: Node, side: Side) -> float:
    """Return a network's learning rate, or the start of its ramp; the default of its optimizer if none is set."""
    node = config["optim"][side]
    if "lr" not in node:
        known = parameters_of(resolve(node[CLASS])).get("lr")
        return _USUAL_RATE if known is None else float(known.default)
    return start_of(node["lr"])


def start_of(value: Any) -> float:
    """Return a number, or where its ramp starts."""
    return float(value["start"] if isinstance(value, dict) else value)


def add(technique: str, *, unless: Callable[[Node], bool] | None = None) -> Remedy:
    """Add a balancing technique, unless the run has it or `unless` says that it would be refused."""

    def remedy(config: Node) -> str | None:
        present = list(config["balance"])
        if technique in present or (unless is not None and unless(config)):
            return None
        return _techniques([*present, technique])

    return remedy


def without(technique: str, when: Callable[[Node], bool]) -> Remedy:
    """Take a technique away if `when` says so of its settings."""

    def remedy(config: Node) -> str | None:
        present = config["balance"]
        if technique not in present or not when(present[technique]):
            return None
        return _techniques([name for name in present if name != technique])

    return remedy


def _techniques(names: list[str]) -> str:
    return shlex.quote(f"balance=[{','.join(names)}]")


def change(key: str, value: Any, *, unless: Callable[[Any], bool] | None = None) -> Remedy:
    """Change a setting to `value`, if the run has this setting with a different value."""

    def remedy(config: Node) -> str | None:
        node: Any = config
        *path, name = key.split(".")
        for part in path:
            node = node.get(part, {})
        if name not in node or node[name] == value or (unless is not None and unless(node[name])):
            return None
        return f"{key}={'null' if value is None else value}"

    return remedy


def widen(weak: Side) -> Remedy:
    """Give a network that is far narrower than the other one the same width."""
    strong = next(side for side in SIDES if side != weak)

    def remedy(config: Node) -> str | None:
        ours, theirs = config[weak], config[strong]
        if ours.get("widths") and theirs.get("widths"):
            if max(ours["widths"]) * _NARROWER > max(theirs["widths"]):
                return None
            return f"{weak}.widths=[{','.join(map(str, reversed(theirs['widths'])))}]"
        if ours.get("widths") or theirs.get("widths") or "base_channels" not in ours or "base_channels" not in theirs:
            return None
        if ours["base_channels"] * _NARROWER > theirs["base_channels"]:
            return None
        return f"{weak}.base_channels={theirs['base_channels']}"

    return remedy


def deepen(weak: Side) -> Remedy:
    """Give a network of less than half as many layers as the other one the same number."""
    strong = next(side for side in SIDES if side != weak)

    def remedy(config: Node) -> str | None:
        ours, theirs = (config[side].get("depth") for side in (weak, strong))
        if any(config[side].get("widths") for side in SIDES) or ours is None:
            return None
        if theirs is None:  # as many as fit the data
            return f"{weak}.depth=null" if ours == 1 else None
        return f"{weak}.depth={theirs}" if _SHALLOWER * ours <= theirs else None

    return remedy


def norms(config: Node) -> str | None:
    """Use batch norm, which keeps G's samples apart, and spectral norm in a convolutional D that nothing limits.

    Alone, batch norm helps little against a convolutional D without a norm. Neither works with BEGAN.
    """
    if is_autoencoder(config):
        return None
    return " ".join(filter(None, [change("generator.norm", "batch")(config), spectral(config)])) or None


def spectral(config: Node) -> str | None:
    """Use spectral norm in a convolutional D that nothing limits; not with BEGAN."""
    dense = config["discriminator"][CLASS].endswith("MLPDiscriminator")
    limited = dense or is_autoencoder(config) or _LIMITS & set(config["balance"])
    return "discriminator.norm=spectral" if config["discriminator"].get("norm") == "none" and not limited else None
