"""Suggest what to change: a few remedies for each state of the game, chosen by the settings of the run.

A remedy that the run already uses, or that does not fit its data or loss, is skipped. The user sees the first three of
the others; `gan cure` goes on with the next ones if these do not help. Settings that are far from what any recipe uses
come first; the order of the others follows a table in docs/balance.md, which shows how often each remedy helped.
"""

from __future__ import annotations

from collections.abc import Iterator

from gan_cli.config.check import Node
from gan_cli.diagnosis.verdict import State, Verdict
from gan_cli.game import Side
from gan_cli.session.remedies import (
    Remedy,
    add,
    change,
    deepen,
    even_rates,
    is_autoencoder,
    is_dense,
    lipschitz,
    norms,
    scale_rates,
    spectral,
    start_of,
    usual_rates,
    widen,
    without,
)

MOST = 3


def advise(config: Node, verdict: Verdict, most: int | None = MOST) -> tuple[str, ...]:
    """Return at most so many overrides to try, best first, ready for the shell; empty if nothing needs a remedy."""
    found: Iterator[str | None] = (remedy(config) for remedy in _REMEDIES.get(verdict.state, ()))
    return tuple(dict.fromkeys(override for override in found if override))[:most]


def _has_no_packs(config: Node) -> bool:
    return is_autoencoder(config) or config["trainer"]["batch_size"] % 2 == 1


def _holds(side: Side) -> Remedy:
    return without("freeze", lambda settings: bool(settings["network"] == side))


def _drops_most(side: Side) -> Remedy:
    return change(f"{side}.dropout", 0.0, unless=lambda rate: rate < 0.5)


def _decays(side: Side) -> Remedy:
    return change(f"optim.{side}.weight_decay", 0.0, unless=lambda decay: start_of(decay) < 0.01)


_DROPPED = change("discriminator.dropout", 0.3, unless=lambda rate: rate >= 0.3)
_FEW_LATENTS = change("generator.latent_dim", 100, unless=lambda number: number > 2)
_GUESSING = without("label_flip", lambda settings: start_of(settings["probability"]) >= 0.25)
_DROWNED = without("instance_noise", lambda settings: start_of(settings["sigma"]) >= 1.0)


def _bare(config: Node) -> str | None:
    """Give norms to a pair that has none."""
    return norms(config) if config["generator"].get("norm") == "none" else None


def _told_weakly(config: Node) -> str | None:
    """Tell a generator with batch norms the class in each of them."""
    if config["generator"].get("norm") != "batch":
        return None
    return change("condition.generator", "batch_norm", unless=lambda told: told == "auto")(config)


_REMEDIES: dict[State, tuple[Remedy, ...]] = {
    "discriminator_dominates": (
        usual_rates,
        even_rates,
        _holds("generator"),
        widen("generator"),
        _drops_most("generator"),
        _FEW_LATENTS,
        deepen("generator"),
        _decays("discriminator"),
        _bare,
        _DROPPED,
        add("instance_noise"),
        add("r1", unless=is_dense),
        scale_rates(0.25, "discriminator"),
        scale_rates(0.25, "generator", "discriminator"),
        spectral,
    ),
    "generator_dominates": (
        even_rates,
        _holds("discriminator"),
        widen("discriminator"),
        deepen("discriminator"),
        _drops_most("discriminator"),
        _decays("discriminator"),
        _GUESSING,
        _DROWNED,
        change("balance.r1.gamma", "auto", unless=lambda gamma: gamma == "auto" or start_of(gamma) <= 100.0),
        change("trainer.g_steps", 1),
        scale_rates(4.0, "discriminator"),
        change("trainer.d_steps", 2, unless=lambda steps: steps >= 2),
        scale_rates(0.25, "generator"),
    ),
    "discriminator_overfits": (
        add("diff_augment", unless=is_dense),
        _DROPPED,
        add("instance_noise"),
    ),
    "mode_collapse": (
        norms,
        widen("generator"),
        _drops_most("generator"),
        _FEW_LATENTS,
        add("pulling_away", unless=lambda config: not is_autoencoder(config)),
        add("packing", unless=_has_no_packs),
        scale_rates(0.25, "generator", "discriminator"),
        add("minibatch_stddev", unless=is_autoencoder),
        _DROPPED,
        add("instance_noise"),
    ),
    "labels_ignored": (
        change("condition.weight", 1.0, unless=lambda weight: start_of(weight) >= 1.0),
        _told_weakly,
        scale_rates(4.0, "discriminator"),
        _DROPPED,
    ),
    "codes_ignored": (
        change("encoder.lr", None, unless=lambda rate: rate is None or rate >= 1e-5),
        even_rates,
        add("cycle", unless=lambda config: not config.get("encoder")),
        change("encoder.stochastic", False, unless=lambda stochastic: not stochastic),
        _DROPPED,
    ),
    "oscillating": (
        scale_rates(0.25, "generator", "discriminator"),
        add("instance_noise"),
        add("historical_average"),
    ),
    "diverged": (
        lipschitz,
        usual_rates,
        change("trainer.clip_grad_norm", 1.0, unless=lambda norm: norm is not None),
        scale_rates(0.1, "generator", "discriminator"),
    ),
}
