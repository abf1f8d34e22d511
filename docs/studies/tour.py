"""Draws runs for docs/balance.md: the last samples of each run beside its gauges.

python docs/studies/tour.py picture.png <run folder> "its title" [<run folder> "its title" ...]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from gan_cli.diagnosis.verdict import WORDS

CHARTS = (
    ("losses", {"loss/discriminator": "D", "loss/generator": "G"}),
    ("accuracy of D", {"accuracy/real": "on real", "accuracy/fake": "on fake", "accuracy/holdout": "on held-out"}),
    ("distance to held-out data", {"balance/distance": "distance"}),
    ("variety of the samples", {"balance/spread": "in data space", "balance/feature_spread": "in D's features"}),
)
PAIRWISE = {"accuracy/pairwise": "pairwise"}
COLOURS = ("#00695c", "#c2185b", "#9e9e9e")


def draw(picture: Path, runs: Sequence[tuple[Path, str]]) -> None:
    """Draw one row per run: samples, then four charts."""
    figure = plt.figure(figsize=(15, 3.4 * len(runs)), dpi=90, layout="constrained")
    rows = figure.subfigures(len(runs), 1, squeeze=False, hspace=0.06)[:, 0]
    for row, (folder, title) in zip(rows, runs, strict=True):
        readings = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        verdict = WORDS[json.loads((folder / "summary.json").read_text())["verdict"]["state"]]
        row.suptitle(f"{title}   ·   verdict: {verdict}", fontsize=12, x=0.01, ha="left")
        axes = row.subplots(1, 1 + len(CHARTS), width_ratios=(1.25, 1, 1, 1, 1))
        axes[0].imshow(plt.imread(sorted((folder / "samples").glob("step_*.png"))[-1]), interpolation="nearest")
        axes[0].axis("off")
        axes[0].set_title(f"samples at step {readings[-1]['step']:,}", fontsize=10)
        for chart, (name, lines) in zip(axes[1:], CHARTS, strict=True):
            plot(chart, name, lines, readings)
    figure.savefig(picture)
    plt.close(figure)


def plot(chart: Any, name: str, lines: dict[str, str], readings: Sequence[dict[str, float]]) -> None:
    """Draw one chart of some gauges over the steps."""
    if name.startswith("accuracy"):
        lines = lines if "balance/r_t" in readings[-1] else PAIRWISE
        chart.set_ylim(-0.02, 1.02)
        chart.axhspan(0.5, 0.7, color="#b2dfdb", alpha=0.5, linewidth=0)
    steps = [reading["step"] for reading in readings]
    for colour, (tag, label) in zip(COLOURS, lines.items(), strict=False):
        if tag in readings[-1]:
            chart.plot(steps, [reading[tag] for reading in readings], color=colour, label=label, linewidth=1.6)
    if not name.startswith("accuracy"):
        chart.set_ylim(bottom=min(0.0, chart.get_ylim()[0]))
    chart.set_title(name, fontsize=10)
    chart.tick_params(labelsize=8)
    chart.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        chart.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    words = sys.argv[2:]
    draw(Path(sys.argv[1]), [(Path(folder), title) for folder, title in zip(words[::2], words[1::2], strict=True)])
