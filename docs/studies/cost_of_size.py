"""Measures what size costs: the speed of a DCGAN against its batch and its channels, and the share of the machine used.

    python docs/studies/cost_of_size.py <results.json> <figure.png> [--limit 60] [--cells 5] [overrides]

Each cell is `gan benchmark vs=none` at 32x32 pixels, made-up data, without readings. Cells are measured from the
cheapest to the most expensive one. A cell that is predicted to take longer than `--limit` seconds, from its
multiply-adds and the last measured cell, is left out, and so is one that does not fit into memory. Both are hatched in
the figure. Every cell is written to the results at once; the same command measures only what is missing there, so
`--cells` measures the next few. Further overrides, such as `runtime.device=cuda`, apply to every cell.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.colors import LogNorm, Normalize

GAN = (sys.executable, "-P", "-m", "gan_cli")
BATCHES = (16, 64, 256, 1024, 4096)
WIDTHS = (16, 32, 64, 128, 256)
NEVER = 1_000_000_000
NETWORKS = ("model=dcgan", "data=fake", "data.shape=[3,32,32]")
BARE = ("metric=[]", "balance=[]", "telemetry.sinks={}", f"telemetry.every={NEVER}", f"telemetry.samples_every={NEVER}")
ROUNDS = 4
"""Turns per cell; the first is not counted."""
BESIDES = 20
"""Steps that a cell needs besides its turns and its profile."""
MOST_STEPS = 200


@dataclass(frozen=True)
class Cell:
    """One size, with its figures or the reason why it has none.

    Attributes:
        batch: real samples per step.
        width: `base_channels` of both networks.
        samples_per_second: the median of the rounds.
        share: share of the rate of matrix products.
        seconds_per_step: at this speed.
        operations_per_second: floating-point operations of products and convolutions.
        missing: why the cell was not measured; empty if it was.
        machine: device, threads, dtype and version of torch.
    """

    batch: int
    width: int
    samples_per_second: float = 0.0
    share: float = 0.0
    seconds_per_step: float = 0.0
    operations_per_second: float = 0.0
    missing: str = ""
    machine: str = ""


def widths(width: int) -> list[str]:
    """Return the overrides for the channels of both networks."""
    return [f"{side}.base_channels={width}" for side in ("generator", "discriminator")]


def gan(verb: str, overrides: Sequence[str]) -> tuple[Any, str]:
    """Return the document of a command; None and its message if it is refused."""
    done = subprocess.run([*GAN, verb, "--json", *overrides], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if line.startswith("gan ")]
    return (
        (json.loads(done.stdout), "")
        if done.returncode == 0
        else (None, said[-1].removeprefix(f"gan {verb}: ") if said else done.stderr[-300:])
    )


def work_of(width: int, overrides: Sequence[str]) -> float:
    """Return about how many multiply-adds a step does per sample: 8 passes' worth of D and 3 of G."""
    found, message = gan("inspect", [*NETWORKS, *widths(width), *overrides])
    if found is None:
        raise SystemExit(message)
    d, g = (found[side]["totals"]["multiply_adds"] for side in ("discriminator", "generator"))
    return float(8 * d + 3 * g)


def measure(batch: int, width: int, step: float | None, seconds: float, overrides: Sequence[str]) -> Cell:
    """Measure one cell.

    Args:
        batch: real samples per step.
        width: channels.
        step: predicted seconds per step; None if nothing is known.
        seconds: wanted time of a turn.
        overrides: further overrides.
    """
    steps = 50 if step is None else steps_for(step, seconds)
    turns = (f"benchmark.rounds={ROUNDS}", f"benchmark.steps={steps}", "vs=none")
    size = (f"trainer.batch_size={batch}", *widths(width))
    found, message = gan("benchmark", [*NETWORKS, *BARE, *turns, *size, *overrides])
    if found is None:
        return Cell(batch, width, missing=message)
    side = found["sides"]["ours"]
    return Cell(
        batch,
        width,
        samples_per_second=side["samples_per_second"],
        share=side["share_of_matrix_rate"],
        seconds_per_step=side["seconds_per_step"],
        operations_per_second=side["operations_per_second"],
        machine=f"{side['device']}, threads: {side['threads']}, {side['dtype']}, torch {side['torch']}",
    )


def steps_for(step: float, seconds: float) -> int:
    """Return the steps of a turn that takes about so many seconds."""
    return max(2, min(MOST_STEPS, round(seconds / step)))


def cost(step: float, seconds: float) -> float:
    """Return the predicted seconds of a cell: its turns, its profile, and the steps besides."""
    return step * ((ROUNDS + 1) * steps_for(step, seconds) + BESIDES)


def study(asked: argparse.Namespace) -> list[Cell]:
    """Measure the missing cells, from the cheapest on, and return all that were asked for."""
    known = read(asked.results)
    work = {width: work_of(width, asked.overrides) for width in asked.widths}
    sizes = sorted(product(asked.batches, asked.widths), key=lambda size: size[0] * work[size[1]])
    left = asked.cells
    cells: list[Cell] = []
    pace: float | None = None  # seconds per multiply-add in the last measured cell
    for batch, width in sizes:
        todo = batch * work[width]
        step = None if pace is None else pace * todo
        cell = known.get((batch, width)) or skipped(batch, width, step, asked, left)
        if cell is None:
            left -= 1
            cell = measure(batch, width, step, asked.seconds, asked.overrides)
        if not cell.missing:
            pace = cell.seconds_per_step / todo
            known[batch, width] = cell
            asked.results.write_text(json.dumps([asdict(each) for each in known.values()], indent=1))
        cells.append(cell)
        print(f"batch {batch}, {width} channels: {told(cell)}", flush=True)
    return cells


def skipped(batch: int, width: int, step: float | None, asked: argparse.Namespace, left: int) -> Cell | None:
    """Return a cell without figures if it would take too long, or if enough cells were measured now; else None."""
    if step is not None and cost(step, asked.seconds) > asked.limit:
        return Cell(batch, width, missing=f"left out: {duration(cost(step, asked.seconds))}")
    return None if left > 0 else Cell(batch, width, missing="not yet measured")


def duration(seconds: float) -> str:
    """Return a predicted time in words that stay on one line."""
    number, unit = (seconds, "s") if seconds < 100 else (seconds / 60, "min")
    return f"about\N{NO-BREAK SPACE}{number:,.0f}\N{NO-BREAK SPACE}{unit}"


def read(path: Path) -> dict[tuple[int, int], Cell]:
    """Return the cells that earlier calls measured."""
    cells = [Cell(**each) for each in json.loads(path.read_text())] if path.exists() else []
    return {(cell.batch, cell.width): cell for cell in cells}


@dataclass(frozen=True)
class Panel:
    """One map of the figure.

    Attributes:
        title: what it shows.
        value: the value of a cell.
        norm: value -> place on the scale of colours.
        told: value -> text.
    """

    title: str
    value: Callable[[Cell], float]
    norm: Normalize
    told: Callable[[float], str]


def panels(cells: Sequence[Cell]) -> list[Panel]:
    """Return the two maps: samples per second on a logarithmic scale, and the share of the rate of matrix products."""
    speeds = [cell.samples_per_second for cell in cells if not cell.missing] or [1.0]
    largest = max([cell.share for cell in cells] or [1.0]) or 1.0
    return [
        Panel(
            "samples per second",
            lambda cell: cell.samples_per_second,
            LogNorm(min(speeds), max(speeds)),
            "{:,.0f}".format,
        ),
        Panel(
            "share of the rate of matrix products", lambda cell: cell.share, Normalize(0.0, largest), "{:.0%}".format
        ),
    ]


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw a map for each panel: channels to the right, batch upwards, cells without figures hatched."""
    batches, across = sorted({cell.batch for cell in cells}), sorted({cell.width for cell in cells})
    figure, axes = plt.subplots(1, 2, figsize=(3.5 + 1.6 * len(across), 1.8 + 0.7 * len(batches)), layout="constrained")
    for axis, panel in zip(axes, panels(cells), strict=True):
        axis.set(title=panel.title, xlabel="base channels of both networks", ylabel="batch")
        axis.set_xticks(range(len(across)), [str(width) for width in across])
        axis.set_yticks(range(len(batches)), [str(batch) for batch in batches])
        axis.set(xlim=(-0.5, len(across) - 0.5), ylim=(-0.5, len(batches) - 0.5))
        for cell in cells:
            paint(axis, (across.index(cell.width), batches.index(cell.batch)), cell, panel)
    machines = sorted({cell.machine for cell in cells if cell.machine})
    figure.suptitle("; ".join(machines), fontsize=9)
    figure.savefig(path, dpi=130)


def paint(axis: Any, place: tuple[int, int], cell: Cell, panel: Panel) -> None:
    """Paint one cell of a map, in the colour of its value or hatched."""
    corner = (place[0] - 0.5, place[1] - 0.5)
    if cell.missing:
        axis.add_patch(plt.Rectangle(corner, 1, 1, facecolor="0.95", edgecolor="0.75", hatch="////", linewidth=0))
        box = {"facecolor": "0.95", "edgecolor": "none", "pad": 1}
        axis.text(*place, textwrap.fill(cell.missing, 12), ha="center", va="center", color="0.3", fontsize=7, bbox=box)
        return
    value = panel.value(cell)
    shade = float(panel.norm(value))
    axis.add_patch(plt.Rectangle(corner, 1, 1, facecolor=plt.get_cmap("viridis")(shade), edgecolor="white"))
    axis.text(*place, panel.told(value), ha="center", va="center", color="white" if shade < 0.6 else "black")


def table(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the lines of a table: a row per batch, samples per second and share in each cell."""
    across = sorted({cell.width for cell in cells})
    found = {(cell.batch, cell.width): cell for cell in cells}
    yield f"| batch | {' | '.join(f'{width} channels' for width in across)} |"
    yield "|---" * (len(across) + 1) + "|"
    for batch in sorted({cell.batch for cell in cells}):
        yield f"| {batch} | {' | '.join(told(found[batch, width]) for width in across)} |"


def told(cell: Cell) -> str:
    """Return a cell of the table."""
    return cell.missing or f"{cell.samples_per_second:,.0f}/s, {cell.share:.0%}"


def options() -> argparse.Namespace:
    """Return what was typed."""
    typed = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    typed.add_argument("results", type=Path)
    typed.add_argument("figure", type=Path)
    typed.add_argument("overrides", nargs="*", help="settings of every cell")
    typed.add_argument("--limit", type=float, default=120.0, help="most seconds that a cell is predicted to take")
    typed.add_argument("--cells", type=int, default=10**6, help="most cells to measure now")
    typed.add_argument("--seconds", type=float, default=4.0, help="wanted length of a turn")
    typed.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    typed.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    return typed.parse_intermixed_args()


if __name__ == "__main__":
    asked = options()
    measured = study(asked)
    draw(measured, asked.figure)
    print("\n".join(table(measured)))
