"""A launcher that trains several points of a sweep at a time on one GPU: they take turns, step by step, in one process.

The GPU works on the steps of all of them at the same time, which a small network alone cannot fill.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from gan_cli.errors import SettingError

if TYPE_CHECKING:
    from gan_cli.stepwise import Stepwise


class OneGpuLauncher(Launcher):
    """Trains jobs in this process, several at a time.

    Args:
        at_a_time: number of jobs at a time.
    """

    def __init__(self, at_a_time: int) -> None:
        self._at_a_time = at_a_time

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra passes to the launcher."""
        self._loader: ConfigLoader = hydra_context.config_loader
        self._config = config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Train all jobs to their ends.

        Raises:
            SettingError: a job names another GPU than the first.
            SystemExit: a signal arrived; every job that had begun has saved and ended.
        """
        from gan_cli.sweep.turns import Turns
        from gan_cli.telemetry.terminal import silence

        jobs = [partial(self._begin, self._composed(overrides)) for overrides in job_overrides]
        with silence():
            results = Turns(self._at_a_time).play(jobs)
        return [_returned(result) for result in results]

    def _composed(self, overrides: Sequence[str]) -> DictConfig:
        config = self._loader.load_sweep_config(self._config, list(overrides))
        device = str(config.runtime.device)
        if device.startswith("cuda:") and device != "cuda:0":
            remedy = f"the runs share the first GPU; use cuda with CUDA_VISIBLE_DEVICES={device.partition(':')[2]}"
            raise SettingError("/runtime.device", device, remedy)
        return config

    def _begin(self, config: DictConfig) -> tuple[Stepwise[float | None], logging.Handler]:
        """Return a job that has not begun, and the handler of its log."""
        from gan_cli.config.compose import plain
        from gan_cli.disk.writing import make_folder
        from gan_cli.session.start import start
        from gan_cli.sweep.job import play_job_stepwise
        from gan_cli.telemetry.terminal import RunLog

        sweep = Path(str(config.hydra.sweep.dir)).absolute()
        folder = sweep / str(config.hydra.sweep.subdir)
        make_folder(folder)
        typed = list(config.hydra.overrides.task)
        log = RunLog(str(folder / "train.log"), delay=True)
        log.setFormatter(logging.Formatter(config.hydra.job_logging.formatters.dated.format))
        return play_job_stepwise(sweep, folder, partial(start, plain(config), typed, folder)), log


def _returned(result: Any) -> JobReturn:
    return JobReturn(status=JobStatus.COMPLETED, _return_value=result)
