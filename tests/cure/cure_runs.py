"""A sick run and attempts as their folders leave them, written in a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_cli.config.compose import compose_full, plain
from gan_cli.config.runs import save_run
from gan_cli.cure.sick_run import SickRun, open_sick_run
from gan_cli.session.status import write_status

SMALL = (
    "data=ring",
    "data.num_samples=200",
    "model=mlp",
    "generator.norm=none",
    "generator.widths=[4]",
    "discriminator.widths=[4]",
    "trainer.steps=100",
    "trainer.batch_size=8",
)


def write(
    folder: Path,
    typed: tuple[str, ...] = SMALL,
    *,
    status: str = "done",
    verdict: str | None = "mode_collapse",
    doubt: str = "",
    values: Mapping[str, float] | None = None,
    message: str = "",
    step: int = 100,
) -> Path:
    """A run folder with its config as `gan train` composes it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**plain(compose_full("train", [*typed, "run=here"])), "run": str(folder)}
    save_run(folder, config, list(typed))
    said = {} if verdict is None else {"verdict": {"state": verdict, "since": 5, "evidence": [], "doubt": doubt}}
    write_status(folder, status, step, message=message, **said)  # type: ignore[arg-type]
    metrics = {"metric/energy_distance": 1.0, "balance/distance": 1.0} if values is None else dict(values)
    summary: dict[str, Any] = {"status": status, "step": step, "metrics": metrics, "seconds": 9.0, **said}
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def sick(folder: Path, typed: tuple[str, ...] = SMALL, **more: Any) -> SickRun:
    return open_sick_run(write(folder, typed, **more), trust=False)
