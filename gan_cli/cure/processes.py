"""Train attempts in worker processes, several at a time, as points of a sweep."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from joblib.externals.loky import get_reusable_executor

from gan_cli.config.check import Node
from gan_cli.cure.attempts import Attempt
from gan_cli.cure.hopeless import GiveUp
from gan_cli.disk.writing import make_folder
from gan_cli.own_code import search_folders, set_search_folders
from gan_cli.session.play import SweepHooks
from gan_cli.session.start import start
from gan_cli.stepwise import Stepwise
from gan_cli.sweep.axes import Point
from gan_cli.sweep.job import play_job
from gan_cli.sweep.runner import Campaign
from gan_cli.sweep.status import Row
from gan_cli.sweep.workers import Workers, count_workers, divide_threads, start_tracker
from gan_cli.telemetry.terminal import RunLog

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@dataclass(frozen=True)
class Training:
    """What a worker process needs to train an attempt.

    Attributes:
        config: the settings of the run.
        overrides: its overrides, as typed.
        folder: its folder.
        give_up: when it ends early.
        search: folders of the user's own classes.
    """

    config: Node
    overrides: tuple[str, ...]
    folder: Path
    give_up: GiveUp
    search: tuple[Path, ...]

    def __call__(self, hooks: SweepHooks) -> Stepwise[int]:
        """Train; pause after each step and return the exit code."""
        return start(self.config, list(self.overrides), self.folder, replace(hooks, give_up=self.give_up))


def train(folder: Path, attempts: Sequence[Attempt], give_up: GiveUp, workers: Workers) -> tuple[list[Row], int]:
    """Train attempts to their ends; each one goes on from its newest checkpoint.

    Args:
        folder: the folder of the attempts, absolute.
        attempts: the attempts that are not finished.
        give_up: when an attempt ends early.
        workers: number of attempts at a time.

    Returns:
        The status of each attempt, and 129, 130 or 143 if a signal ended them, else 0.
    """
    search = search_folders()
    jobs = {
        each.point.folder: Training(each.config, each.point.overrides, each.folder, give_up, search)
        for each in attempts
    }
    number = min(count_workers(workers), len(attempts))
    start_tracker()
    divide_threads(number)
    with Campaign(folder, _launch(folder, jobs, number), serial=False, total=len(attempts)) as campaign:
        rows = campaign.run([each.point for each in attempts])
    return rows, campaign.exit_code if campaign.stopped else 0


def _launch(folder: Path, jobs: dict[str, Training], workers: int) -> Callable[[Sequence[Point]], None]:
    """Return a function that trains points in processes. Even a single job has one, with its own threads and log."""

    def launch(points: Sequence[Point]) -> None:
        executor = get_reusable_executor(max_workers=workers, initializer=_ignore_interrupts, reuse=False)
        try:
            for future in [executor.submit(_train_one, folder, jobs[point.folder]) for point in points]:
                future.result()
        finally:
            executor.shutdown(wait=False)

    return launch


def _ignore_interrupts() -> None:
    """Let Ctrl-C, which reaches every process of a terminal, end the jobs through their sweep and no idle worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _train_one(sweep: Path, job: Training) -> None:
    set_search_folders(job.search)
    make_folder(job.folder)
    log, root = RunLog(str(job.folder / "train.log"), delay=True), logging.getLogger()
    log.setFormatter(logging.Formatter(_LINE))
    root.addHandler(log)
    root.setLevel(logging.INFO)
    try:
        play_job(sweep, job.folder, job)
    finally:
        root.removeHandler(log)
        log.close()
