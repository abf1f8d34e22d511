"""How a sweep takes its leave: a closing block, and the exit code."""

from __future__ import annotations

from gan_cli.sweep.campaign import Campaign
from gan_cli.telemetry.sweep_end import print_end


def finish(campaign: Campaign, *more: str) -> None:
    """Print the closing block and leave with the exit code.

    Args:
        campaign: what is over.
        more: further lines of the block.

    Raises:
        SystemExit: not every point has a result (1), or a signal came (130, 143).
    """
    rows = [(row.folder, row.status, row.reason) for row in campaign.board.rows()]
    print_end(campaign.folder, rows, campaign.seconds, more)
    if campaign.exit_code:
        raise SystemExit(campaign.exit_code)
