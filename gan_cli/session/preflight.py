"""All that can be refused is refused here: before a folder is made, for every point of a sweep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gan_cli.config.check import Node, check
from gan_cli.config.runs import differences, is_run, read_settings
from gan_cli.errors import SettingError, UserError
from gan_cli.session.assemble import Parts, experiment
from gan_cli.session.folder import is_free_for_a_new_run, read_status

FREE_TO_CHANGE = ("trainer.steps",)
"""Settings that a resumed run may have otherwise than before."""

Point = tuple[Node, list[str], Path | None]
"""Settings, what was typed for them, and the run's folder where it is known before the job starts."""

Intent = Literal["new", "resume", "finished"]


@dataclass(frozen=True)
class Plan:
    """What is going to happen in a folder, and the settings it happens with."""

    intent: Intent
    config: Node


def plan(config: Node, overrides: Sequence[str], folder: Path) -> Plan:
    """Decide whether a command starts, resumes or leaves a run, and check that it can.

    A command that types nothing but `run=` (and perhaps a larger `trainer.steps`) takes its settings from the folder.

    Args:
        config: the composed settings, plain values.
        overrides: what was typed.
        folder: where the run lives or is going to live.

    Raises:
        UserError: wrong settings, a folder with other settings or with something else in it.
    """
    typed = {key.lstrip("+~") for key, _, _ in (override.partition("=") for override in overrides)}
    if is_run(folder):
        saved = read_settings(folder)
        if not typed - {"run", *FREE_TO_CHANGE}:
            config = _with_steps(saved, config["trainer"]["steps"] if typed & set(FREE_TO_CHANGE) else None)
        check(config, experiment)
        return Plan(_intent(saved, config, folder), config)
    if not is_free_for_a_new_run(folder):
        raise UserError(f"run={folder}: this folder holds something that is not a run; name a new or an empty folder")
    return Plan("new", config)


def _with_steps(saved: Node, steps: object) -> Node:
    if steps is None:
        return saved
    return {**saved, "trainer": {**saved["trainer"], "steps": steps}}


def _intent(saved: Node, asked: Node, folder: Path) -> Intent:
    changed = [problem for problem in differences(saved, asked) if problem.setting not in FREE_TO_CHANGE]
    if changed:
        shown = ", ".join(f"{p.setting}={p.value} ({p.remedy})" for p in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise UserError(
            f"run={folder}: this folder holds a run with other settings: {shown}{more}.\n"
            f"Resume it with `gan train run={folder}` alone, or name another folder."
        )
    before, now = saved["trainer"]["steps"], asked["trainer"]["steps"]
    status = read_status(folder)
    reached = int(status.get("step", 0)) if status.get("status") == "done" else 0
    if now < before or now < reached:
        raise SettingError("/trainer.steps", now, f"this run has {before} steps; it can be made longer, not shorter")
    return "finished" if status.get("status") == "done" and reached >= now else "resume"


def check_all(points: Sequence[Point]) -> None:
    """Plan and rehearse every job of a command, and fetch each data set that they need, once.

    Args:
        points: settings (already held against the schema), what was typed, and the folder of each job.

    Raises:
        UserError: the first job that cannot work; in a sweep, with its overrides.
    """
    fetched: set[str] = set()
    for config, overrides, folder in points:
        with _named(overrides, points):
            todo = Plan("new", config) if folder is None else plan(config, overrides, folder)
            if todo.intent != "finished":
                Parts(todo.config).rehearse()
        wanted = json.dumps(todo.config["data"], sort_keys=True, default=str)
        if todo.intent != "finished" and wanted not in fetched:
            fetched.add(wanted)
            Parts(todo.config).source().prepare()


def rehearse_all(points: Sequence[Point]) -> None:
    """Rehearse every job of a command that has no run folder.

    Raises:
        UserError: the first job that cannot work; in a sweep, with its overrides.
    """
    for config, overrides, _ in points:
        with _named(overrides, points):
            Parts(config).rehearse()


@contextmanager
def _named(overrides: list[str], points: Sequence[Point]) -> Iterator[None]:
    """Among several points, say which one is at fault."""
    try:
        yield
    except UserError as error:
        if len(points) == 1:
            raise
        raise UserError(f"the point {' '.join(overrides)}: {error}") from error
