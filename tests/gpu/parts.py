"""The parts of the GPU check, each in a process of its own: `parts.py NAME DEVICE SMALLEST OUT`, in an empty folder.

Each gives what it found, with `ok`; it lands in found.json.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent

Found = dict[str, Any]

TINY = ("generator.base_channels=4", "discriminator.base_channels=4", "trainer.batch_size=8", "runtime.threads=1")

SHAPES = {"28x28": "[1,28,28]", "64x64": "[3,64,64]"}
OTHER_TESTS = ("benchmark/test_loops.py", "data/test_feed.py", "commands/test_sample.py")
SIDES = ("generator", "discriminator")


@dataclass(frozen=True)
class Task:
    """What is asked for.

    Attributes:
        device: cuda or cpu.
        smallest: as little as shows that the part works.
        out: folder for what a person looks at.
    """

    device: str
    smallest: bool
    out: Path


def gan(*typed: str) -> str:
    """A command of ours in this process; gives what it printed.

    Raises:
        RuntimeError: it ended with another exit code than 0.
    """
    from gan_cli.cli import main

    print("$ gan", *typed, file=sys.stderr, flush=True)
    printed, code = io.StringIO(), 0
    with contextlib.redirect_stdout(printed):
        try:
            main(typed)
        except SystemExit as end:
            code = int(end.code or 0)
    print(printed.getvalue(), file=sys.stderr, flush=True)
    if code != 0:
        raise RuntimeError(f"gan {typed[0]} ended with {code}")
    return printed.getvalue()


def device(task: Task) -> Found:
    """What the machine is, and whether it multiplies."""
    import torch

    found: Found = {"python": sys.version.split()[0], "torch": torch.__version__, "cpu_cores": os.cpu_count()}
    if task.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        found |= {
            "gpu": properties.name,
            "gpus": torch.cuda.device_count(),
            "memory_gib": round(properties.total_memory / 2**30, 1),
            "capability": f"{properties.major}.{properties.minor}",
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        }
    from gan_cli.runtime import multiplies_bfloat16

    found["bfloat16"] = bool(multiplies_bfloat16(torch.device(task.device)))
    left, right = torch.randn(2, 256, 256, dtype=torch.float64).unbind()
    there = (left.to(task.device) @ right.to(task.device)).cpu()
    return {**found, "ok": torch.allclose(there, left @ right)}


def deterministic(task: Task) -> Found:
    """Two runs of one seed: the same figures and the same weights, to the bit."""
    import torch

    steps, sizes = ("6", TINY) if task.smallest else ("100", ("trainer.batch_size=64",))
    common = (*sizes, f"trainer.steps={steps}", "telemetry.every=2", f"runtime.device={task.device}")
    runs = (Path("one"), Path("two"))
    for run in runs:
        gan("train", *common, "runtime.deterministic=true", "discriminator.dropout=0.3", f"run={run}")
    figures = [[_untimed(line) for line in _lines(run)] for run in runs]
    weights = [_weights(torch.load(next((run / "checkpoints").glob(f"step_*{steps}.pt")))["gan"]) for run in runs]
    different = [name for name in weights[0] if not torch.equal(weights[0][name], weights[1][name])]
    return {
        "ok": figures[0] == figures[1] and not different and weights[0].keys() == weights[1].keys(),
        "steps": int(steps),
        "figures_equal": figures[0] == figures[1],
        "tensors": len(weights[0]),
        "tensors_different": len(different),
    }


def _lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def _untimed(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if not key.startswith("time/")}


def _weights(state: Any, at: str = "") -> dict[str, Any]:
    """All tensors of a nested state, by their paths."""
    if isinstance(state, dict):
        return {key: leaf for name, inner in state.items() for key, leaf in _weights(inner, f"{at}/{name}").items()}
    return {at: state} if hasattr(state, "dtype") else {}


def steps(task: Task) -> Found:
    """Milliseconds of a step, executed directly and replayed from a recording, in turns; the first turn is left out."""
    cases = {"8x8": ("data=digits",), "ring": ("model=mlp", "data=ring")} | {
        name: ("data=fake", f"data.shape={shape}", "data.num_samples=1024") for name, shape in SHAPES.items()
    }
    if task.smallest:
        cases = {"8x8": (*TINY, "data=digits")}
    turns, block = (2, 2) if task.smallest else (6, 80)
    found: Found = {"ms": {}, "recordings": {}}
    for name, typed in cases.items():
        ways = {way: _trainer(task, *typed, f"runtime.capture={way}") for way in ("off", "auto")}
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(turns):
            for way, trainer in ways.items():
                taken[way].append(_milliseconds(task, trainer, block))
        ratios = [direct / recorded for direct, recorded in zip(*(taken[way][1:] for way in ways), strict=True)]
        medians = {way: round(statistics.median(times[1:]), 3) for way, times in taken.items()}
        found["ms"][name] = {**medians, "times_faster": round(statistics.median(ratios), 2)}
        found["recordings"][name] = len(getattr(ways["auto"]._execution, "_recordings", ()))
        found[f"times_faster_{name}"] = found["ms"][name]["times_faster"]
        _tell({**found, "error": f"ended after {name}"})
    recorded = all(found["recordings"].values()) if task.device == "cuda" else not any(found["recordings"].values())
    return {**found, "ok": recorded}


def _trainer(task: Task, *typed: str) -> Any:
    """A trainer in memory, at its first step."""
    from gan_cli.config.compose import compose_full, plain
    from gan_cli.session.assemble import Parts

    parts = Parts(plain(compose_full("train", [*typed, f"runtime.device={task.device}", "trainer.steps=1000000"])))
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(0)
    return parts.trainer(source, source.load(), runtime)[0]


def _milliseconds(task: Task, trainer: Any, count: int) -> float:
    """Of one step, from a device that has nothing to do to one that has done all."""
    import torch

    from gan_cli.benchmark.clock import finished

    begun = finished(torch.device(task.device))
    _play(trainer, count)
    return 1e3 * (finished(torch.device(task.device)) - begun) / count


def _play(trainer: Any, count: int) -> None:
    trainer.window.clear()
    for _ in range(count):
        trainer.window.add(trainer._execution.play(trainer.step))
        trainer.step += 1


def profile(task: Task) -> Found:
    """What binds a replayed step: its kernels, the time of the device in them, and the time of the host."""
    import torch

    from gan_cli.benchmark.work import count_multiply_adds, matrix_rate

    wide = (
        *("data=fake", "data.shape=[3,64,64]", "data.num_samples=1024", "trainer.batch_size=512"),
        *(f"{side}.{word}" for side in SIDES for word in ("base_channels=256", "max_channels=2048")),
    )
    cases = {
        "8x8": ("data=digits",),
        "ring": ("model=mlp", "data=ring"),
        **{name: ("data=fake", f"data.shape={shape}", "data.num_samples=1024") for name, shape in SHAPES.items()},
        "64x64 wide": wide,
        "64x64 wide, compiled": (*wide, "runtime.compile=auto"),
    }
    if task.smallest:
        cases = {"8x8": (*TINY, "data=digits")}
    rates = {dtype: matrix_rate(dtype, torch.device(task.device)) for dtype in (torch.bfloat16, torch.float32)}
    multiply_adds = 0
    found: Found = {"cases": {}, "tflops_bfloat16": round(rates[torch.bfloat16] / 1e12, 1)}
    for name, typed in cases.items():
        trainer = _trainer(task, *typed)
        if "compiled" not in name:  # the operations of compiled networks cannot be counted; they are the same
            multiply_adds = count_multiply_adds(lambda trainer=trainer: trainer._execution.play(0))
        _milliseconds(task, trainer, 2 if task.smallest else 12)
        count = 2 if task.smallest else 20 if "wide" in name else 200
        taken = statistics.median(_milliseconds(task, trainer, count) for _ in range(3))
        dtype = torch.float32 if name == "ring" else torch.bfloat16
        try:
            kernels = _kernels(task, trainer, 10) if task.device == "cuda" else {}
        except RuntimeError as error:
            kernels = {"kernels": f"not profiled: {error}"}
        found["cases"][name] = {
            "ms": round(taken, 4),
            "samples_per_second": round(1e3 * trainer.batch_size / taken),
            "host_ms": round(_host_milliseconds(trainer, 2 if task.smallest else 20), 4),
            "gflop": round(2 * multiply_adds / 1e9, 2),
            "share_of_matrix_rate": round(2 * multiply_adds / (taken / 1e3) / rates[dtype], 3),
            **kernels,
        }
        found[f"samples_per_second_{name}"] = found["cases"][name]["samples_per_second"]
        _tell({**found, "error": f"ended after {name}"})
        del trainer
    return {**found, "ok": True}


def _host_milliseconds(trainer: Any, count: int) -> float:
    """Of one step, for a host that does not wait."""
    begun = time.perf_counter()
    _play(trainer, count)
    return 1e3 * (time.perf_counter() - begun) / count


def _kernels(task: Task, trainer: Any, count: int) -> Found:
    """How many kernels a step has, their time together, and those that take the most of it."""
    import torch
    from torch.profiler import ProfilerActivity

    with torch.profiler.profile(activities=[ProfilerActivity.CUDA]) as profiled:
        _milliseconds(task, trainer, count)
    each: dict[str, list[float]] = {}
    for event in profiled.events():
        if event.device_type == torch.autograd.DeviceType.CUDA:
            each.setdefault(event.name[:100], []).append(event.time_range.elapsed_us() / 1e3)
    most = sorted(each, key=lambda name: -sum(each[name]))[:14]
    return {
        "kernels": round(sum(map(len, each.values())) / count, 1),
        "kernel_ms": round(sum(map(sum, each.values())) / count, 4),
        "most": [[name, len(each[name]) / count, round(sum(each[name]) / count, 4)] for name in most],
    }


def together(task: Task) -> Found:
    """Milliseconds in which 1, 4 and 16 runs of one process each do a step, as with hydra/launcher=one_gpu."""
    cases = {"8x8": ("data=digits",), "ring": ("model=mlp", "data=ring")}
    counts, block = (1, 4, 16), 200
    if task.smallest:
        cases, counts, block = {"8x8": (*TINY, "data=digits")}, (1, 2), 2
    found: Found = {"ms": {}}
    for name, typed in cases.items():
        times = {count: _round(task, typed, count, block) for count in counts}
        found["ms"][name] = {str(count): round(taken, 3) for count, taken in times.items()}
        found[f"runs_of_time_{name}"] = round(times[counts[-1]] / times[1], 2)
        _tell({**found, "error": f"ended after {name}"})
    return {**found, "ok": True}


def _round(task: Task, typed: Sequence[str], count: int, block: int) -> float:
    """Milliseconds in which each of some runs does a step, once all steps are recorded."""
    import logging

    import torch

    from gan_cli.benchmark.clock import finished
    from gan_cli.sweep.turns import Turns

    ready = 2 if task.smallest else 20
    moments: list[float] = []

    def job(number: int) -> Any:
        trainer = _trainer(task, *typed, f"seed={number}")
        for step in range(ready + block):
            if step == ready and number == 0:
                moments.append(finished(torch.device(task.device)))
            trainer.window.add(trainer._execution.play(step))
            yield
        if number == count - 1:
            moments.append(finished(torch.device(task.device)))

    Turns(count).play([(lambda number=number: (job(number), logging.NullHandler())) for number in range(count)])
    begun, ended = moments
    return 1e3 * (ended - begun) / block


def train(task: Task) -> Found:
    """`gan train model=dcgan data=mnist` to its end: the verdict, the last grid, the metric."""
    if not task.smallest and not (Path(os.environ.get("GAN_DATA_ROOT", "")) / "MNIST").is_dir():
        raise FileNotFoundError("MNIST is not here; set GAN_DATA_ROOT to the folder that holds MNIST/")
    typed = ("data=digits", *TINY, "trainer.steps=6", "telemetry.every=2") if task.smallest else ("data=mnist",)
    gan("train", "model=dcgan", *typed, f"runtime.device={task.device}", "run=run")
    summary = json.loads(Path("run/summary.json").read_text())
    grids = sorted(Path("run/samples").glob("step_*.png"))
    shutil.copy(grids[-1], task.out / "final_grid.png")
    metrics = {tag: value for tag, value in summary["metrics"].items() if tag.startswith("metric/")}
    gan(
        "evaluate",
        "run=run",
        f"device={task.device}",
        f"num={64 if task.smallest else 2000}",
        "json=found_by_evaluate.json",
    )
    finite = all(isinstance(value, float) and math.isfinite(value) for value in metrics.values())
    return {
        "ok": summary["status"] == "done" and bool(metrics) and finite and bool(summary["verdict"]["state"]),
        "steps": summary["step"],
        "verdict": summary["verdict"]["state"],
        **metrics,
        "train_seconds": round(summary["seconds"], 1),
        "samples_per_second": round(summary["metrics"]["time/samples_per_second"]),
        "evaluated": json.loads(Path("found_by_evaluate.json").read_text())["metrics"],
        "grid": "final_grid.png",
    }


def benchmark(task: Task) -> Found:
    """Our loop against the tutorial's at two sizes; made-up images where MNIST is not here."""
    sizes = (28,) if task.smallest else (28, 64)
    metric = "metric=[energy_distance]"  # each size would train a classifier of its own
    more = (*TINY, "benchmark.rounds=2", "benchmark.steps=2", "benchmark.workers=0") if task.smallest else ()
    root = os.environ.get("GAN_DATA_ROOT", "")
    has_mnist = bool(root) and (Path(root) / "MNIST").is_dir() and not task.smallest
    found: Found = {"data": "mnist" if has_mnist else "fake", "sizes": {}}
    for size in sizes:
        images = ("data=mnist", f"data.size={size}") if has_mnist else ("data=fake", f"data.shape=[1,{size},{size}]")
        printed = gan("benchmark", "--json", "model=dcgan", *images, metric, *more, f"runtime.device={task.device}")
        turns = json.loads(printed)
        found["sizes"][f"{size}x{size}"] = turns
        found[f"ratio_{size}"] = round(turns["ratio"]["median"], 2)
        _tell({**found, "error": f"ended after {size}x{size}"})  # what is measured stays, if time runs out
    return {**found, "ok": len(found["sizes"]) == len(sizes)}


def tests(task: Task) -> Found:
    """`pytest -m gpu`: every recipe and every technique."""
    chosen: Sequence[str] = ("-m", "gpu")
    if task.device == "cpu":
        only = "cpu and recipe-dcgan and trains" if task.smallest else "cpu"
        chosen = ("-m", "not gpu", "-k", only)
    report = Path("report.xml").absolute()
    files = [HERE / "test_training_on_gpu.py"]
    if task.device == "cuda":
        files += [HERE.parent / name for name in OTHER_TESTS]
    several = importlib.util.find_spec("xdist") and not task.smallest
    beside = ("-n", str(max(1, (os.cpu_count() or 2) - 2))) if several else ()
    command = [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += [*chosen, *beside, *map(str, files)]
    code = subprocess.run([str(word) for word in command], cwd=HERE.parents[1], check=False).returncode
    cases = list(ElementTree.parse(report).iter("testcase"))
    failed = [
        case.get("name", "") for case in cases if case.find("failure") is not None or case.find("error") is not None
    ]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(failed) - skipped
    return {
        "ok": code == 0 and passed > 0 and skipped == 0,
        "passed": passed,
        "failed": len(failed),
        "skipped": skipped,
        "failures": failed,
    }


PARTS: dict[str, Callable[[Task], Found]] = {
    part.__name__: part for part in (device, deterministic, steps, profile, together, train, benchmark, tests)
}


def _tell(found: Found) -> None:
    Path("found.json").write_text(json.dumps(found, indent=2), encoding="utf-8")


def main(name: str, device: str, smallest: str, out: str) -> int:
    """Run one part; what goes wrong in it is told, with its trace in the log."""
    try:
        found = PARTS[name](Task(device, smallest == "1", Path(out)))
    except Exception as error:
        traceback.print_exc()
        earlier = Path("found.json")
        before = json.loads(earlier.read_text()) if earlier.is_file() else {}
        found = {**before, "ok": False, "error": f"{type(error).__name__}: {error}"}
    _tell(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
