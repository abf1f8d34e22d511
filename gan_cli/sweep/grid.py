"""A sweep over every combination of the axes' values. Checks all first, skips finished ones, survives failures."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from gan_cli.config.axis import MOST_VALUES
from gan_cli.errors import UserError
from gan_cli.startup import announce_torch
from gan_cli.sweep.axes import Axes, listed, read_axes

if TYPE_CHECKING:
    from gan_cli.sweep.axes import Point

log = logging.getLogger(__name__)


class GridSweeper(Sweeper):
    """Runs every combination of the values of all axes.

    Args:
        params: axes besides those on the command line: key -> values, as `sweep=` and experiments set them.
    """

    def __init__(self, params: Mapping[str, str] | None = None) -> None:
        self._params = dict(params or {})

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra passes to the sweeper."""
        announce_torch()
        from gan_cli.sweep.jobs import Jobs

        self._jobs = Jobs(hydra_context, task_function, config)

    def sweep(self, arguments: list[str]) -> None:
        """Check every point, run those that are not finished, and print the results.

        Raises:
            UserError: a point cannot work; no job has been started.
            SystemExit: not every point has a result (1), or a signal arrived (129, 130, 143).
        """
        from gan_cli.sweep.ending import finish
        from gan_cli.sweep.runner import Campaign

        points = grid(read_axes(self._params, arguments))
        todo = self._jobs.check(points)
        if len(todo) < len(points):
            log.info("%d of %d points are finished already", len(points) - len(todo), len(points))
        with Campaign(self._jobs.folder, self._jobs.launch, serial=self._jobs.serial, total=len(points)) as campaign:
            campaign.run(todo, among=points)
        finish(campaign)


def grid(axes: Axes) -> list[Point]:
    """The points for all combinations of the axes' values; the last axis varies fastest.

    Raises:
        UserError: an axis that lists no values, such as interval(0,1), or more than `MOST_VALUES` points.
    """
    from gan_cli.sweep.axes import point_of

    try:
        values = [listed(axis) for axis in axes.swept]
    except ValueError as error:
        raise UserError(f"{error} for a grid; list them, or search with hydra/sweeper=tpe") from error
    if (number := math.prod(map(len, values))) > MOST_VALUES:
        raise UserError(f"{number:,} points; a grid takes {MOST_VALUES:,} at most: take fewer values of an axis")
    return [point_of(swept, axes.constant) for swept in itertools.product(*values)]
