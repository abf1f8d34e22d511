"""Suggest what to change: a few remedies for each state of the game, chosen by the settings of the run.

A remedy that the run already uses, or that does not fit its data or loss, is skipped. The user sees the first three of
the others. Their order follows a table in docs/balance.md, which shows how often each remedy helped.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

from gan_cli.config.check import Node
from gan_cli.diagnosis.verdict import State, Verdict
from gan_cli.game import SIDES

Remedy = Callable[[Node], str | None]
"""The settings of a run -> overrides to paste, or None if the remedy does not apply."""

MOST = 3

_USUAL_RATE = 2e-4
_UNEVEN = 4.0


def advise(config: Node, verdict: Verdict) -> tuple[str, ...]:
    """Return overrides to try, best first, ready for the shell; empty for a state that needs no remedy."""
    found: Iterator[str | None] = (remedy(config) for remedy in _REMEDIES.get(verdict.state, ()))
    return tuple(dict.fromkeys(override for override in found if override))[:MOST]


def _is_autoencoder(config: Node) -> bool:
    return "began" in config["balance"]


def _lipschitz(config: Node) -> str | None:
    """Limit the slope of a Wasserstein critic that has no limit yet; its logits would grow without bound."""
    bounded = {"gradient_penalty", "dragan", "weight_clip"} & set(config["balance"]) or _is_autoencoder(config)
    free = config["loss"]["_target_"].endswith("Wasserstein") and not bounded
    norm = config["discriminator"].get("norm")
    if not free or norm == "spectral":
        return None
    # a gradient penalty is refused with batch norm, where the gradients of samples depend on each other
    return _add("weight_clip" if norm == "batch" else "gradient_penalty")(config)


def _even_rates(config: Node) -> str | None:
    """Set two learning rates that are far apart back to the usual rate."""
    rates = {side: _rate(config, side) for side in SIDES}
    low, high = sorted(rates.values())
    if low > 0 and high / low < _UNEVEN:
        return None
    off = [side for side, rate in rates.items() if not 1 / _UNEVEN < rate / _USUAL_RATE < _UNEVEN]
    return " ".join(f"optim.{side}.lr={_USUAL_RATE:g}" for side in off or rates)


def _rate(config: Node, side: str) -> float:
    rate = config["optim"][side]["lr"]
    return float(rate["start"] if isinstance(rate, dict) else rate)


def _scale_rates(factor: float, *sides: str) -> Remedy:
    """Multiply the learning rates of some networks."""
    return lambda config: " ".join(f"optim.{side}.lr={_rate(config, side) * factor:.3g}" for side in sides)


def _usual_rates(config: Node) -> str | None:
    """Set learning rates that are far too high back to the usual rate."""
    high = [side for side in SIDES if _rate(config, side) > 10 * _USUAL_RATE]
    return " ".join(f"optim.{side}.lr={_USUAL_RATE:g}" for side in high) or None


def _is_dense(config: Node) -> bool:
    return bool(config["generator"]["_target_"].endswith("MLPGenerator"))


def _has_no_packs(config: Node) -> bool:
    return _is_autoencoder(config) or config["trainer"]["batch_size"] % 2 == 1


def _add(technique: str, *, unless: Callable[[Node], bool] | None = None) -> Remedy:
    """Add a balancing technique, unless the run has it or `unless` says that it would be refused."""

    def remedy(config: Node) -> str | None:
        present = list(config["balance"])
        if technique in present or (unless is not None and unless(config)):
            return None
        return shlex.quote(f"balance=[{','.join([*present, technique])}]")

    return remedy


def _set(key: str, value: Any, *, unless: Callable[[Any], bool] | None = None) -> Remedy:
    """Change a setting to `value`, if the run has this setting with a different value."""

    def remedy(config: Node) -> str | None:
        node: Any = config
        *path, name = key.split(".")
        for part in path:
            node = node.get(part, {})
        if name not in node or node[name] == value or (unless is not None and unless(node[name])):
            return None
        return f"{key}={value}"

    return remedy


def _batch_norm(config: Node) -> str | None:
    """Use batch norm, which keeps the generator's samples apart. It does not work with BEGAN."""
    return None if _is_autoencoder(config) else _set("generator.norm", "batch")(config)


_REMEDIES: dict[State, tuple[Remedy, ...]] = {
    "discriminator_dominates": (
        _even_rates,
        _add("r1", unless=_is_dense),
        _add("instance_noise"),
        _set("discriminator.dropout", 0.3, unless=lambda rate: rate >= 0.3),
        _scale_rates(0.25, "discriminator"),
    ),
    "generator_dominates": (
        _even_rates,
        _set("trainer.g_steps", 1),
        _scale_rates(4.0, "discriminator"),
        _set("trainer.d_steps", 2, unless=lambda steps: steps >= 2),
    ),
    "discriminator_overfits": (
        _add("diff_augment", unless=_is_dense),
        _set("discriminator.dropout", 0.3, unless=lambda rate: rate >= 0.3),
        _add("instance_noise"),
    ),
    "mode_collapse": (
        _batch_norm,
        _add("packing", unless=_has_no_packs),
        _add("minibatch_stddev", unless=_is_autoencoder),
        _scale_rates(0.25, "generator", "discriminator"),
    ),
    "oscillating": (
        _scale_rates(0.25, "generator", "discriminator"),
        _add("instance_noise"),
        _add("historical_average"),
    ),
    "diverged": (
        _lipschitz,
        _usual_rates,
        _set("trainer.clip_grad_norm", 1.0, unless=lambda norm: norm is not None),
        _scale_rates(0.1, "generator", "discriminator"),
    ),
}
