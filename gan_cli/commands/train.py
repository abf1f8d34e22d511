"""`gan train`: train a GAN, or go on with a run that was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

SCHEMA = "gan_cli.session.assemble.experiment"
"""The signature that the top level of `configs/train.yaml` is held against."""


def run(config: DictConfig) -> float | None:
    """Train; Hydra calls this once for each job.

    Returns:
        In a sweep, infinity for a run that diverged, else None.
    """
    from gan_cli.config.compose import is_sweep, job_folder, job_overrides, plain_job
    from gan_cli.session.folder import read_status
    from gan_cli.session.play import play
    from gan_cli.session.preflight import plan

    folder = job_folder()
    todo = plan(plain_job(config), job_overrides(), folder)
    if todo.intent == "finished":
        steps = read_status(folder).get("step", todo.config["trainer"]["steps"])
        print(f"{folder}: this run is finished after {steps} steps; type a larger trainer.steps to make it longer")
        return None
    ending = play(todo.config, job_overrides(), folder)
    if ending.exit_code > 1 or (ending.exit_code and not is_sweep()):
        raise SystemExit(ending.exit_code)
    return float("inf") if ending.exit_code else None
