"""`gan train`: train a GAN, or resume a run that was stopped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.session.experiment.experiment"
"""The signature against which the top level of `configs/train.yaml` is checked."""


def run(config: DictConfig) -> float | None:
    """Train one GAN; Hydra calls this once for each job. With `cure=true`, cure it if it does not end balanced.

    Returns:
        Infinity for a job of a sweep that has no result, else None.
    """
    from gan_cli.config.compose import is_sweep, job_folder, job_overrides, plain_job, sweep_folder
    from gan_cli.session.start import start
    from gan_cli.stepwise import finish
    from gan_cli.sweep.job import play_job
    from gan_cli.sweep.status import is_sweep_folder

    settings = plain_job(config)
    job = partial(start, settings, job_overrides(), job_folder())
    if is_sweep() and is_sweep_folder(sweep_folder()):
        return play_job(sweep_folder(), job_folder(), job)
    code = finish(job())
    if settings["cure"] and not is_sweep():
        from gan_cli.cure.after_training import cured

        code = cured(job_folder(), code, settings)
    if code > 1 or (code and not is_sweep()):
        raise SystemExit(code)
    return float("inf") if code else None
