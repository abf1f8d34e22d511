"""Our sweepers and launcher as a Hydra plugin. The wheel contains this file as `hydra_plugins/gan_cli_sweepers.py`."""

from __future__ import annotations

from gan_cli.sweep import grid, one_gpu, tpe


class GridSweeper(grid.GridSweeper):
    """The sweeper of `gan_cli.sweep.grid`. Hydra accepts only classes from its plugin package."""


class TpeSweeper(tpe.TpeSweeper):
    """The sweeper of `gan_cli.sweep.tpe`."""


class OneGpuLauncher(one_gpu.OneGpuLauncher):
    """The launcher of `gan_cli.sweep.one_gpu`."""
