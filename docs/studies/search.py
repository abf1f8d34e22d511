"""Does a search find at least what a grid finds? A 4x4 grid of learning rates against 25 trials in the same box.

    python docs/studies/search.py <folder> [repetitions]

Repetition r trains with seed r, so that all of its runs see the same luck, and searches with seed r. A command that was
interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

GAN = str(Path(sys.executable).parent / "gan")
COMMAND = "train -m data=digits generator.base_channels=16 discriminator.base_channels=16 trainer.steps=500"
RATES = ("optim.generator.lr", "optim.discriminator.lr")
GRID = tuple(f"{key}=5e-5,2e-4,8e-4,3.2e-3" for key in RATES)
BOX = tuple(f"{key}=tag(log,interval(5e-5,3.2e-3))" for key in RATES)
TRIALS = 25
OBJECTIVE = "metric/energy_distance"


def sweep(folder: Path, seed: int, *more: str) -> list[float | None]:
    """Run a sweep to its end; the figures of its points in their order, None where a run has none."""
    where = [f"seed={seed}", f"hydra.sweep.dir={folder}", "hydra/launcher=local"]
    command = [GAN, *COMMAND.split(), *where, *more]
    if subprocess.run(command).returncode not in (0, 1):
        raise SystemExit(f"failed: {' '.join(command)}")
    points = json.loads((folder / "status.json").read_text())["points"]
    return [figure(folder / point["folder"]) for point in points]


def figure(run: Path) -> float | None:
    """The objective at a run's end."""
    try:
        found: float = json.loads((run / "summary.json").read_text())["metrics"][OBJECTIVE]
    except (FileNotFoundError, KeyError):
        return None
    return found


def main(folder: Path, repetitions: int) -> None:
    """Run everything that is missing, then print a line per repetition."""
    lines = ["| repetition | best of the grid | best of the search | in trial | reached the grid's best in trial |"]
    lines.append("|---|---|---|---|---|")
    won = 0
    for seed in range(1, repetitions + 1):
        cells = [value for value in sweep(folder / f"grid_{seed}", seed, *GRID) if value is not None]
        search = ("hydra/sweeper=tpe", f"hydra.sweeper.seed={seed}", f"hydra.sweeper.trials={TRIALS}")
        trials = sweep(folder / f"search_{seed}", seed, *search, *BOX)
        grid = min(cells)
        best = min(value for value in trials if value is not None)
        first = next((number for number, value in enumerate(trials) if value is not None and value <= grid), None)
        won += best <= grid
        lines.append(f"| {seed} | {grid:.4f} | {best:.4f} | {trials.index(best)} | {'-' if first is None else first} |")
    print("\n".join(lines))
    print(f"\nas good or better in {won} of {repetitions}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
