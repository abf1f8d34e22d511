"""Check everything that can be wrong with a command before a folder is made, for every point of a sweep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gan_cli.accidents import ErrorContext, as_user_error
from gan_cli.config.check import Node
from gan_cli.config.hooks import Job
from gan_cli.config.run_folders import is_run
from gan_cli.config.runs import CIRCUMSTANCES, CURE, TRUST, differences, flatten, load_run, on_run, read_settings
from gan_cli.config.targets import resolver
from gan_cli.errors import SettingError, UserError
from gan_cli.session.assemble import Parts
from gan_cli.session.experiment import experiment
from gan_cli.session.folder import is_free_for_a_new_run, read_status, refuse_held, refuse_place
from gan_cli.session.folder_safety import refuse_unsafe_folder
from gan_cli.session.footprint import refuse_too_large
from gan_cli.session.rehearsal import rehearse
from gan_cli.session.same_data import ROOT, hint_if_data_moved, may_change_root, with_absolute_root
from gan_cli.spec import SampleSpec

STEPS = "trainer.steps"
FREE_TO_CHANGE = (STEPS,)
"""Settings that may change when a run is resumed."""

Intent = Literal["new", "resume", "finished"]


@dataclass(frozen=True)
class Plan:
    """What will happen in a run folder, and with which settings.

    Attributes:
        intent: start a new run, resume the run, or nothing because it is finished.
        config: the settings.
        trusted: whether the user typed the settings, or trusts their author.
    """

    intent: Intent
    config: Node
    trusted: bool = True


def plan(config: Node, overrides: Sequence[str], folder: Path) -> Plan:
    """Decide whether a command starts a run, resumes it or leaves it as it is, and check that this is possible.

    If only `run=` (and perhaps `cure` or a larger `trainer.steps`) is typed, the settings come from the folder.

    Args:
        config: the composed settings, plain values.
        overrides: the typed overrides.
        folder: the run folder, which need not exist.

    Raises:
        UserError: wrong settings, or a folder that holds a run with other settings or something that is not a run.
    """
    refuse_place(folder)
    refuse_unsafe_folder(folder)
    refuse_held(folder)
    config, typed = with_absolute_root(config), _keys(overrides)
    if is_run(folder):
        trusted = True
        if not {key for key in typed if not key.startswith("hydra.")} - {*CIRCUMSTANCES, *FREE_TO_CHANGE}:
            trusted = bool(config.get(TRUST, False))
            saved = with_absolute_root(load_run(folder, experiment, trust=trusted))
            steps = config["trainer"]["steps"] if typed & set(FREE_TO_CHANGE) else saved["trainer"]["steps"]
            config = {**saved, "trainer": {**saved["trainer"], "steps": steps}}
        else:
            saved = with_absolute_root(read_settings(folder))
        return Plan(_intent(saved, config, folder), config, trusted)
    if not is_free_for_a_new_run(folder):
        raise UserError(f"run={folder}: this folder holds something that is not a run; name a new or an empty folder")
    return Plan("new", config)


def _of_sweep(config: Node, overrides: Sequence[str]) -> Plan:
    """Plan a point whose folder is not known yet. Whether it holds a run is checked when its job starts."""
    return Plan("new", config)


def _refuse_one_folder_for_all(config: Node, overrides: Sequence[str]) -> None:
    if "run" in _keys(overrides):
        remedy = "in a sweep each run has a folder of its own; name the sweep's with hydra.sweep.dir=..."
        raise SettingError("/run", config["run"], remedy)


def refuse_cure_in_sweep(config: Node) -> None:
    """Refuse `cure=true` in a sweep, whose runs are compared with each other and not with runs of other settings.

    Raises:
        SettingError: it is set.
    """
    if config.get(CURE):
        remedy = "is for a single run; leave it out, and after the sweep: gan cure run=<folder of one of its runs>"
        raise SettingError(f"/{CURE}", True, remedy)


def _keys(overrides: Sequence[str]) -> set[str]:
    return {override.partition("=")[0].lstrip("+~") for override in overrides}


def _intent(saved: Node, asked: Node, folder: Path) -> Intent:
    free = (*FREE_TO_CHANGE, ROOT) if may_change_root(saved) else FREE_TO_CHANGE
    changed = [problem for problem in differences(saved, asked) if problem.setting not in free]
    if changed:
        shown = ", ".join(f"{p.setting}={p.value} ({p.remedy})" for p in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise UserError(
            f"run={folder}: this folder holds a run with other settings: {shown}{more}.\n"
            f"Resume it with `{on_run('train', folder, saved)}` alone, or name another folder."
        )
    now = asked["trainer"]["steps"]
    before = dict(flatten(saved)).get(STEPS, now)
    status = read_status(folder)
    done = status.get("status") == "done"
    reached = status.get("step", now) if done else 0
    if now < max(before, reached):
        raise SettingError(f"/{STEPS}", now, f"this run has {before} steps; it can be made longer, not shorter")
    stopped = status.get("status") == "stopped" and now == before
    return "finished" if stopped or (done and reached >= now) else "resume"


def check_all(jobs: Sequence[Job]) -> list[Plan]:
    """Plan and rehearse every job of a command, and fetch each data set that the jobs need once.

    Args:
        jobs: settings (already checked against the schema), typed overrides and folder of each job.

    Raises:
        UserError: the first job that cannot work; in a sweep, the message has its overrides.
    """
    fetched: set[str] = set()
    plans = []
    known: dict[str, SampleSpec] = {}
    for config, overrides, folder in jobs:
        with _named(config, overrides, jobs):
            if len(jobs) > 1 or folder is None:
                _refuse_one_folder_for_all(config, overrides)
                refuse_cure_in_sweep(config)
            todo = _of_sweep(config, overrides) if folder is None else plan(config, overrides, folder)
            if todo.intent != "finished":
                with hint_if_data_moved(todo.config) if todo.intent == "resume" else nullcontext():
                    refuse_too_large(todo.config, rehearse(todo.config, known))
        wanted = json.dumps(todo.config["data"], sort_keys=True, default=str)
        if todo.intent != "finished" and wanted not in fetched:
            fetched.add(wanted)
            Parts(todo.config, resolver(trust=todo.trusted)).source().prepare()
        plans.append(todo)
    return plans


def rehearse_all(jobs: Sequence[Job]) -> None:
    """Rehearse every job of a command that has no run folder.

    Raises:
        UserError: the first job that cannot work; in a sweep, the message has its overrides.
    """
    known: dict[str, SampleSpec] = {}
    for config, overrides, _ in jobs:
        with _named(config, overrides, jobs):
            rehearse(config, known)


@contextmanager
def _named(config: Node, overrides: list[str], jobs: Sequence[Job]) -> Iterator[None]:
    """If there are several points, name the failing one in the error by the overrides that not all points share."""
    try:
        with _memory_named(config, overrides):
            yield
    except UserError as error:
        if len(jobs) == 1:
            raise
        own = [override for override in overrides if not all(override in typed for _, typed, _ in jobs)]
        raise UserError(f"the point {' '.join(own)}: {error}") from error


@contextmanager
def _memory_named(config: Node, overrides: list[str]) -> Iterator[None]:
    """In a memory error, name the settings that cost memory."""
    try:
        yield
    except MemoryError as error:
        raise as_user_error(error, ErrorContext(settings=dict(flatten(config)), typed=_keys(overrides))) from error
