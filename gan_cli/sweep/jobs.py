"""Points as Hydra's jobs: composed and checked before any of them starts, then handed to the launcher."""

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
from gan_cli.sweep.axes import Point
from gan_cli.sweep.workers import count_workers, start_tracker


class Jobs:
    """What a sweeper does with points.

    Attributes:
        folder: of the sweep, absolute.
        workers: jobs at a time, as far as we know.
        serial: whether they run in this process, one after another.
    """

    def __init__(self, context: HydraContext, task: TaskFunction, config: DictConfig) -> None:
        self._config = config
        self.folder = Path(str(config.hydra.sweep.dir)).absolute()
        self.workers = 1
        if "n_jobs" in config.hydra.launcher:
            self.workers = config.hydra.launcher.n_jobs = count_workers(config.workers)
        else:
            _refuse_workers(config)
        _refuse_missing(str(config.hydra.launcher.get("_target_")), str(config.hydra.runtime.choices["hydra/launcher"]))
        if "n_jobs" in config.hydra.launcher:
            start_tracker()
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=task, config=config
        )
        self.serial = isinstance(self._launcher, BasicLauncher) or config.hydra.launcher.get("n_jobs") == 1

    def check(self, points: Sequence[Point]) -> list[Point]:
        """Hold points against the schema and rehearse them; gives those that are not finished.

        Raises:
            UserError: the first point that cannot work, by name.
        """
        if len(points) == 1:
            _refuse_one_folder(points[0])
        jobs: list[Job] = [(self.settings(p), list(p.overrides), self.folder / p.folder) for p in points]
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
        """Have the launcher run some points to their ends.

        Raises:
            Exception: the launcher broke, or a job raised what `play_job` should have caught.
        """
        for result in self._launcher.launch([self._typed(point) for point in points], initial_job_idx=0):
            _ = result.return_value

    def _typed(self, point: Point) -> list[str]:
        """A point's overrides as a launcher wants them, its folder among them, which every process has to agree on."""
        place = (f"hydra.sweep.dir={quote(str(self.folder))}", f"hydra.sweep.subdir={quote(point.folder)}")
        return [*point.overrides, *place]


def _refuse_one_folder(point: Point) -> None:
    """A sweep of a single point would pass over its `run=`; of several, the one at fault is named elsewhere."""
    typed = dict(text.lstrip("+").partition("=")[::2] for text in point.overrides)
    if "run" in typed:
        remedy = "in a sweep each run has a folder of its own; name the sweep's with hydra.sweep.dir=..."
        raise SettingError("/run", typed["run"], remedy)


def _refuse_workers(config: DictConfig) -> None:
    """A number of jobs at a time that the launcher would pass over."""
    if any(text.startswith("workers=") for text in config.hydra.overrides.task):
        remedy = "jobs run one after another here; add hydra/launcher=local, or leave it out"
        raise SettingError("/workers", config.workers, remedy)


def _refuse_missing(target: str, choice: str) -> None:
    """A launcher of a package or a program that is not installed: the one Hydra would call unknown, the other break."""
    if choice == "slurm" and shutil.which("srun") is None:
        raise UserError("hydra/launcher=slurm: no Slurm here (there is no srun); hydra/launcher=local runs jobs here")
    module = ".".join(target.split(".")[:2])
    package = module.rpartition(".")[2].replace("_", "-")
    if target.startswith("hydra_plugins.") and importlib.util.find_spec(module) is None:
        raise UserError(f"hydra/launcher={choice}: it is not installed; pip install {package}")
