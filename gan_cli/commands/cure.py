"""`gan cure`: try what the advice of a run suggests that did not end balanced, and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.cure.request.CureRequest"
"""The signature against which `configs/cure.yaml` is checked."""


def run(config: DictConfig) -> None:
    """Train the attempts, print a table of them, and write it as JSON if requested."""
    from gan_cli.config.compose import plain_job
    from gan_cli.cure.answer import answer
    from gan_cli.cure.request import CureRequest

    if code := answer(CureRequest(**plain_job(config))):
        raise SystemExit(code)
