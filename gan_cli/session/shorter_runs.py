"""Suggest overrides that make a long run shorter: narrower networks, smaller images or fewer steps.

The time of one step is measured. The time with other networks is estimated from their multiply-adds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import torch

from gan_cli.config.check import Node
from gan_cli.errors import SettingError
from gan_cli.game import SIDES
from gan_cli.networks.base import HasLatent
from gan_cli.networks.profile import profile, totals
from gan_cli.session.assemble import Parts
from gan_cli.session.rehearsal import rehearse

log = logging.getLogger(__name__)

LONG = 1800.0
"""Limit in seconds: a run above it is long, and a suggested run should not exceed it."""

_NARROWEST = 8
_SMALLEST = 16
_FEWEST = 500
"""Smallest numbers of channels, pixels and steps that are suggested."""

_EXPONENT = 0.65
"""A step with a fraction f of the multiply-adds takes about f ** 0.65 of the time: small layers are less efficient."""

Offer = tuple[str, float]
"""Overrides to paste into the command, and the seconds that the whole run would take with them."""


def shorter_runs(config: Node, step_seconds: float) -> list[Offer]:
    """Return overrides that would make a run shorter; an empty list if the run is short or nothing helps.

    Args:
        config: the checked settings of the run.
        step_seconds: time of one of its steps on this machine.
    """
    seconds = step_seconds * config["trainer"]["steps"]
    if seconds <= LONG:
        return []
    try:
        offers = list(_lighter(config, seconds))
    except Exception:  # the user's own networks may fail here; that must not end the run
        log.debug("what would make the run shorter is not known", exc_info=True)
        offers = []
    short = next((offer for offer in offers if offer[1] <= LONG), None)
    return [*([short] if short else offers[-1:]), *_fewer_steps(step_seconds)]


def _lighter(config: Node, seconds: float) -> Iterator[Offer]:
    """Yield smaller networks and images that take less time, those closest to the current settings first."""
    before = _multiply_adds(config)
    for overrides in (*_narrower(config), *_smaller(config)):
        cost = _cost_with(config, overrides)
        if cost is not None and cost < before:
            typed = " ".join(f"{key}={value}" for key, value in overrides.items())
            yield typed, seconds * (cost / before) ** _EXPONENT


def _narrower(config: Node) -> Iterator[dict[str, int]]:
    """Yield both networks with a half, a quarter and so on of their channels."""
    keys = [f"{side}.base_channels" for side in SIDES]
    widths = [config[key.partition(".")[0]].get("base_channels") for key in keys]
    while all(isinstance(width, int) and width >= 2 * _NARROWEST for width in widths):
        widths = [width // 2 for width in widths]
        yield dict(zip(keys, widths, strict=True))


def _smaller(config: Node) -> Iterator[dict[str, int]]:
    """Yield images of half the size: with the current networks, then with the narrowest ones."""
    spec = Parts(config).source().spec
    side = min(spec.shape[1:], default=0)
    if spec.kind != "images" or "size" not in config["data"] or side < 2 * _SMALLEST:
        return
    narrowest = list(_narrower(config))[-1:]
    for overrides in ({}, *narrowest):
        yield {**overrides, "data.size": side // 2}


def _fewer_steps(step_seconds: float) -> Iterator[Offer]:
    """Yield the number of steps that fit into `LONG` seconds, rounded down to two digits."""
    steps = int(LONG / step_seconds)
    unit = 10 ** max(0, len(str(steps)) - 2)
    steps = steps // unit * unit
    if steps >= _FEWEST:
        yield f"trainer.steps={steps}", steps * step_seconds


def _cost_with(config: Node, overrides: dict[str, int]) -> float | None:
    """Multiply-adds with changed settings; None if these do not fit the other settings."""
    changed: dict[str, Any] = {key: dict(node) if isinstance(node, dict) else node for key, node in config.items()}
    for key, value in overrides.items():
        group, _, name = key.partition(".")
        changed[group][name] = value
    try:
        rehearse(changed)
        return _multiply_adds(changed)
    except SettingError:
        return None


def _multiply_adds(config: Node) -> float:
    """Multiply-adds of one step, for each sample of its batch: forward and backward passes of both networks."""
    parts, trainer = Parts(config), config["trainer"]
    spec = parts.source().spec
    with torch.device("meta"):
        generator, discriminator = parts.networks(spec, parts.techniques())
        assert isinstance(generator, HasLatent)
        drawn, shown = parts.empty_inputs(generator, spec, trainer["batch_size"])
        g = totals(profile(generator, drawn)).multiply_adds
        d = totals(profile(discriminator, shown)).multiply_adds
    # forward costs 1, backward 2; a D step needs fakes from G, and a G step needs the gradient through D
    return float(trainer["d_steps"] * (g + 6 * d) + trainer["g_steps"] * (3 * g + 3 * d))
