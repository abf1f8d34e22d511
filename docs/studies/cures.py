"""Cures runs that are sick of causes which the advice does not simply undo: the table of docs/balance.md.

    python docs/studies/cures.py run   <folder> <seeds>      trains, and cures what did not end balanced
    python docs/studies/cures.py judge <folder> <seeds>      the tables, as Markdown

A cure counts if its best attempt ended balanced, or by a third nearer to the data (`balance/distance`). Its time is the
wall-clock time of `gan cure`, two attempts at a time with one thread each, as a multiple of that of the sick run.
GAN_DATA_ROOT names the folder of MNIST.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from causes import BASES
from planted import WORKERS, Planted, train

NEARER = 1 / 3
MOMENTUM = " ".join(f"optim.{side}.betas=[0.9,0.999]" for side in ("generator", "discriminator"))
SICK: dict[str, tuple[str, tuple[str, ...]]] = {
    "batch_of_8": ("trainer.batch_size=8", ("photos", "ring")),
    "ten_d_steps": ("trainer.d_steps=10", ("mnist", "ring", "swiss_roll")),
    "sgd_for_d": ("optim=adam_sgd optim.discriminator.lr=1e-3", ("digits", "photos", "ring")),
    "sgd": ("optim=sgd optim.generator.lr=1e-3 optim.discriminator.lr=1e-3", ("digits", "mnist", "ring")),
    "heavy_momentum": (
        f"{MOMENTUM} optim.generator.lr=1.5e-3 optim.discriminator.lr=1.5e-3",
        ("digits", "photos", "ring"),
    ),
    "g_3.5_times_narrower": (
        "generator.base_channels=8 discriminator.base_channels=28",
        ("digits", "mnist", "photos"),
    ),
    "narrow_g": ("generator.widths=[33]", ("ring", "grid", "swiss_roll")),
    "dense_g": ("generator=mlp generator.norm=batch", ("mnist", "photos")),
    "100_samples": ("data.limit=100", ("digits", "mnist", "photos")),
    "60_samples": ("data.limit=60", ("digits", "photos")),
    "least_squares": ("loss=least_squares", ("photos",)),
    "minimax": ("loss=minimax discriminator.norm=none", ("digits", "mnist", "ring")),
    "free_critic": ("loss=wasserstein", ("digits", "ring")),
    "three_latents": ("generator.latent_dim=3", ("digits", "photos")),
    "g_dropout": ("generator.dropout=0.45", ("digits", "photos", "ring")),
    "no_norm": ("generator.norm=none discriminator.norm=none", ("digits", "mnist", "photos")),
    "no_norm_in_d": (f"discriminator.norm=none {MOMENTUM}", ("digits", "mnist", "photos")),
}
"""Causes that none of the remedies names, by the overrides that cause them and the data sets."""


def cases(seeds: list[int]) -> list[Planted]:
    """Return all runs of some seeds."""
    return [
        Planted(f"{cause}.{base}.{seed}", "sick", f"{BASES[base]} {words}", ())
        for seed in seeds
        for cause, (words, bases) in SICK.items()
        for base in bases
    ]


def cure(folder: Path, case: Planted) -> None:
    """Cure a run that did not end balanced, unless it has been done."""
    place, answer = folder / case.name, folder / f"{case.name}.json"
    if answer.exists() or not (place / "summary.json").exists() or not _is_sick(place):
        return
    began = time.perf_counter()
    command = [sys.executable, "-m", "gan_cli", "cure", f"run={place}", f"workers={WORKERS}", f"json={answer}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if not answer.exists():
        print(case.name, result.returncode, result.stderr[-400:], file=sys.stderr, flush=True)
        return
    found = json.loads(answer.read_text())
    answer.write_text(json.dumps({**found, "cure_seconds": time.perf_counter() - began}, indent=2))


def _is_sick(place: Path) -> bool:
    """Whether a run ended in a state other than balanced."""
    found = json.loads((place / "summary.json").read_text())
    return bool(found["status"] == "diverged" or found["verdict"]["state"] != "balanced")


def answers(folder: Path, seeds: list[int]) -> Iterator[tuple[Planted, dict[str, Any]]]:
    """Yield all cures that ended."""
    for case in cases(seeds):
        if (path := folder / f"{case.name}.json").exists():
            yield case, json.loads(path.read_text())


def outcome(found: dict[str, Any]) -> str:
    """Return `balanced`, `nearer` or nothing for the best attempt of a cure."""
    best, before = found["best"], found["sick"]["figure"]
    if best is None:
        return ""
    if best["verdict"] == "balanced":
        return "balanced"
    if before is None:  # it had diverged
        return "nearer"
    return "nearer" if best["figure"] is not None and best["figure"] <= (1 - NEARER) * before else ""


def judge(folder: Path, seeds: list[int]) -> None:
    """Print the tables: by cause, and by remedy."""
    by_cause: dict[str, list[str]] = defaultdict(list)
    remedies: dict[str, Counter[str]] = defaultdict(Counter)
    states: dict[str, set[str]] = defaultdict(set)
    times = []
    for case, found in answers(folder, seeds):
        cause = case.name.split(".", 1)[0]
        by_cause[cause].append(outcome(found))
        states[cause].add(found["sick"]["verdict"])
        times.append(found["cure_seconds"] / found["sick"]["seconds"])
        for attempt in found["attempts"]:
            name = f"{found['sick']['verdict']}: {' '.join(attempt['overrides'])}"
            remedies[name]["tried"] += 1
            remedies[name]["helped"] += bool(attempt["helped"])
            remedies[name]["best"] += found["best"] is not None and found["best"]["folder"] == attempt["folder"]
    print("| cause | verdicts | runs | balanced | nearer by a third | neither |\n|" + "---|" * 6)
    for cause, found_ in by_cause.items():
        counts = Counter(found_)
        row = (len(found_), counts["balanced"], counts["nearer"], counts[""])
        print(f"| `{cause}` | {', '.join(sorted(states[cause]))} | " + " | ".join(str(n or "") for n in row) + " |")
    every = [each for found_ in by_cause.values() for each in found_]
    cured = sum(map(bool, every))
    print(f"\n{cured} of {len(every)} cured ({cured / max(len(every), 1):.0%})")
    if times:
        print(
            f"time: {statistics.mean(times):.1f} times the sick run's on average, median {statistics.median(times):.1f}"
        )
    print("\n| remedy | tried | helped | the best |\n|---|---|---|---|")
    for name, counts in sorted(remedies.items()):
        print(f"| {name} | {counts['tried']} | {counts['helped']} | {counts['best']} |")


if __name__ == "__main__":
    verb, root = sys.argv[1], Path(sys.argv[2])
    chosen = [int(seed) for seed in sys.argv[3].split(",")]
    if verb == "run":
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda case: train(root, case), cases(chosen)))
        for each in cases(chosen):
            cure(root, each)
    else:
        judge(root, chosen)
