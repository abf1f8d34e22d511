"""Points as Hydra's jobs: all are composed and checked before one of them starts, then passed to the launcher."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from gan_cli.arguments import quote
from gan_cli.config.check import Node
from gan_cli.config.compose import plain
from gan_cli.config.hooks import Job, check_jobs
from gan_cli.errors import SettingError, UserError
from gan_cli.session.folder import read_status
from gan_cli.session.preflight import refuse_cure_in_sweep
from gan_cli.sweep.axes import Point
from gan_cli.sweep.workers import SHARING_A_GPU, count_workers, divide_threads, start_tracker


class Jobs:
    """Checks and launches the points of a sweep.

    Attributes:
        folder: the sweep folder, absolute.
        workers: number of jobs at a time; 1 if the launcher does not say.
        serial: whether the jobs run in this process, one after another.
    """

    def __init__(self, context: HydraContext, task: TaskFunction, config: DictConfig) -> None:
        self._config = config
        self.folder = Path(str(config.hydra.sweep.dir)).absolute()
        self.workers = 1
        launcher = config.hydra.launcher
        if "n_jobs" in launcher:
            self.workers = launcher.n_jobs = count_workers(config.workers)
        elif "at_a_time" in launcher:
            self.workers = launcher.at_a_time = SHARING_A_GPU if config.workers == "auto" else config.workers
        else:
            _refuse_workers(config)
        _refuse_missing(str(config.hydra.launcher.get("_target_")), str(config.hydra.runtime.choices["hydra/launcher"]))
        if "n_jobs" in launcher:
            start_tracker()
            divide_threads(self.workers)
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=task, config=config
        )
        self.serial = isinstance(self._launcher, BasicLauncher) or config.hydra.launcher.get("n_jobs") == 1

    def check(self, points: Sequence[Point]) -> list[Point]:
        """Check points against the schema and rehearse them; return those that are not finished and have not diverged.

        Raises:
            UserError: the first point that cannot work; the message names it.
        """
        if len(points) == 1:
            _refuse_one_folder(points[0])
        jobs: list[Job] = [(self.settings(p), list(p.overrides), self.folder / p.folder) for p in points]
        refuse_cure_in_sweep(jobs[0][0])
        plans = check_jobs("train", self._config.hydra.callbacks.preflight.check, jobs)
        return [
            point
            for point, plan in zip(points, plans, strict=True)
            if plan.intent != "finished" and read_status(self.folder / point.folder).get("status") != "diverged"
        ]

    def settings(self, point: Point) -> Node:
        """The composed settings of a point, as plain values."""
        loader = GlobalHydra.instance().config_loader()
        return plain(loader.load_sweep_config(self._config, self._typed(point)))

    def launch(self, points: Sequence[Point]) -> None:
        """Run some points to their ends with the launcher.

        Raises:
            Exception: the launcher failed, or a job raised an exception that `play_job` should have caught.
        """
        for result in self._launcher.launch([self._typed(point) for point in points], initial_job_idx=0):
            _ = result.return_value

    def _typed(self, point: Point) -> list[str]:
        """The overrides of a point for the launcher, including its folder, so that every process uses the same one."""
        place = (f"hydra.sweep.dir={quote(str(self.folder))}", f"hydra.sweep.subdir={quote(point.folder)}")
        return [*point.overrides, *place]


def _refuse_one_folder(point: Point) -> None:
    """Refuse `run=` in a sweep of one point, which would ignore it. With several points the preflight refuses it."""
    typed = dict(text.lstrip("+").partition("=")[::2] for text in point.overrides)
    if "run" in typed:
        remedy = "in a sweep each run has a folder of its own; name the sweep's with hydra.sweep.dir=..."
        raise SettingError("/run", typed["run"], remedy)


def _refuse_workers(config: DictConfig) -> None:
    """Refuse a typed number of jobs at a time that the launcher would ignore."""
    if any(text.startswith("workers=") for text in config.hydra.overrides.task):
        remedy = "jobs run one after another here; add hydra/launcher=local, or leave it out"
        raise SettingError("/workers", config.workers, remedy)


def _refuse_missing(target: str, choice: str) -> None:
    """Refuse a launcher whose package or program is not installed, for which Hydra has no helpful error."""
    if choice == "slurm" and shutil.which("srun") is None:
        raise UserError("hydra/launcher=slurm: no Slurm here (there is no srun); hydra/launcher=local runs jobs here")
    module = ".".join(target.split(".")[:2])
    package = module.rpartition(".")[2].replace("_", "-")
    if target.startswith("hydra_plugins.") and importlib.util.find_spec(module) is None:
        raise UserError(f"hydra/launcher={choice}: it is not installed; pip install {package}")
