"""Causes known failures in runs and compares them with the verdicts: the tables of docs/balance.md.

    python docs/studies/planted.py run   <folder> <seeds> [cases] [diseases]      e.g. 0,1,2,3,4
    python docs/studies/planted.py cure  <folder>         add the first advice to each failing run, train again
    python docs/studies/planted.py table <folder>         print the two tables as Markdown

The thresholds of configs/diagnosis/default.yaml were chosen with seed 100, and with seed 0 in first explorations. The
reported runs have other seeds.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.session.advice import advise

WORKERS = 2
QUIET = "runtime.threads=1 telemetry.samples_every=100000 trainer.checkpoint_every=100000 ~telemetry.sinks.tensorboard"
NARROW = "generator.base_channels=32 discriminator.base_channels=32"
CASES = {
    "digits, non_saturating": f"data=digits model=dcgan {NARROW} trainer.steps=1000",
    "digits, hinge": f"data=digits model=dcgan loss=hinge {NARROW} trainer.steps=1000",
    "digits, wasserstein": f"data=digits model=wgan_gp {NARROW} trainer.d_steps=2 trainer.steps=1000",
    "ring, non_saturating": "data=ring model=mlp trainer.steps=2500",
    "ring, hinge": "data=ring model=mlp loss=hinge trainer.steps=2500",
}
BOTH = "optim.{0}.lr={1} optim.{0}.betas=[0.9,0.999]"
FAST = " ".join(BOTH.format(side, 1e-3) for side in ("generator", "discriminator"))
DISEASES = {
    "balanced": "",
    "discriminator_dominates": "optim.discriminator.lr=2e-3 optim.generator.lr=2e-5",
    "generator_dominates": "optim.discriminator.lr=1e-7",
    "mode_collapse": f"generator.norm=none discriminator.norm=none {FAST}",
    "discriminator_overfits": "data.limit=100",
    "diverged": "optim.generator.lr=0.5 optim.discriminator.lr=0.5",
}
"""The expected verdict, and the overrides that cause it."""

ELSEWHERE = {
    # a strong critic does not harm a Wasserstein GAN, and none of our overrides makes it collapse
    ("digits, wasserstein", "discriminator_dominates"): None,
    ("digits, wasserstein", "mode_collapse"): None,
    # 100 points of a ring already show the whole ring, so D has nothing to memorise
    ("ring, non_saturating", "discriminator_overfits"): None,
    ("ring, hinge", "discriminator_overfits"): None,
    ("digits, wasserstein", "diverged"): f"balance=[ema] {FAST}",
}
"""Cases in which other overrides cause a failure, or None if it is left out."""


def train(folder: Path, case: str, disease: str, seed: int, extra: Iterable[str] = ()) -> None:
    """Train one run, unless it is finished or left out."""
    planted = ELSEWHERE.get((case, disease), DISEASES[disease])
    if planted is None or (folder / "summary.json").exists():
        return
    words = [*shlex.split(CASES[case]), *shlex.split(planted), *extra, *shlex.split(QUIET)]
    command = [sys.executable, "-m", "gan_cli", "train", f"run={folder}", f"seed={seed}", *words]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):  # 1: diverged
        print(folder.name, result.stderr[-400:], file=sys.stderr, flush=True)


def place(folder: Path, case: str, disease: str, seed: int) -> Path:
    """Return the folder of a run."""
    return folder / f"{case.replace(', ', '-')}.{disease}.{seed}"


def run_all(folder: Path, seeds: list[int], cases: list[str], diseases: list[str]) -> None:
    """Train all runs of a study."""
    jobs = [(case, disease, seed) for seed in seeds for disease in diseases for case in cases]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda job: train(place(folder, *job), *job), jobs))


def plan_of(folder: Path) -> list[tuple[str, str, int]]:
    """Return the case, the failure and the seed of each finished run."""
    names = {place(folder, case, "x", 0).name.split(".")[0]: case for case in CASES}
    parts = [path.parent.name.split(".") for path in sorted(folder.glob("*/summary.json"))]
    return [(names[part[0]], part[1], int(part[2])) for part in parts if len(part) == 3]


def cure(folder: Path) -> None:
    """Train each failing run that was recognised again, with its first advice added to the command."""

    def paste(job: tuple[str, str, int]) -> None:
        run = place(folder, *job)
        # Hydra uses the last of two overrides of one key, so appending the advice is enough
        train(Path(f"{run}.cured"), *job, shlex.split(first_advice(run)))

    plan = [job for job in plan_of(folder) if job[1] != "balanced"]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(paste, [job for job in plan if read(place(folder, *job))["verdict"]["state"] == job[1]]))


def first_advice(run: Path) -> str:
    """Return the first advice for a run by the present code, whenever it was trained."""
    config: Any = OmegaConf.to_container(OmegaConf.load(run / "config.yaml"))
    return advise(config, Verdict(read(run)["verdict"]["state"], 0))[0]


def read(run: Path) -> dict[str, Any]:
    """Return the summary of a run."""
    loaded: dict[str, Any] = json.loads((run / "summary.json").read_text())
    return loaded


def table(folder: Path) -> None:
    """Print the confusion table of failures and verdicts, then the effect of the first advice."""
    plan = plan_of(folder)
    states = [*DISEASES, "oscillating", "warming_up"]
    counts = Counter((disease, read(place(folder, c, disease, s))["verdict"]["state"]) for c, disease, s in plan)
    print("| planted | " + " | ".join(states) + " | right |\n|" + "---|" * (len(states) + 2))
    for disease in DISEASES:
        row = [counts[disease, state] for state in states]
        right = counts[disease, disease] / max(sum(row), 1)
        print(f"| {disease} | " + " | ".join(str(n or "") for n in row) + f" | {right:.0%} |")
    print("\n| case | planted | right | advice | better |\n|---|---|---|---|---|")
    for case in CASES:
        for disease in DISEASES:
            seeds = [s for c, d, s in plan if (c, d) == (case, disease)]
            runs = [place(folder, case, disease, seed) for seed in seeds]
            hits = sum(read(run)["verdict"]["state"] == disease for run in runs)
            cured = [run for run in runs if Path(f"{run}.cured", "summary.json").exists()]
            advice = Counter(first_advice(run) for run in cured).most_common(1)
            better = sum(improved(run, Path(f"{run}.cured")) for run in cured)
            told = f"`{advice[0][0]}` | {better} of {len(cured)}" if cured else " | "
            print(f"| {case} | {disease} | {hits} of {len(runs)} | {told} |")


def improved(sick: Path, cured: Path) -> bool:
    """Whether the verdict is now balanced, or the samples are at least a tenth nearer to held-out data."""
    before, after = read(sick), read(cured)
    if after["verdict"]["state"] == "balanced":
        return True
    distance = "balance/distance"
    return bool(after["metrics"].get(distance, 9.0) < 0.9 * before["metrics"].get(distance, 9.0))


if __name__ == "__main__":
    verb, root = sys.argv[1], Path(sys.argv[2])
    if verb == "run":
        chosen = [sys.argv[i].split("+") if len(sys.argv) > i else None for i in (4, 5)]
        seeds = [int(seed) for seed in sys.argv[3].split(",")]
        run_all(root, seeds, chosen[0] or list(CASES), chosen[1] or list(DISEASES))
    else:
        {"cure": cure, "table": table}[verb](root)
