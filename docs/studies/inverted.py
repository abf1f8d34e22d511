"""Draws what makes an encoder invert its generator: the figure of docs/balance.md.

    gan train -m experiment=invert hydra/launcher=local hydra.sweep.dir=<folder>
    python docs/studies/inverted.py <folder> picture.png

One curve for each point of the sweep, the mean of its seeds with their range; beside it held-out samples and what their
codes bring back, from the run with the first seed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

COLOURS = ("#757575", "#283593", "#00695c", "#c2185b")
GAUGES = {
    "encoder/reconstruction": "distance to what the code brings back,\nrelative to that of another code",
    "accuracy": "share of samples of which D is right",
}
ALL_ROWS, ROWS = 16, 5
"""Rows of the picture of 64 reconstructions, and how many of them are shown; what came back is beside each sample."""


def points(sweep: Path) -> dict[str, list[Path]]:
    """Return the runs of each point of the sweep, by its settings; those with the smallest seed first."""
    found: dict[str, list[Path]] = defaultdict(list)
    for run in sorted(sweep.iterdir()):
        if (run / "summary.json").exists():
            found[re.sub(r",seed=\d+", "", run.name)].append(run)
    return dict(sorted(found.items(), key=lambda item: ("cycle" in item[0], item[0])))


def curve(runs: list[Path], gauge: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps (T,) and the gauge of each run (runs, T)."""
    read = [[json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()] for run in runs]
    rows = [[one for one in each if "encoder/reconstruction" in one] for each in read]
    tags = [gauge] if gauge != "accuracy" else ["accuracy/real", "accuracy/fake"]
    values = [[np.mean([one[tag] for tag in tags]) for one in each] for each in rows]
    return np.array([one["step"] for one in rows[0]]), np.array(values)


def reconstructions(run: Path, folder: Path) -> np.ndarray:
    """Return the picture of held-out samples and what their codes bring back."""
    command = [sys.executable, "-m", "gan_cli", "sample", f"run='{run}'", "reconstruct=true", f"out={folder}"]
    subprocess.run(command, check=True, capture_output=True)
    picture: np.ndarray = plt.imread(folder / "reconstructed.png")
    return picture[: picture.shape[0] * ROWS // ALL_ROWS]


def words_of(point: str) -> str:
    """Return the settings of a point in words."""
    dropout = re.search(r"dropout=([\d.]+)", point)
    told = f"dropout {dropout[1]}" if dropout and float(dropout[1]) else "no dropout"
    return f"{told}, cycle term" if "cycle" in point else told


def draw(sweep: Path, picture: Path) -> None:
    """Draw the figure."""
    found = points(sweep)
    figure = plt.figure(figsize=(13, 6.4), dpi=90, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.25))
    for axes, (gauge, title) in zip(left.subplots(len(GAUGES), 1), GAUGES.items(), strict=True):
        for colour, (point, runs) in zip(COLOURS, found.items(), strict=True):
            steps, values = curve(runs, gauge)
            axes.plot(steps, values.mean(axis=0), color=colour, label=f"{words_of(point)} ({len(runs)} seeds)")
            axes.fill_between(steps, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axes.set_title(title, fontsize=10, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    left.axes[0].legend(frameon=False, fontsize=8)
    left.axes[-1].set_xlabel("step", fontsize=9)
    panels = right.subplots(2, 2).flat
    with tempfile.TemporaryDirectory() as temporary:
        for axes, (number, (point, runs)) in zip(panels, enumerate(found.items()), strict=True):
            image = reconstructions(runs[0], Path(temporary) / str(number))
            axes.imshow(image, interpolation="nearest", cmap="gray")
            axes.set_title(words_of(point), fontsize=10, loc="left", color=COLOURS[number])
            axes.axis("off")
    figure.savefig(picture)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
