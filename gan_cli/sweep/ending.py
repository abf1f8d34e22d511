"""The end of a sweep: the closing block, the comparison of its runs, and the exit code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli.errors import UserError
from gan_cli.sweep.runner import Campaign
from gan_cli.telemetry.closing_block import shortest
from gan_cli.telemetry.sweep_line import print_end

if TYPE_CHECKING:
    from gan_cli.comparison.compare import Comparison
    from gan_cli.metrics.base import Better

log = logging.getLogger(__name__)

TABLE, MAP = "comparison.csv", "map.png"
"""Files of the comparison in the sweep's folder; map.pdf is beside map.png."""

_LABELS = {".csv": "table", ".png": "map"}


def finish(campaign: Campaign, *more: tuple[str, str], by: str | None = None, better: Better | None = None) -> None:
    """Compare the runs, print the closing block and exit with the exit code.

    Args:
        campaign: the sweep that has ended.
        more: further lines of the block, each with its label.
        by: the measure that decides the comparison; None lets the comparison choose.
        better: direction in which that measure improves; None if the measure itself defines it.

    Raises:
        SystemExit: not every point has a result (1), or a signal arrived (129, 130, 143).
    """
    rows = [(row.folder, row.status, row.reason) for row in campaign.state.rows()]
    compared = [] if campaign.stopped else _compared(campaign.folder, by, better)
    print_end(campaign.folder, rows, campaign.seconds, [*more, *compared])
    if campaign.exit_code:
        raise SystemExit(campaign.exit_code)


def _compared(folder: Path, by: str | None, better: Better | None) -> list[tuple[str, str]]:
    """Write the table and the map of the comparison, and return its lines for the closing block.

    If the comparison fails, the sweep does not: its runs are complete, and `gan compare` can be run again.
    """
    from gan_cli.comparison.compare import comparisons
    from gan_cli.comparison.request import Request, deliver

    try:
        lists = comparisons([folder], by=by, better=better)
        asked = Request(runs=[str(folder)], csv=str(folder / TABLE), tensorboard=str(folder))
        if any(found.axes for found in lists):
            asked = replace(asked, figure=str(folder / MAP))
        written = deliver(asked, lists)
    except UserError as error:
        log.warning("not compared: %s", error)
        return []
    except Exception as error:
        log.warning("not compared: %s: %s", type(error).__name__, error)
        return []
    places = [(label, shortest(path)) for path in written if (label := _LABELS.get(path.suffix))]
    return [line for found in lists for line in _of_list(found, titled=len(lists) > 1)] + places


def _of_list(found: Comparison, *, titled: bool) -> Iterator[tuple[str, str]]:
    from gan_cli.comparison.table import best, findings

    if titled:
        yield "data", found.data
    yield from best(found)
    yield from findings(found)
