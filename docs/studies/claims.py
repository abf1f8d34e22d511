"""Runs the experiments of configs/experiment over several seeds, and prints a Markdown table for each.

python docs/studies/claims.py run   <folder> <seeds> [experiments]      e.g. 1,2,3 latent+accuracy_band
python docs/studies/claims.py table <folder>
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

WORKERS = 2
EXPERIMENTS = Path(__file__).parents[2] / "configs" / "experiment"
QUIET = (
    "runtime.threads=1",
    "telemetry.samples_every=100000",
    "trainer.checkpoint_every=100000",
    "~telemetry.sinks.tensorboard",
)
STORY: dict[str, tuple[str, ...]] = {
    "as it stands": (),
    "init=normal": ("generator.init=normal", "discriminator.init=normal"),
    "instance_noise": ("balance=[ema,instance_noise]",),
    "accuracy_band": ("balance=[ema,accuracy_band]",),
    "pretrain": ("balance=[ema,pretrain]",),
    "kernel_size=4": ("generator.kernel_size=4", "discriminator.kernel_size=4"),
    "kernel_size=3": ("generator.kernel_size=3", "discriminator.kernel_size=3"),
    "widths=[128,128]": ("discriminator.widths=[128,128]",),
    "dropout=0.3": ("discriminator.dropout=0.3",),
    "dropout=0.6": ("discriminator.dropout=0.6",),
    "lr of D 2e-4": ("optim.discriminator.lr=2e-4",),
    "lr of D 5e-5": ("optim.discriminator.lr=5e-5",),
    "label_flip": ("balance=[ema,label_flip]",),
    "norm of D batch": ("discriminator.norm=batch",),
}
"""The remedies of claim 9, each alone. The last is DCGAN's own rule, which the experiment breaks."""

COLUMNS = {
    "D's accuracy": ("accuracy/discriminator", "{:.0%}"),
    "distance": ("balance/distance", "{:.3f}"),
    "missed": ("balance/missed", "{:.2f}"),
    "astray": ("balance/astray", "{:.2f}"),
    "variety": ("balance/feature_spread", "{:.2f}"),
    "modes": ("metric/modes", "{:.1f}"),
    "good": ("metric/high_quality", "{:.1%}"),
    "reverse KL": ("metric/reverse_kl", "{:.2f}"),
    "energy distance": ("metric/energy_distance", "{:.4f}"),
    "sliced Wasserstein": ("metric/sliced_wasserstein", "{:.3f}"),
    "Wasserstein-2": ("metric/wasserstein", "{:.3f}"),
    "MMD²": ("metric/mmd", "{:.5f}"),
}
"""The columns of a table: tag and format. A tag that was not measured gets no column."""


def run(folder: Path, seeds: Sequence[str], chosen: Sequence[str]) -> None:
    """Train every point of every chosen experiment, unless it is finished."""
    jobs = [job for name in chosen for seed in seeds for job in points(folder, name, seed)]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(train, jobs))


def points(folder: Path, name: str, seed: str) -> list[tuple[Path, list[str]]]:
    """Return the folder and the overrides of each run of an experiment."""
    if name == "mnist_story":
        settings = {label: list(overrides) for label, overrides in STORY.items()}
    else:
        settings = {" ".join(point): point for point in product(axes(name))}
    return [
        (folder / name / f"{label} seed={seed}".replace("/", "_"), [f"experiment={name}", f"seed={seed}", *overrides])
        for label, overrides in settings.items()
    ]


def axes(name: str) -> list[list[str]]:
    """Return the axes of an experiment without its seeds."""
    swept: Any = OmegaConf.to_container(
        OmegaConf.select(OmegaConf.load(EXPERIMENTS / f"{name}.yaml"), "hydra.sweeper.params")
    )
    lists = {key: split(str(values)) for key, values in swept.items() if key != "seed"}
    return [[f"{key}={value}" for value in values] for key, values in lists.items()]


def split(values: str) -> list[str]:
    """Split the values of an axis: `[a,b],[c]` -> `[a,b]` and `[c]`; `a,b` -> `a` and `b`."""
    return [f"[{part}]" for part in values[1:-1].split("],[")] if values.startswith("[") else values.split(",")


def product(lists: Sequence[list[str]]) -> list[list[str]]:
    """Return all combinations of one element from each list."""
    return [[first, *rest] for first in lists[0] for rest in product(lists[1:])] if lists else [[]]


def train(job: tuple[Path, list[str]]) -> None:
    """Train one run, unless it is finished."""
    folder, overrides = job
    if (folder / "summary.json").exists():
        return
    command = [sys.executable, "-m", "gan_cli", "train", f"run={folder}", *overrides, *QUIET, *DATA]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):  # 1: diverged
        print(folder.name, result.stderr[-400:], file=sys.stderr, flush=True)


def table(folder: Path) -> None:
    """Print a table per experiment, with one row per setting: verdicts, mean and standard deviation over the seeds."""
    for experiment in sorted(path for path in folder.iterdir() if path.is_dir()):
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for summary in sorted(experiment.glob("*/summary.json"), key=lambda path: path.stat().st_mtime):
            rows[summary.parent.name.rpartition(" seed=")[0]].append(json.loads(summary.read_text()))
        measured = {tag for runs in rows.values() for one in runs for tag in one["metrics"]}
        columns = {name: column for name, column in COLUMNS.items() if column[0] in measured}
        print(f"\n`{experiment.name}`\n\n| setting | verdicts | " + " | ".join(columns) + " | seconds |")
        print("|---" * (len(columns) + 3) + "|")
        for setting, runs in rows.items():
            verdicts = Counter(one["verdict"]["state"] for one in runs)
            told = ", ".join(f"{count} `{state}`" for state, count in verdicts.most_common())
            cells = [spread([one["metrics"].get(tag) for one in runs], form) for tag, form in columns.values()]
            print(
                f"| {setting} | {told} | "
                + " | ".join(cells)
                + f" | {statistics.mean(s['seconds'] for s in runs):.0f} |"
            )


def spread(values: Sequence[float | None], form: str) -> str:
    """Return the mean and standard deviation of the measured values."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    deviation = f" ± {form.format(statistics.stdev(known))}" if len(known) > 1 else ""
    return form.format(statistics.mean(known)) + deviation


DATA = sys.argv[5:]
if __name__ == "__main__":
    verb, root = sys.argv[1], Path(sys.argv[2])
    if verb == "run":
        known = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))
        run(root, sys.argv[3].split(","), sys.argv[4].split("+") if len(sys.argv) > 4 else known)
    else:
        table(root)
