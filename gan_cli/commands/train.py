"""`gan train`: train a GAN, or resume a run that was stopped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_cli.session.play import SweepHooks

SCHEMA = "gan_cli.session.experiment.experiment"
"""The signature against which the top level of `configs/train.yaml` is checked."""


def run(config: DictConfig) -> float | None:
    """Train one GAN; Hydra calls this once for each job.

    Returns:
        Infinity for a job of a sweep that has no result, else None.
    """
    from gan_cli.config.compose import is_sweep, job_folder, sweep_folder
    from gan_cli.sweep.job import play_job
    from gan_cli.sweep.status import is_sweep_folder

    if is_sweep() and is_sweep_folder(sweep_folder()):
        return play_job(sweep_folder(), job_folder(), partial(_train, config))
    code = _train(config)
    if code > 1 or (code and not is_sweep()):
        raise SystemExit(code)
    return float("inf") if code else None


def _train(config: DictConfig, hooks: SweepHooks | None = None) -> int:
    """Start or resume a run, or do nothing if it is finished; return the exit code."""
    from gan_cli.config.compose import job_folder, job_overrides, plain_job
    from gan_cli.launched import launched
    from gan_cli.own_code import search_folders
    from gan_cli.processes import joined
    from gan_cli.session.folder import read_status
    from gan_cli.session.follower import Task, lead
    from gan_cli.session.play import NO_HOOKS, play
    from gan_cli.session.preflight import plan

    folder = job_folder()
    todo = plan(plain_job(config), job_overrides(), folder)
    with joined(launched()) as world:
        lead(world, None if todo.intent == "finished" else Task(todo.config, folder, search_folders()))
        if todo.intent == "finished":
            steps = read_status(folder).get("step", todo.config["trainer"]["steps"])
            print(f"{folder}: this run is finished after {steps} steps; type a larger trainer.steps to make it longer")
            return 0
        return play(todo.config, job_overrides(), folder, hooks or NO_HOOKS, world).exit_code
