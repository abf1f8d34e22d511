"""Callbacks that Hydra runs before it makes the first folder."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from gan_cli.arguments import SWEPT
from gan_cli.config.check import Node, check_each
from gan_cli.config.compose import TECHNIQUES, plain, run_folder, sweep_points
from gan_cli.config.folders import config_dir, groups
from gan_cli.config.schema import did_you_mean
from gan_cli.config.targets import resolve
from gan_cli.disk.writing import make_folder
from gan_cli.errors import Refusal, SettingError
from gan_cli.startup import announce_torch

Job = tuple[Node, list[str], Path | None]
"""Settings, typed overrides, and the run folder if it is known before the job starts."""


OWN_SWEEPERS = "hydra_plugins.gan_cli_sweepers."
"""Prefix of our own sweepers. They check their points themselves, because they know the folders."""


class BeforeJobs(Callback):
    """Checks every job of a command before any of them starts.

    Args:
        check: dotted path of a function that checks a list of jobs beyond the verb's schema and raises UserError; None
            for the schema alone.
    """

    def __init__(self, check: str | None = None) -> None:
        self._check = check

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check the one job of a plain run."""
        announce_torch()
        with _through_hydra():
            typed = list(config.hydra.overrides.task)
            _refuse_axes(config, typed)
            self._check_all(config, [(plain(config), typed, run_folder(config))])
            make_folder(run_folder(config))  # before Hydra does, so that we know that this process made it

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every point of a sweep, unless its sweeper does that."""
        announce_torch()
        if str(config.hydra.sweeper.get("_target_")).startswith(OWN_SWEEPERS):
            return
        with _through_hydra():
            self._check_all(config, [(plain(point), typed, None) for typed, point in sweep_points(config)])

    def _check_all(self, config: DictConfig, jobs: list[Job]) -> None:
        check_jobs(config.hydra.job.name, self._check, jobs)


def check_jobs(verb: str, check: str | None, jobs: list[Job]) -> Any:
    """Check jobs against the schema of their verb, then call the function `check` and return its result.

    Raises:
        UserError: a job cannot work.
    """
    schema = resolve(importlib.import_module(f"gan_cli.commands.{verb}").SCHEMA)
    check_each([settings for settings, _, _ in jobs], schema)
    for settings, typed, _ in jobs:
        _refuse_unchosen(settings.get(TECHNIQUES), typed)
    return None if check is None else resolve(check)(jobs)


def _refuse_unchosen(chosen: Any, typed: list[str]) -> None:
    """Refuse settings of techniques that are not chosen. They have no class, so composing the config dropped them."""
    for override in typed:
        key, _, value = override.lstrip("+").partition("=")
        group, _, name = key.partition(".")
        technique = name.partition(".")[0]
        if group != TECHNIQUES or not technique or technique in chosen or value.lower() == "null":
            continue
        known = groups([config_dir()])[TECHNIQUES]
        listed = ",".join([*chosen, technique])
        remedy = f"{technique} has no effect; add '{TECHNIQUES}=[{listed}]'"
        raise SettingError(
            f"/{key}", value, remedy if technique in known else f"{remedy}{did_you_mean(technique, known)}"
        )


def _refuse_axes(config: DictConfig, typed: list[str]) -> None:
    """Refuse axes in a command without -m, which would ignore them, unless a value of each axis is typed."""
    said = dict(override.lstrip("+").partition("=")[::2] for override in typed)
    axes = [str(key) for key in config.hydra.sweeper.get("params") or {} if key not in said]
    for group in ("sweep", "experiment") if config.hydra.job.name == SWEPT else ("sweep",):
        if axes and group in said:
            remedy = f"goes through values of {', '.join(axes)}; add -m to run each of its points"
            raise SettingError(f"/{group}", said[group], remedy)


@contextmanager
def _through_hydra() -> Iterator[None]:
    """Raise exceptions as a `Refusal`: Hydra turns all exceptions of a callback into warnings, except SystemExit."""
    try:
        yield
    except Exception as error:
        raise Refusal(error) from error
