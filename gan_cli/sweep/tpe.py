"""A sweep that chooses its next points by the results of the earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Ge, Le
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from gan_cli.config.compose import check_sweep
from gan_cli.errors import SettingError, UserError
from gan_cli.run_status import FINISHED, UNFINISHED
from gan_cli.startup import announce_torch
from gan_cli.sweep.axes import read_axes
from gan_cli.sweep.search import Direction

if TYPE_CHECKING:
    from gan_cli.metrics.base import Better
    from gan_cli.sweep.axes import Axes, Point
    from gan_cli.sweep.objective import Objectives
    from gan_cli.sweep.runner import Campaign
    from gan_cli.sweep.search import Search

_WAYS: Mapping[Direction, Better] = {"minimize": "low", "maximize": "high"}

LARGEST_SEED = 2**32 - 1
"""The largest seed that Optuna's sampler accepts."""

PRUNED = "pruned: worse than the median of the earlier trials at this step"


class TpeSweeper(Sweeper):
    """Searches the axes with Optuna's tree-structured Parzen estimator.

    Args:
        params: axes besides those on the command line: key -> values.
        trials: number of runs, including those of earlier commands in the same folder.
        objective: final scalar of a run, such as `metric/recall` or `balance/distance`; several give a Pareto front.
            None takes the metric that ranks the runs: the first one that applies to the data.
        direction: `minimize` or `maximize`; one per objective, or one for all. None takes the direction in which a
            metric improves, and minimises other scalars.
        startup: number of trials drawn at random before the model chooses.
        pruning: stop runs that are worse than the median of earlier runs at the same step; one objective only.
        seed: seed of the search.
    """

    def __init__(
        self,
        *,
        params: dict[str, Any] | None = None,
        trials: Annotated[int, Ge(1)] = 25,
        objective: str | list[str] | None = None,
        direction: Direction | list[Direction] | None = None,
        startup: Annotated[int, Ge(1)] = 10,
        pruning: bool = False,
        seed: Annotated[int, Ge(0), Le(LARGEST_SEED)] = 0,
    ) -> None:
        self._params = dict(params or {})
        self._trials = trials
        self._named = [objective] if isinstance(objective, str) else None if objective is None else list(objective)
        of_all = [direction] * max(1, len(self._named or ())) if isinstance(direction, str) else direction
        self._directions = None if of_all is None else list(of_all)
        self._startup, self._pruning, self._seed = startup, pruning, seed

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings of the search and keep what Hydra passes.

        Raises:
            SettingError: wrong settings of the search. Hydra would not let it pass from the constructor.
        """
        announce_torch()
        from gan_cli.sweep.jobs import Jobs

        check_sweep(config)
        _refuse_directions(self._named, self._directions)
        if self._pruning and len(self._named or ()) > 1:
            raise SettingError("hydra.sweeper.pruning", True, "needs a single objective; set it to false")
        self._jobs = Jobs(hydra_context, task_function, config)

    def sweep(self, arguments: list[str]) -> None:
        """Run trials until there are enough, then print the best ones.

        Raises:
            UserError: the ends of the axes cannot work, or the folder holds another search.
            SystemExit: a trial has no result (1), or a signal arrived (129, 130, 143).
        """
        from gan_cli.sweep.axes import point_of
        from gan_cli.sweep.ending import finish
        from gan_cli.sweep.objective import Objectives, candidates, refuse_unmeasured
        from gan_cli.sweep.runner import Campaign
        from gan_cli.sweep.search import Search
        from gan_cli.sweep.space import Space

        jobs, axes = self._jobs, read_axes(self._params, arguments)
        space = Space(axes.swept)
        corners = [point_of(corner, axes.constant) for corner in space.corners()] or [point_of((), axes.constant)]
        jobs.check(corners)
        settings = jobs.settings(corners[0])
        refuse_unmeasured(self._named, settings)
        _refuse_several_sets(self._named, axes)
        aim = Objectives(self._named, self._directions, candidates(settings))
        with Campaign(jobs.folder, jobs.launch, serial=jobs.serial, total=self._trials) as campaign:
            search = Search(
                jobs.folder,
                space,
                aim.directions,
                startup=self._startup,
                seed=self._seed,
                at_once=jobs.workers,
                pruning=self._pruning,
            )
            campaign.adopt()
            aim.settle(campaign.folder / row.folder for row in campaign.state.rows())
            campaign.state.log_axes = space.log_axes

            def point(number: int) -> Point:
                return point_of(space.typed(search.running()[number]), axes.constant, f"trial_{number:03d}")

            while not campaign.stopped:
                batch = self._next(search)
                if not batch:
                    break
                self._play(campaign, search, aim, {number: point(number) for number in batch})
        front = _told(search, aim) if len(aim.tags) > 1 else []
        by = aim.tags[0] if aim.tags else None
        finish(campaign, *front, by=by, better=_WAYS[aim.directions[0]] if self._named else None)

    def _next(self, search: Search) -> list[int]:
        """Numbers of trials that an earlier command left unfinished, else of new trials; empty if there are enough."""
        left = list(search.running())
        return left or [search.ask() for _ in range(min(self._jobs.workers, self._trials - search.asked))]

    def _play(self, campaign: Campaign, search: Search, aim: Objectives, points: Mapping[int, Point]) -> None:
        """Run a batch of trials and report their results to the search."""
        from gan_cli.sweep.job import note_failure

        fit, finished = list[int](), list[int]()
        for number, point in points.items():
            try:
                todo = self._jobs.check([point])
            except UserError as error:
                note_failure(campaign.folder / point.folder, error, point.swept)
                campaign.state.add([point], [])
                search.give_up(number, pruned=False)
                continue
            (fit if todo else finished).append(number)
        with campaign.looking(lambda: self._prune(campaign, search, aim, points)):
            campaign.run([points[n] for n in fit], among=[points[n] for n in (*finished, *fit)])
        rows = campaign.state.rows_of(list(points.values()))
        for number in (*fit, *finished):
            row = rows[points[number].folder]
            if campaign.stopped and row.status in UNFINISHED:
                continue  # the next command resumes it
            values = aim.values(campaign.folder / row.folder)
            pruned = row.status == "stopped" and row.reason == PRUNED
            if values is None or pruned or row.status not in FINISHED:
                search.give_up(number, pruned=pruned)
            else:
                search.tell(number, values)

    def _prune(self, campaign: Campaign, search: Search, aim: Objectives, points: Mapping[int, Point]) -> None:
        """Ask runs that the search would prune to stop."""
        from gan_cli.sweep.job import ask_to_stop

        if not self._pruning:
            return
        for number, point in points.items():
            folder = campaign.folder / point.folder
            known = aim.latest(folder)
            if known is not None and number in search.running() and search.is_hopeless(number, *known):
                ask_to_stop(folder, PRUNED)


def _refuse_directions(named: list[str] | None, directions: list[Direction] | None) -> None:
    """Refuse directions that do not match the objectives, and any for the metric that ranks the runs."""
    if directions is not None and named is None:
        remedy = "a metric has its own; leave it out, or name objective="
        raise SettingError("hydra.sweeper.direction", directions[0], remedy)
    if directions is not None and named is not None and len(directions) != len(named):
        raise SettingError("hydra.sweeper.direction", directions, "one for each objective, or one for all")


def _refuse_several_sets(named: list[str] | None, axes: Axes) -> None:
    """Refuse a search through data sets without a named objective: each set may be measured by another metric."""
    if named is None and any(axis.get_key_element() == "data" for axis in axes.swept):
        remedy = "each data set has a metric of its own; name one that all of them have, such as metric/energy_distance"
        raise SettingError("hydra.sweeper.objective", None, remedy)


def _told(search: Search, aim: Objectives) -> list[tuple[str, str]]:
    """The lines that list the trials which no other trial beats in all objectives."""
    lines = []
    for number, params, values in search.best():
        told = ", ".join(f"{tag} {value:.4g}" for tag, value in zip(aim.tags, values, strict=True))
        typed = " ".join(f"{key}={_short(value)}" for key, value in params.items())
        lines.append(("unbeaten", f"trial {number}, {told}: {typed}"))
    return lines


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
