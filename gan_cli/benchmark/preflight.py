"""Check everything that can be wrong with a benchmark before a process is started."""

from __future__ import annotations

from collections.abc import Sequence

from gan_cli.benchmark.opponent import opponent_of
from gan_cli.config.hooks import Job
from gan_cli.errors import UserError
from gan_cli.session.preflight import rehearse_all


def rehearse_both(jobs: Sequence[Job]) -> None:
    """Rehearse both sides of a benchmark.

    Raises:
        UserError: a side cannot work; a message about the other side starts with `vs`.
    """
    rehearse_all(jobs)
    for config, typed, _ in jobs:
        other = opponent_of(config, typed)
        if other is None or other.loop == "plain":
            continue
        try:
            rehearse_all([(other.config, typed, None)])
        except UserError as error:
            raise UserError(f"vs: {error}") from error
