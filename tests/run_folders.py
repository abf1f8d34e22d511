"""Run folders and sweeps as training leaves them, written in a moment: for whatever reads them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

ENERGY = {"_target_": "gan_cli.metrics.energy_distance.EnergyDistance"}
BASE: dict[str, Any] = {
    "name": "dcgan-digits",
    "seed": 0,
    "data": {"_target_": "gan_cli.data.digits.Digits", "classes": None, "size": None, "holdout": 0.1, "limit": None},
    "metric": {"measures": {"energy_distance": ENERGY}},
    "trainer": {"steps": 100},
    "runtime": {"device": "cpu"},
    "telemetry": {"every": 50},
    "generator": {"_target_": "gan_cli.networks.conv.ConvGenerator", "depth": 2},
    "discriminator": {"_target_": "gan_cli.networks.conv.ConvDiscriminator", "depth": 2, "dropout": 0.0},
    "loss": {"_target_": "gan_cli.losses.NonSaturating", "smoothing": 0.0},
    "optim": {"generator": {"lr": 0.0002}, "discriminator": {"lr": 0.0002}},
}


def nested(settings: Mapping[str, Any], base: Mapping[str, Any] = BASE) -> dict[str, Any]:
    """The base config with some dotted keys set."""
    config: dict[str, Any] = json.loads(json.dumps(base))
    for key, value in settings.items():
        *path, name = key.split(".")
        node = config
        for part in path:
            node = node.setdefault(part, {})
        node[name] = value
    return config


def write_run(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    typed: Sequence[str] | None = None,
    *,
    status: str = "done",
    energy: float | str | None = 0.1,
    accuracy: float | None = 0.8,
    values: Mapping[str, Any] | None = None,
    verdict: str | None = "balanced",
    doubt: str = "",
    ratio: float = 0.5,
    seconds: float = 10.0,
    message: str = "",
    pid: int | None = None,
    pictured: bool = False,
) -> Path:
    """A run folder; one that is `running` has metrics.jsonl and no summary."""
    settings = settings or {}
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}={value}" for key, value in settings.items()] if typed is None else typed
    (folder / "overrides.txt").write_text("".join(f"{line}\n" for line in lines))
    (folder / "config.yaml").write_text(yaml.safe_dump(nested(settings), sort_keys=False))
    scalars = {"metric/energy_distance": energy, "accuracy/discriminator": accuracy, **(values or {})}
    scalars = {tag: value for tag, value in scalars.items() if value is not None}
    said = None if verdict is None else {"state": verdict, "since": 50, "evidence": [], "doubt": doubt}
    standing = {"status": status, "step": 100, "pid": pid or os.getpid(), "host": socket.gethostname()}
    (folder / "status.json").write_text(json.dumps({**standing, "message": message, "verdict": said}))
    readings = [{"step": 50, **scalars, "loss/generator": 2.0}, {"step": 100, **scalars}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(reading) + "\n" for reading in readings))
    if status != "running":
        summary = {"status": status, "step": 100, "verdict": said, "advice": [], "metrics": scalars}
        summary |= {"capacity": {"generator": 200, "discriminator": 100, "ratio": ratio}, "seconds": seconds}
        (folder / "summary.json").write_text(json.dumps(summary))
    if pictured:
        (folder / "samples").mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), (200, 30, 30)).save(folder / "samples" / "step_00000100.png")
    return folder


def write_sweep(folder: Path, points: object, *, status: str = "done", **more: Any) -> Path:
    """The status.json of a sweep; each point has `folder`, `overrides`, `status` and perhaps a `reason`."""
    folder.mkdir(parents=True, exist_ok=True)
    where = {"pid": os.getpid(), "host": socket.gethostname()}
    content = {"kind": "sweep", "status": status, **where, "counts": {}, "points": points, **more}
    (folder / "status.json").write_text(json.dumps(content))
    return folder


def swept_run(sweep: Path, settings: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A run of a sweep, and the point that stands for it in the sweep's status.json."""
    overrides = [f"{key}={value}" for key, value in settings.items()]
    name = ",".join(overrides)
    write_run(sweep / name, settings, ["data=digits", *overrides], **more)
    return {"folder": name, "overrides": overrides, "status": more.get("status", "done")}


def dead_pid() -> int:
    """The id of a process that is no more."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid
