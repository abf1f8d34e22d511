"""Compares a search with a grid: 25 trials against a 4x4 grid of learning rates in the same box.

    python docs/studies/search.py <folder> [decades|corner] [repetitions]

In repetition r, all runs train with seed r, so that they are comparable, and the search also has seed r. A command that
was interrupted resumes where it stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

GAN = str(Path(sys.executable).parent / "gan")
COMMAND = "train -m data=digits generator.base_channels=16 discriminator.base_channels=16 trainer.steps=500"
KEYS = ("optim.generator.lr", "optim.discriminator.lr")
BOXES = {"decades": ("1e-4", "1e-3", "1e-2", "1e-1"), "corner": ("5e-5", "2e-4", "8e-4", "3.2e-3")}
"""Rates of the grid; the first and the last are the ends of the box. In `corner` the best rate is at an end."""
TRIALS = 25
OBJECTIVE = "metric/energy_distance"


def grid(rates: Sequence[str]) -> list[str]:
    """Return the axes of a grid."""
    return [f"{key}={','.join(rates)}" for key in KEYS]


def search(rates: Sequence[str], seed: int) -> list[str]:
    """Return the axes and settings of a search in the same box."""
    settings = [f"hydra.sweeper.objective={OBJECTIVE}", f"hydra.sweeper.seed={seed}", f"hydra.sweeper.trials={TRIALS}"]
    settings = ["hydra/sweeper=tpe", *settings]
    return [*settings, *(f"{key}=tag(log,interval({rates[0]},{rates[-1]}))" for key in KEYS)]


def sweep(folder: Path, seed: int, axes: Sequence[str]) -> list[float | None]:
    """Run a sweep to its end; return the figures of its points in order, None if a run has none."""
    where = [f"seed={seed}", f"hydra.sweep.dir={folder}", "hydra/launcher=local"]
    command = [GAN, *COMMAND.split(), *where, *axes]
    if subprocess.run(command).returncode not in (0, 1):
        raise SystemExit(f"failed: {' '.join(command)}")
    points = json.loads((folder / "status.json").read_text())["points"]
    return [figure(folder / point["folder"]) for point in points]


def figure(run: Path) -> float | None:
    """Return the objective at the end of a run, or None."""
    try:
        found: float = json.loads((run / "summary.json").read_text())["metrics"][OBJECTIVE]
    except (FileNotFoundError, KeyError):
        return None
    return found


def main(folder: Path, rates: Sequence[str], repetitions: int) -> None:
    """Run the missing sweeps, then print a line per repetition."""
    lines = ["| repetition | best of the grid | best of the search | in trial | as good as the grid from trial |"]
    lines.append("|---|---|---|---|---|")
    won = 0
    for seed in range(1, repetitions + 1):
        best = min(value for value in sweep(folder / f"grid_{seed}", seed, grid(rates)) if value is not None)
        trials = sweep(folder / f"search_{seed}", seed, search(rates, seed))
        found = min(value for value in trials if value is not None)
        first = next((number for number, value in enumerate(trials) if value is not None and value <= best), None)
        won += found <= best
        lines.append(
            f"| {seed} | {best:.4f} | {found:.4f} | {trials.index(found)} | {'-' if first is None else first} |"
        )
    print("\n".join(lines))
    print(f"\nas good or better in {won} of {repetitions}")


if __name__ == "__main__":
    box = sys.argv[2] if len(sys.argv) > 2 else "decades"
    main(Path(sys.argv[1]).absolute(), BOXES[box], int(sys.argv[3]) if len(sys.argv) > 3 else 5)
