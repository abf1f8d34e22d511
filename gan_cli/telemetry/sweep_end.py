"""The closing block of a sweep: how many points have a result, which have none and why, where to look."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gan_cli.errors import printable
from gan_cli.telemetry.closing_block import add_rows, shortest
from gan_cli.telemetry.standing import ENDED, FINISHED
from gan_cli.telemetry.terminal import has_terminal, shared_console
from gan_cli.wording import duration


def print_end(
    folder: Path, rows: Sequence[tuple[str, str, str]], seconds: float, more: Sequence[tuple[str, str]] = ()
) -> None:
    """Print it to stderr.

    Args:
        folder: of the sweep.
        rows: name, status and reason of each point.
        seconds: of this command.
        more: further lines, each with its label.
    """
    from rich.text import Text

    counts = Counter(status for _, status, _ in rows)
    told = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    block = Text("\n").append(f"{printable(folder.name)}: {told}, {duration(seconds)}\n", style="bold")
    for name, status, reason in rows:
        if status in FINISHED:
            continue
        block.append(f"  {status:<12}", style="red").append(f"{printable(name)}\n")
        if reason:
            block.append(f"{'':<14}{printable(' '.join(reason.split()))}\n", style="dim")
    if not set(counts) <= ENDED:
        block.append("  the same command goes on with what is not finished\n", style="dim")
    place = shlex.quote(shortest(folder))
    lines = [*more, ("compare", f"gan compare {place}"), ("look", f"tensorboard --logdir {place}")]
    add_rows(block, lines, shared_console().width if has_terminal() else None)
    block.right_crop(1)
    shared_console().print(block, soft_wrap=True)
