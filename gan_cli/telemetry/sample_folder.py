"""Where a run keeps its samples as files, and what is there; it does not load torch."""

from __future__ import annotations

import re
from pathlib import Path

from gan_cli.disk.reading import names_in

FOLDER_NAME = "samples"

_STEP = re.compile(r"step_(\d{8,})\.(png|wav|txt)")


def pictures_of(run: Path) -> list[tuple[int, Path]]:
    """Return step and path of each picture of a run's fixed latents, oldest first."""
    return [(step, path) for step, path in files_of(run) if path.suffix == ".png"]


def files_of(run: Path) -> list[tuple[int, Path]]:
    """Return step and path of each file of a run's fixed latents, oldest first."""
    folder = run / FOLDER_NAME
    named = ((_STEP.fullmatch(name), folder / name) for name in names_in(folder))
    return sorted((int(match[1]), path) for match, path in named if match)
