"""Start or resume a run in its folder, or leave it if it is finished."""

from __future__ import annotations

from pathlib import Path

from gan_cli.config.check import Node
from gan_cli.launched import launched
from gan_cli.own_code import search_folders
from gan_cli.processes import joined
from gan_cli.session.folder import read_status
from gan_cli.session.follower import Task, lead
from gan_cli.session.play import NO_HOOKS, SweepHooks, play_stepwise
from gan_cli.session.preflight import plan
from gan_cli.stepwise import Stepwise


def start(config: Node, overrides: list[str], folder: Path, hooks: SweepHooks = NO_HOOKS) -> Stepwise[int]:
    """Start or resume a run, or do nothing if it is finished; pause after each step, and return the exit code.

    Args:
        config: the composed settings, plain values.
        overrides: the typed overrides.
        folder: the run folder.
        hooks: what a sweep passes to the run.

    Raises:
        UserError: as in `plan` and `play`.
    """
    todo = plan(config, overrides, folder)
    with joined(launched()) as world:
        lead(world, None if todo.intent == "finished" else Task(todo.config, folder, search_folders()))
        if todo.intent == "finished":
            steps = read_status(folder).get("step", todo.config["trainer"]["steps"])
            print(f"{folder}: this run is finished after {steps} steps; type a larger trainer.steps to make it longer")
            return 0
        return (yield from play_stepwise(todo.config, overrides, folder, hooks, world)).exit_code
