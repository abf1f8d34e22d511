"""One picture of one run, for docs/balance.md: its last samples beside the gauges that tell the story.

python docs/studies/tour.py <run folder> <picture.png> ["a title"]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CHARTS = (
    ("losses", {"loss/discriminator": "D", "loss/generator": "G"}),
    ("accuracy of D", {"accuracy/real": "on real", "accuracy/fake": "on fake", "accuracy/holdout": "on held-out"}),
    ("distance to held-out data", {"balance/distance": "distance"}),
    ("variety of the samples", {"balance/spread": "in data space", "balance/feature_spread": "in D's features"}),
)
WITHOUT_CUT = {"accuracy/pairwise": "pairwise"}
COLOURS = ("#00695c", "#c2185b", "#9e9e9e")


def draw(folder: Path, picture: Path, title: str) -> None:
    """Samples on the left, four charts on the right."""
    readings = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    has_cut = "balance/r_t" in readings[-1]
    figure = plt.figure(figsize=(13, 5), dpi=90, layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5, 8))
    axes = left.subplots()
    axes.imshow(plt.imread(sorted((folder / "samples").glob("step_*.png"))[-1]), interpolation="nearest")
    axes.axis("off")
    axes.set_title(f"samples at step {readings[-1]['step']:,}", fontsize=11)
    steps = [reading["step"] for reading in readings]
    for chart, (name, lines) in zip(right.subplots(2, 2, sharex=True).flat, CHARTS, strict=True):
        shown = lines if has_cut or not name.startswith("accuracy") else WITHOUT_CUT
        for colour, (tag, label) in zip(COLOURS, shown.items(), strict=False):
            if tag in readings[-1]:
                chart.plot(steps, [reading[tag] for reading in readings], color=colour, label=label, linewidth=1.6)
        if name.startswith("accuracy"):
            chart.axhspan(0.5, 0.7, color="#b2dfdb", alpha=0.5, linewidth=0)
            chart.set_ylim(-0.02, 1.02)
        else:
            chart.set_ylim(bottom=min(0.0, chart.get_ylim()[0]))
        chart.set_title(name, fontsize=10)
        chart.spines[["top", "right"]].set_visible(False)
        if len(shown) > 1:
            chart.legend(frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=13)
    figure.savefig(picture)
    plt.close(figure)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else Path(sys.argv[1]).name)
