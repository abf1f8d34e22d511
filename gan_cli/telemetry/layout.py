"""The page of TensorBoard that answers at a glance: the custom_scalars layout, as a record for the run's event file.

Few charts, each a question about the balance. Built from protobufs: `custom_scalar.summary` imports tensorflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.tags import shown_as

TAG = "custom_scalars__config__"
"""TensorBoard's own tag for the layout; a run has one."""

BAND = (0.5, 0.7)
"""Share of right answers that D gives in a good balance: at 0.5 it guesses, above 0.7 it pulls away."""

_TITLE = "balance between the discriminator D and the generator G"
_LOW, _HIGH = "shading/low", "shading/high"
"""Of the band; TensorBoard draws a chart of each, which stand at the end of its pages."""


def layout(run: RunInfo) -> Any:
    """The `Summary.Value` that lays the page out; charts of tags that a run never writes stay empty."""
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorboard.plugins.custom_scalar import layout_pb2, metadata

    # TensorBoard 2.21 shows the margin charts of a category from the last to the first
    page = layout_pb2.Layout(category=[layout_pb2.Category(title=_TITLE, chart=reversed(_charts(run)))])
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=tensor_shape_pb2.TensorShapeProto(),
        string_val=[page.SerializeToString()],
    )
    return summary_pb2.Summary.Value(tag=TAG, metadata=metadata.create_summary_metadata(), tensor=tensor)


def band(run: RunInfo, values: Mapping[str, float]) -> dict[str, float]:
    """The bounds of the margin chart, to be written beside each reading of the accuracy that it shows."""
    return dict(zip((_LOW, _HIGH), BAND, strict=True)) if _accuracy(run) in values else {}


def _charts(run: RunInfo) -> list[Any]:
    """As they are read: from left to right, three in a row."""
    low, high = (f"{100 * bound:.0f}" for bound in BAND)
    answers = "D's right answers" if run.has_cut else "pairs D ranks right"
    return [
        _chart(f"{answers}; shaded: {low} to {high} %, folk rule", (_accuracy(run), _LOW, _HIGH)),
        _chart("losses: ◼ D, ◆ G", "loss/discriminator", "loss/generator"),
        _chart("distance to held-out data: falls while G learns", "balance/distance"),
        _chart("signal that reaches G: near 0 it learns nothing", "balance/signal"),
        _chart("gradient norms: ◼ D, ◆ G", "grad_norm/discriminator", "grad_norm/generator"),
        # r_v comes last: it is missing without held-out data, and the marks are dealt out in order
        _chart("ideal: ◼ diversity 1, ◆ left out 0, ▲ memorised 0", "balance/spread", "balance/missed", "balance/r_v"),
    ]


def _accuracy(run: RunInfo) -> str:
    return "accuracy/discriminator" if run.has_cut else "accuracy/pairwise"


def _chart(title: str, *lines: str | tuple[str, str, str]) -> Any:
    """Lines of one tag each, or of a tag with the tags of its lower and upper bound.

    TensorBoard colours by run and tells the lines of a run apart by marks. In a margin chart it deals them out in the
    order of the series, so a title can name them; in a multiline chart the order is chance. A line without bounds is
    its own bound.
    """
    from tensorboard.plugins.custom_scalar import layout_pb2

    bounded = [(line, line, line) if isinstance(line, str) else line for line in lines]
    series = [
        layout_pb2.MarginChartContent.Series(**dict(zip(("value", "lower", "upper"), map(shown_as, line), strict=True)))
        for line in bounded
    ]
    return layout_pb2.Chart(title=title, margin=layout_pb2.MarginChartContent(series=series))
