"""Samples as files in the run folder, for users without TensorBoard: pictures, .wav of sound, lines of text."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gan_cli.disk.writing import make_folder, remove, replace_file
from gan_cli.pictures.png import Picture, write_png
from gan_cli.sound_file import wav
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import RunInfo, Sink
from gan_cli.telemetry.sample_folder import FOLDER_NAME, files_of
from gan_cli.telemetry.tags import CARD, LINES

_NAMES: dict[str, Callable[[int], str]] = {
    "samples/fixed": lambda step: f"step_{step:08d}",
    "data/real": lambda step: "real",
    CARD: lambda step: "balance",
}


class PictureFiles(Sink):
    """Writes samples/step_00001000.png (fixed latents), real.png (real data) and balance.png (card with verdict).

    Of sound it also writes step_00001000.wav and real.wav: the same clips, one after another. Of text it writes
    step_00001000.txt, a sample a line.
    """

    works_apart = True

    def begin(self, run: RunInfo) -> None:
        """Make the folder and delete files of steps beyond `run.start_step`."""
        self._folder = run.folder / FOLDER_NAME
        make_folder(self._folder)
        for step, path in files_of(run.folder):
            if step > run.start_step:
                remove(path)

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        """Write the picture if there is a file for its tag."""
        if tag in _NAMES:
            write_png(self._folder / f"{_NAMES[tag](step)}.png", picture)

    def sound(self, step: int, tag: str, clips: Tensor, spec: SampleSpec) -> None:
        """Write the clips if there is a file for their tag."""
        if tag in _NAMES:
            replace_file(self._folder / f"{_NAMES[tag](step)}.wav", [wav(clips, spec)])

    def text(self, step: int, tag: str, text: str) -> None:
        """Write samples that are text; other texts have no file here."""
        if tag == LINES:
            replace_file(self._folder / f"step_{step:08d}.txt", [f"{text}\n".encode()], durable=False)
