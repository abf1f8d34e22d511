"""Causes known failures in runs and compares them with the verdicts: the tables of docs/balance.md.

    python docs/studies/planted.py run    <folder> <seeds> [causes] [kinds]   e.g. 1,2,3 causes seen,unseen,healthy
    python docs/studies/planted.py judge  <folder> <seeds> [causes] [kinds]   the tables, as Markdown; by today's bounds
    python docs/studies/planted.py wrong  <folder> <seeds> [causes] [kinds]   each verdict that is wrong, and its gauges

The causes are in `causes.py` (points and images) and `causes_of_kinds.py` (voxels, sound, text). A run does not depend
on its verdicts, so they are found again from its metrics.jsonl: other bounds need no other runs. docs/balance.md says
on which seeds the bounds of configs/diagnosis were chosen. GAN_DATA_ROOT names the folder of MNIST.
"""

from __future__ import annotations

import importlib
import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from causes import Causes
from omegaconf import OmegaConf

from gan_cli.config.build import build
from gan_cli.config.targets import resolve
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.step_gauges import accuracy_tag
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.telemetry.jsonl import records

WORKERS = 2
QUIET = "runtime.threads=1 telemetry.samples_every=100000 trainer.checkpoint_every=100000 ~telemetry.sinks.tensorboard"
EARLY = 0.15
"""The share of a run in which a healthy one must not be accused."""


@dataclass(frozen=True)
class Planted:
    """One run: its folder's name, its command, and the verdicts that are right."""

    name: str
    kind: str
    words: str
    right: tuple[str, ...]


def plan(causes: Causes, seeds: list[int], kinds: list[str]) -> list[Planted]:
    """Return the runs of some seeds: of causes that are `seen` or `unseen`, and `healthy` ones."""
    found = []
    for seed in seeds:
        for cause, told in causes.planted.items():
            kind = "seen" if told.seen else "unseen"
            for base in told.bases:
                found.append(Planted(f"{cause}.{base}.{seed}", kind, f"{causes.bases[base]} {told.words}", told.right))
        found += [
            Planted(f"healthy.{name}.{seed}", "healthy", words, ("balanced",)) for name, words in causes.healthy.items()
        ]
    return [run for run in found if run.kind in kinds]


def train(folder: Path, run: Planted) -> None:
    """Train one run, unless it is finished; without metrics if its command names none."""
    place = folder / run.name
    if (place / "summary.json").exists():
        return
    seed = run.name.rsplit(".", 1)[1]
    words = [f"run={place}", f"seed={seed}", *shlex.split(run.words), *shlex.split(QUIET)]
    if not any(word.startswith("metric=") for word in words):
        words.append("metric=[]")
    here = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
    result = subprocess.run(
        [sys.executable, "-m", "gan_cli", "train", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": here, "OMP_NUM_THREADS": "1"},
    )
    if result.returncode not in (0, 1):  # 1: diverged
        print(run.name, result.stderr[-400:], file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Judged:
    """The verdicts of one run by the bounds of today: at each reading, and the last one."""

    run: Planted
    verdicts: list[tuple[float, Verdict]]
    last: dict[str, float]
    status: str

    @property
    def state(self) -> str:
        """The last state; a value that is not finite is a divergence."""
        return "diverged" if self.status == "diverged" else self.verdicts[-1][1].state

    @property
    def right(self) -> bool:
        """Whether the last state is one of the right ones."""
        return self.state in self.run.right

    @property
    def accused_early(self) -> bool:
        """Whether a state other than `balanced` and `warming_up` was named in the first part of the run."""
        early = [verdict.state for share, verdict in self.verdicts if share <= EARLY]
        return not set(early) <= {"balanced", "warming_up"}


def judge(folder: Path, run: Planted) -> Judged | None:
    """Return the verdicts of a finished run, or None."""
    place = folder / run.name
    if not (place / "summary.json").exists():
        return None
    config: Any = OmegaConf.to_container(OmegaConf.load(place / "config.yaml"))
    steps = config["trainer"]["steps"]
    diagnosis = Diagnosis()
    energy = getattr(resolve(config["discriminator"]["_target_"]), "energy", False)
    tag = None if energy else accuracy_tag(build("loss", config["loss"]))
    verdicts, last = [], {}
    for record in records(place / "metrics.jsonl", steps):
        values = {name: float(value) for name, value in record.items() if name != "step"}
        if "balance/distance" not in values:
            continue
        last = values
        verdicts.append((record["step"] / steps, diagnosis.read(record["step"], steps, values, tag)))
    summary = json.loads((place / "summary.json").read_text())
    return Judged(run, verdicts, last, summary["status"])


def judged(folder: Path, causes: Causes, seeds: list[int], kinds: list[str]) -> Iterator[Judged]:
    """Yield all finished runs with their verdicts."""
    for run in plan(causes, seeds, kinds):
        if (found := judge(folder, run)) is not None:
            yield found


def table(folder: Path, causes: Causes, seeds: list[int], kinds: list[str]) -> None:
    """Print which verdicts the causes got."""
    found = list(judged(folder, causes, seeds, kinds))
    states = [
        "balanced",
        *dict.fromkeys(state for told in causes.planted.values() for state in told.right),
        "warming_up",
    ]
    print("| planted | where | " + " | ".join(states) + " | right |\n|" + "---|" * (len(states) + 3))
    for cause in [*causes.planted, "healthy"]:
        runs = [each for each in found if each.run.name.startswith(f"{cause}.")]
        if not runs:
            continue
        counts = Counter(each.state for each in runs)
        row = [str(counts[state] or "") for state in states]
        bases = ", ".join(dict.fromkeys(each.run.name.split(".")[1].split("-")[0] for each in runs))
        right = sum(each.right for each in runs)
        print(f"| `{cause}` | {bases} | " + " | ".join(row) + f" | {right} of {len(runs)} |")
    for kind in kinds:
        runs = [each for each in found if each.run.kind == kind]
        right = sum(each.right for each in runs)
        print(f"\n{kind}: {right} of {len(runs)} right ({right / max(len(runs), 1):.1%})")
        if kind == "healthy":
            print(f"accused in the first {EARLY:.0%}: {sum(each.accused_early for each in runs)}")


def wrong(folder: Path, causes: Causes, seeds: list[int], kinds: list[str]) -> None:
    """Print each run whose last verdict is wrong, or which is accused early, with its last gauges."""
    shown = ("distance", "missed", "astray", "spread", "feature_spread", "r_v", "tempo")
    for each in judged(folder, causes, seeds, kinds):
        if each.right and not (each.run.kind == "healthy" and each.accused_early):
            continue
        values = " ".join(f"{name} {each.last.get(f'balance/{name}', float('nan')):.2f}" for name in shown)
        verdict = each.verdicts[-1][1]
        because = "; ".join(map(str, verdict.evidence)) or verdict.doubt
        early = " EARLY" if each.accused_early else ""
        print(f"{each.run.name}: {each.state}{early} ({because})\n    {values}")


if __name__ == "__main__":
    verb, root = sys.argv[1], Path(sys.argv[2])
    seeds = [int(seed) for seed in sys.argv[3].split(",")]
    chosen: Causes = importlib.import_module(sys.argv[4] if len(sys.argv) > 4 else "causes").ALL
    kinds = sys.argv[5].split(",") if len(sys.argv) > 5 else ["seen", "unseen", "healthy"]
    if verb == "run":
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda run: train(root, run), plan(chosen, seeds, kinds)))
    else:
        {"judge": table, "wrong": wrong}[verb](root, chosen, seeds, kinds)
