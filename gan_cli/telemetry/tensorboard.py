"""The sink that writes all results of a run for TensorBoard. tensorboard is imported when the run starts, not before.

Tags are written under the names that `tags.shown_as` returns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from gan_cli.pictures.png import Picture, encode_png
from gan_cli.run_status import RunStatus
from gan_cli.sound_file import USUAL_RATE, wav
from gan_cli.spec import SampleSpec
from gan_cli.telemetry import hparams, layout
from gan_cli.telemetry.base import Outcome, RunInfo, Scalar, Sink
from gan_cli.telemetry.events import EventFile, write_alone
from gan_cli.telemetry.tags import LINES, shown_as

# dropped when a run is resumed: its settings may have changed (more steps) and its old end is no longer valid; only
# earlier versions wrote final/<tag>
_REWRITTEN = (hparams.TAG_PREFIX, layout.TAG, "final/")

_CLIPS = 8
"""Clips of a picture that can be heard; TensorBoard keeps ten of each."""


class TensorBoardSink(Sink):
    """Writes scalars, images, sounds, texts, the page of charts and the HPARAMS row to one event file.

    It flushes at every call.

    A resumed run keeps the records up to `start_step` and drops later and damaged ones.
    """

    works_apart = True

    def __init__(self) -> None:
        self._events: EventFile | None = None

    def begin(self, run: RunInfo) -> None:
        """Open the event file, write the layout of the page of charts and start the HPARAMS row."""
        self._run = run

        def keep(step: int, tag: str) -> bool:
            return step <= run.start_step and not tag.startswith(_REWRITTEN)

        self._events = EventFile(run.folder, keep if run.start_step > 0 else None)
        self._events.add(0, [layout.layout(run)])
        self._events.add(0, self._row())

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write one point per tag, and the bounds of the band in the accuracy chart."""
        points = {**values, **layout.band(self._run, values)}
        self._write(step, [_scalar(tag, value) for tag, value in points.items()])

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        self._write(step, [_image(tag, picture)])

    def sound(self, step: int, tag: str, clips: Tensor, spec: SampleSpec) -> None:
        """Write the first clips, each under a tag of its own: TensorBoard plays them one by one."""
        self._write(step, [_sound(f"{tag}/{index}", clip, spec) for index, clip in enumerate(clips[:_CLIPS])])

    def text(self, step: int, tag: str, text: str) -> None:
        """Write one text; `config` is YAML and samples are lines, both shown as code blocks."""
        self._write(step, [_text(tag, _as_markdown(tag, text))])

    def end(self, outcome: Outcome) -> None:
        """Write the HPARAMS row again, now with the verdict and the status of the run, then close the file."""
        if self._events is None:
            return
        self._events.close()
        # TensorBoard uses the first row that it reads, so the old row is removed before the new one is written
        self._events = EventFile(self._run.folder, lambda _, tag: not tag.startswith(hparams.TAG_PREFIX))
        try:
            self._events.add(0, self._row(outcome))
            self._events.add(outcome.step, [hparams.session_end(outcome.status)])
        finally:
            self._events.close()

    def _row(self, outcome: Outcome | None = None) -> list[Any]:
        """Return the columns and the row; with an outcome, the row has the verdict and a name that sorts by result."""
        run = self._run
        columns = hparams.experiment(run.settings, run.columns, run.measures)
        if outcome is None:
            return [columns, hparams.session_start(run.settings, name=hparams.row_name(run.folder))]
        figure = outcome.final.get(run.measures[0], math.nan) if run.measures else math.nan
        name = hparams.row_name(run.folder, figure if run.small_is_good else -figure)
        return [columns, hparams.session_start(run.settings, hparams.short_verdict(outcome.verdict), name)]

    def _write(self, step: int, values: list[Any]) -> None:
        assert self._events is not None, "begin() comes first"
        self._events.add(step, values)


def _as_markdown(tag: str, text: str) -> str:
    if tag == "config":
        return f"```yaml\n{text.strip()}\n```"
    if tag == LINES:  # indented, because samples may hold any fence
        return "\n".join(f"    {line}" for line in text.split("\n"))
    return text.strip()


def _scalar(tag: str, value: float) -> Any:
    from tensorboard.compat.proto import summary_pb2

    return summary_pb2.Summary.Value(tag=shown_as(tag), simple_value=value)


def _image(tag: str, picture: Picture) -> Any:
    """Return the `Summary.Value` of a picture."""
    from tensorboard.compat.proto import summary_pb2

    height, width, channels = picture.shape
    image = summary_pb2.Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=encode_png(picture)
    )
    return summary_pb2.Summary.Value(tag=shown_as(tag), image=image)


def _sound(tag: str, clip: Tensor, spec: SampleSpec) -> Any:
    """Return the `Summary.Value` of a clip (C, length)."""
    from tensorboard.compat.proto import summary_pb2

    channels, length = clip.shape
    audio = summary_pb2.Summary.Audio(
        sample_rate=spec.sample_rate or USUAL_RATE,
        num_channels=channels,
        length_frames=length,
        encoded_audio_string=wav(clip[None], spec),
        content_type="audio/wav",
    )
    return summary_pb2.Summary.Value(tag=shown_as(tag), audio=audio)


def _text(tag: str, text: str) -> Any:
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorboard.plugins.text import metadata

    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=tensor_shape_pb2.TensorShapeProto(),
        string_val=[text.encode()],
    )
    return summary_pb2.Summary.Value(
        tag=shown_as(tag), metadata=metadata.create_summary_metadata("", ""), tensor=tensor
    )


def write_pictures(folder: Path, pictures: Mapping[str, Picture], step: int, *, suffix: str) -> Path:
    """Write pictures to an event file of their own, beside other event files; the next call replaces it.

    Args:
        folder: an existing folder.
        pictures: RGB pictures by tag.
        step: the step at which they are shown.
        suffix: suffix of the file name, which distinguishes it from all other event files.

    Raises:
        OSError: the file could not be written; the old file is kept.
    """
    return write_alone(folder, step, [_image(tag, picture) for tag, picture in pictures.items()], suffix=suffix)


def write_row(folder: Path, settings: Mapping[str, Scalar], status: RunStatus) -> None:
    """Write the HPARAMS row of a run that ended before it could write one.

    Args:
        folder: the run folder; it exists.
        settings: the cells of the row.
        status: how the run ended.
    """
    events = EventFile(folder, None)
    try:
        events.add(0, [hparams.session_start(settings, status, hparams.row_name(folder)), hparams.session_end(status)])
    finally:
        events.close()
