"""The closing block of a sweep: how many points have a result, which have none and why, where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gan_cli.telemetry.closing import shortest
from gan_cli.telemetry.terminal import shared_console
from gan_cli.telemetry.words import duration

_GOOD = ("done", "stopped")


def print_end(folder: Path, rows: Sequence[tuple[str, str, str]], seconds: float, more: Sequence[str] = ()) -> None:
    """Print it to stderr.

    Args:
        folder: of the sweep.
        rows: name, status and reason of each point.
        seconds: of this command.
        more: further lines.
    """
    from rich.table import Table
    from rich.text import Text

    counts = Counter(status for _, status, _ in rows)
    told = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    console = shared_console()
    console.print(Text(f"\n{folder.name}: {told}, {duration(seconds)}", style="bold"))
    without = [row for row in rows if row[1] not in _GOOD]
    if without:
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 2))
        for name, status, reason in without:
            table.add_row(Text(status, style="red"), Text(name, overflow="fold"), Text(reason, overflow="fold"))
        console.print(table)
        console.print(Text("  the same command goes on with what is not finished", style="dim"))
    for line in more:
        console.print(Text(f"  {line}"), soft_wrap=True)
    place = shortest(folder)
    console.print(Text(f"  compare  gan compare {place}\n  look     tensorboard --logdir {place}"), soft_wrap=True)
