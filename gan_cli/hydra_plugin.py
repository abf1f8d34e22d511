"""Our sweepers where Hydra looks for them: the wheel holds this file as `hydra_plugins/gan_cli_sweepers.py`."""

from __future__ import annotations

from gan_cli.sweep import grid, tpe


class GridSweeper(grid.GridSweeper):
    """See `gan_cli.sweep.grid`; Hydra takes classes of its plugin package only."""


class TpeSweeper(tpe.TpeSweeper):
    """See `gan_cli.sweep.tpe`."""
