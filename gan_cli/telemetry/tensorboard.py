"""Everything a run tells, for TensorBoard; tensorboard itself is imported when the run begins, not before.

Tags are written under the names that `tags.shown_as` gives them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_cli.pictures.png import Picture, encode_png
from gan_cli.run_status import RunStatus
from gan_cli.telemetry import hparams, layout
from gan_cli.telemetry.base import Outcome, RunInfo, Scalar, Sink
from gan_cli.telemetry.events import EventFile, write_alone
from gan_cli.telemetry.tags import shown_as

# written anew when a run is resumed: its settings may have changed (more steps), its old end no longer holds; earlier
# versions wrote final/<tag>
_REWRITTEN = (hparams.TAG_PREFIX, layout.TAG, "final/")

_FENCES = {"config": "```yaml\n{}\n```"}


class TensorBoardSink(Sink):
    """Scalars, images, texts, the page of charts and the HPARAMS row in one event file, flushed at every call.

    A resumed run keeps what lies up to `start_step` and nothing beyond, even of records that a kill tore apart.
    """

    def __init__(self) -> None:
        self._events: EventFile | None = None

    def begin(self, run: RunInfo) -> None:
        """Open the event file, lay out the page of charts and start the HPARAMS row."""
        self._run = run

        def keep(step: int, tag: str) -> bool:
            return step <= run.start_step and not tag.startswith(_REWRITTEN)

        self._events = EventFile(run.folder, keep if run.start_step > 0 else None)
        self._events.add(0, [layout.layout(run)])
        self._events.add(0, self._row())

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Write one point per tag, and the band that the accuracy is shown in."""
        points = {**values, **layout.band(self._run, values)}
        self._write(step, [_scalar(tag, value) for tag, value in points.items()])

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        """Write one image."""
        self._write(step, [_image(tag, picture)])

    def text(self, step: int, tag: str, text: str) -> None:
        """Write one Markdown text; `config` is YAML and is shown as it stands."""
        self._write(step, [_text(tag, _FENCES.get(tag, "{}").format(text.strip()))])

    def end(self, outcome: Outcome) -> None:
        """Write the HPARAMS row anew, with the verdict among its cells and its end, then close."""
        if self._events is None:
            return
        self._events.close()
        # TensorBoard believes the first row that it reads: the open one makes room for the closed one
        self._events = EventFile(self._run.folder, lambda _, tag: not tag.startswith(hparams.TAG_PREFIX))
        try:
            self._events.add(0, self._row(outcome))
            self._events.add(outcome.step, [hparams.session_end(outcome.status)])
        finally:
            self._events.close()

    def _row(self, outcome: Outcome | None = None) -> list[Any]:
        """The columns and the row, at its end with the verdict and with its place among others."""
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


def _scalar(tag: str, value: float) -> Any:
    from tensorboard.compat.proto import summary_pb2

    return summary_pb2.Summary.Value(tag=shown_as(tag), simple_value=value)


def _image(tag: str, picture: Picture) -> Any:
    """A picture as the `Summary.Value` that shows it."""
    from tensorboard.compat.proto import summary_pb2

    height, width, channels = picture.shape
    image = summary_pb2.Summary.Image(
        height=height, width=width, colorspace=channels, encoded_image_string=encode_png(picture)
    )
    return summary_pb2.Summary.Value(tag=shown_as(tag), image=image)


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
    """Pictures in an event file of their own, beside whatever else lies in a folder; the next call replaces it.

    Args:
        folder: it exists.
        pictures: RGB, by tag.
        step: what they are shown at.
        suffix: of the file's name, which tells it from all others.

    Raises:
        OSError: as the system gave it; what was there stays.
    """
    return write_alone(folder, step, [_image(tag, picture) for tag, picture in pictures.items()], suffix=suffix)


def write_row(folder: Path, settings: Mapping[str, Scalar], status: RunStatus) -> None:
    """The HPARAMS row of a run that never came to write one.

    Args:
        folder: of the run; it exists.
        settings: cells of the row.
        status: how it ended.
    """
    events = EventFile(folder, None)
    try:
        events.add(0, [hparams.session_start(settings, status, hparams.row_name(folder)), hparams.session_end(status)])
    finally:
        events.close()
