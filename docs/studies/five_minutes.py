"""Compares five minutes on MNIST: `model=five_minutes` against the DCGAN that PyTorch-GAN publishes, in its plain loop.

    python docs/studies/five_minutes.py --seeds 1,2,3 --root <folder of MNIST> --out <folder> [--seconds 300]

Both train on the CPU, one run at a time in a process of its own, with torch's default number of threads. Ours is the
command `gan train model=five_minutes data=mnist metric=[]`; theirs is docs/studies/published_dcgan.py. Samples are made
and measured afterwards, so measuring takes no time from either. Saving weights does not count as training time of
theirs, but does of ours, as do our pictures and telemetry. Starting Python and reading the data count for neither. What
is done is not repeated: neither a run nor its measurement (curve.json in its folder).

At each mark both are measured in the same way. 10,000 samples, in 256 levels, are compared with the 10,000 test images
of MNIST, on which nothing was trained: Frechet distance in the features of the classifier of the digits
(`metric=frechet_classifier`), and precision and recall of 2,500 samples. The size is that of the published networks,
32x32. Test images and our samples, which are 28x28, are enlarged to it by the same bilinear filter as their training
images. Ours are sampled from the averaged weights. Theirs are sampled twice, with the batch norm of training, as for
the pictures of their script, and with the averaged statistics; the smaller distance counts.

Writes <out>/curves.json and <out>/five-minutes.png, a figure with both curves, and prints the tables.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import published_dcgan
import torch
from torch import Tensor
from torchvision import datasets

from gan_cli.config.check import Node
from gan_cli.data.base import Split, Table
from gan_cli.data.mnist import MNIST
from gan_cli.data.select import resize
from gan_cli.game import Batch
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.metrics.frechet_classifier import FrechetClassifier
from gan_cli.metrics.precision_recall import PrecisionRecall
from gan_cli.quality.classifier import classifier_of
from gan_cli.quality.classifier_training import classifier_data_of
from gan_cli.quality.suite import as_stored
from gan_cli.session.trained import open_run
from gan_cli.spec import SampleSpec, normalise
from gan_cli.training import checkpoint

RECIPE = "five_minutes"
SHARES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The marks as shares of the training time."""
COUNT = 10_000
COMPARED = 2_500
"""Samples for precision and recall, which compare all pairs."""
LATENTS = 7
"""Seed of the latent vectors."""
CHECKPOINTS = 250
"""Steps between our checkpoints. A mark is measured on the last one before it."""

Point = dict[str, float]
"""Seconds of training, steps, and the results by name."""
ARMS = {"ours": ("#00695c", f"model={RECIPE}"), "theirs": ("#c2185b", "PyTorch-GAN's DCGAN, plain loop")}


class Judge:
    """Measures samples of both sizes against the test images.

    Args:
        root: folder of MNIST.
    """

    def __init__(self, root: Path) -> None:
        source = MNIST(root=str(root), size=published_dcgan.SIZE)
        self.spec = source.spec
        split = source.load()
        data = classifier_data_of(split, self.spec)
        assert not isinstance(data, str), data
        classifier = classifier_of(data, torch.device("cpu"))
        assert not isinstance(classifier, str), classifier
        self.protocol = {"classifier": classifier.digest, "classifier_accuracy": classifier.accuracy}
        test = torch.as_tensor(datasets.MNIST(root, train=False).data).unsqueeze(1)
        real = self._batch(test)[:COUNT]
        other = self._batch(_some(split))
        self._references = [
            Reference(self.spec, Batch(part), None, lambda: Batch(other), lambda: Batch(other),
                      refuse_classifier=lambda: None, open_classifier=lambda: classifier)
            for part in (real, real[:COMPARED])
        ]  # fmt: skip
        self.floor = self.measure(other, self.spec)

    def measure(self, samples: Tensor, spec: SampleSpec) -> dict[str, float]:
        """Samples (N, 1, *size) in [-1, 1] -> results by name."""
        seen = self._batch(as_levels(samples, spec))
        inputs = [MetricInputs(self._references[0], Batch(seen))]
        inputs.append(MetricInputs(self._references[1], Batch(seen[:COMPARED])))
        return {**FrechetClassifier().measure(inputs[0]), **PrecisionRecall().measure(inputs[1])}

    def _batch(self, images: Tensor) -> Tensor:
        return normalise(resize(images, self.spec.spatial), self.spec)


def _some(split: Split) -> Tensor:
    """Return 10,000 training images."""
    assert isinstance(split.train, Table)
    return split.train.samples[torch.randperm(len(split.train), generator=torch.Generator().manual_seed(0))[:COUNT]]


def as_levels(samples: Tensor, spec: SampleSpec) -> Tensor:
    """Samples in [-1, 1] -> uint8 (N, C, H, W), as an image file would store them."""
    stored = as_stored(Batch(samples), spec).x
    return ((stored + 1.0) * 127.5).round().to(torch.uint8)


def train_theirs(folder: Path, seed: int, root: Path, seconds: float) -> None:
    """Run the published loop, unless its last generator is there."""
    if (folder / f"{seconds:g}.pt").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    marks = ",".join(f"{share * seconds:g}" for share in SHARES)
    script = [sys.executable, published_dcgan.__file__, "--seed", str(seed), "--marks", marks]
    with (folder / "log.txt").open("w") as log:
        subprocess.run([*script, "--root", str(root), "--out", str(folder)], stdout=log, check=True)


def train_ours(folder: Path, seed: int, root: Path, seconds: float) -> None:
    """Run `gan train`, to its end or until its time is over, unless that has happened."""
    if (folder / "over").exists():
        return
    settings = [f"trainer.checkpoint_every={CHECKPOINTS}", "trainer.keep_checkpoints=1000", "metric=[]"]
    words = [f"model={RECIPE}", "data=mnist", f"data.root={root}", f"seed={seed}", f"run={folder}", *settings]
    process = subprocess.Popen([sys.executable, "-m", "gan_cli", "train", *words])
    while process.poll() is None:
        if trained(folder) > seconds:
            process.send_signal(signal.SIGTERM)
            process.wait()
        time.sleep(0.2)
    if process.returncode not in (0, 143):
        raise SystemExit(f"failed: gan train {' '.join(words)}")
    (folder / "over").touch()


def trained(folder: Path) -> float:
    """Return the seconds since the first picture of a run, which is drawn before the first step."""
    picture = folder / "samples" / "step_00000000.png"
    return time.time() - picture.stat().st_mtime if picture.exists() else 0.0


def measure_theirs(folder: Path, judge: Judge, seconds: float) -> Iterator[Point]:
    """Measure the published generator at each mark."""
    for share in SHARES:
        saved = torch.load(folder / f"{share * seconds:g}.pt", weights_only=True)
        drawn = (published_dcgan.sample(saved["weights"], COUNT, LATENTS, training_mode=mode) for mode in (True, False))
        results = [judge.measure(samples, judge.spec) for samples in drawn]
        best = min(results, key=lambda result: result["frechet_classifier"])
        yield {"mark": share * seconds, "seconds": saved["seconds"], "steps": saved["batches"], **best}


def measure_ours(folder: Path, judge: Judge, seconds: float) -> Iterator[Point]:
    """Measure the averaged generator of the last checkpoint before each mark."""
    times = {step: float(_state(folder, step)["seconds"]) for step in checkpoint.steps_in(folder)}
    for share in SHARES:
        step = max((step for step, at in times.items() if at <= share * seconds), default=None)
        if step is None:
            continue
        run = open_run(folder, step=step, average=True, device="cpu")
        samples = run.sample(run.players.draw(COUNT, LATENTS)).x
        yield {"mark": share * seconds, "seconds": times[step], "steps": step, **judge.measure(samples, run.spec)}


def kept(file: Path, measured: Iterator[Point]) -> list[Point]:
    """Return the points in a file; if it does not exist, measure them and write it."""
    if not file.exists():
        file.write_text(json.dumps(list(measured), indent=1))
    points: list[Point] = json.loads(file.read_text())
    return points


def _state(folder: Path, step: int) -> Node:
    state = checkpoint.load(folder, step)
    assert state is not None
    return state


def median_and_range(runs: Sequence[Sequence[Point]], mark: float, name: str) -> tuple[float, float, float] | None:
    """Return median, smallest and largest of a result over the runs at a mark; None unless all of them have it."""
    found = [point[name] for run in runs for point in run if point["mark"] == mark]
    return (statistics.median(found), min(found), max(found)) if len(found) == len(runs) else None


def draw(picture: Path, curves: Mapping[str, Sequence[Sequence[Point]]], floor: float) -> None:
    """Draw the distance of both over time: the median of the seeds as a line, their range as an area."""
    figure, axes = plt.subplots(figsize=(8, 4.5), dpi=100, layout="constrained")
    for arm, (colour, label) in ARMS.items():
        marks = sorted({point["mark"] for run in curves[arm] for point in run})
        found = {mark: median_and_range(curves[arm], mark, "frechet_classifier") for mark in marks}
        whole = {mark: result for mark, result in found.items() if result is not None}
        if not whole:
            continue
        middle, low, high = zip(*whole.values(), strict=True)
        axes.plot(list(whole), middle, color=colour, marker="o", label=label)
        axes.fill_between(list(whole), low, high, color=colour, alpha=0.2, linewidth=0)
    axes.axhline(floor, color="#9e9e9e", linestyle="--", label="10,000 training images")
    axes.set(yscale="log", xlabel="seconds of training on 2 cores", ylabel="Frechet distance, classifier features")
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.savefig(picture)
    plt.close(figure)


def tables(curves: Mapping[str, Sequence[Sequence[Point]]], seconds: float) -> str:
    """Return the tables for docs/benchmarks.md."""
    lines = ["| seconds | ours | theirs | theirs / ours |", "|---|---|---|---|"]
    for share in SHARES:
        ours, theirs = (median_and_range(curves[arm], share * seconds, "frechet_classifier") for arm in ARMS)
        ratio = "" if ours is None or theirs is None else f"{theirs[0] / ours[0]:.1f}"
        lines.append(f"| {share * seconds:g} | {_text(ours)} | {_text(theirs)} | {ratio} |")
    lines += ["", "| at the end | ours | theirs |", "|---|---|---|"]
    for name in ("frechet_classifier", "precision", "recall", "steps"):
        cells = (_text(median_and_range(curves[arm], seconds, name)) for arm in ARMS)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _text(found: tuple[float, float, float] | None) -> str:
    return "" if found is None else "{:.4g} ({:.4g} to {:.4g})".format(*found)


def main(seeds: Sequence[int], root: Path, out: Path, seconds: float) -> None:
    """Run what is missing, one run after the other, then measure everything."""
    out.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        train_ours(out / f"ours_{seed}", seed, root, seconds)
        train_theirs(out / f"theirs_{seed}", seed, root, seconds)
    judge = Judge(root)
    curves: dict[str, list[list[Point]]] = {arm: [] for arm in ARMS}
    for arm, measure in (("ours", measure_ours), ("theirs", measure_theirs)):
        for seed in seeds:
            folder = out / f"{arm}_{seed}"
            curves[arm].append(kept(folder / "curve.json", measure(folder, judge, seconds)))
    whole: dict[str, Any] = {"seconds": seconds, "seeds": list(seeds), "floor": judge.floor, **judge.protocol, **curves}
    (out / "curves.json").write_text(json.dumps(whole, indent=1))
    draw(out / "five-minutes.png", curves, judge.floor["frechet_classifier"])
    print(tables(curves, seconds))
    print("\n10,000 training images: " + ", ".join(f"{name} {value:.4g}" for name, value in judge.floor.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--root", type=Path, required=True, help="folder of MNIST")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=300.0, help="training time of each run")
    given = parser.parse_args()
    main([int(seed) for seed in given.seeds.split(",")], given.root, given.out.absolute(), given.seconds)
