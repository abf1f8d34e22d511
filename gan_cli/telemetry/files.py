"""Pictures as PNG files in the run folder, for users without TensorBoard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from gan_cli.disk.reading import names_in
from gan_cli.disk.writing import make_folder, remove
from gan_cli.pictures.png import Picture, write_png
from gan_cli.telemetry.base import RunInfo, Sink
from gan_cli.telemetry.tags import CARD

FOLDER_NAME = "samples"

_NAMES: dict[str, Callable[[int], str]] = {
    "samples/fixed": lambda step: f"step_{step:08d}.png",
    "data/real": lambda step: "real.png",
    CARD: lambda step: "balance.png",
}
_STEP = re.compile(r"step_(\d{8,})\.png")


class PictureFiles(Sink):
    """Writes samples/step_00001000.png (fixed latents), real.png (real data) and balance.png (card with verdict)."""

    works_apart = True

    def begin(self, run: RunInfo) -> None:
        """Make the folder and delete pictures of steps beyond `run.start_step`."""
        self._folder = run.folder / FOLDER_NAME
        make_folder(self._folder)
        for step, path in pictures_of(run.folder):
            if step > run.start_step:
                remove(path)

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        """Write the picture if there is a file for its tag."""
        if tag in _NAMES:
            write_png(self._folder / _NAMES[tag](step), picture)


def pictures_of(run: Path) -> list[tuple[int, Path]]:
    """Return step and path of each picture of a run's fixed latents, oldest first."""
    folder = run / FOLDER_NAME
    named = ((_STEP.fullmatch(name), folder / name) for name in names_in(folder))
    return sorted((int(match[1]), path) for match, path in named if match)
