"""A page of charts in TensorBoard: the custom_scalars layout, as a record for the run's event file.

There are few charts; each answers a question about the balance. The charts for one run combine related tags; those for
several runs show one line per run. Built from protobufs, because `custom_scalar.summary` imports tensorflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_cli.diagnosis.step_gauges import BAND
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.tags import shown_as

TAG = "custom_scalars__config__"
"""The tag that TensorBoard reserves for the layout; a run has one."""

ONE, SEVERAL = "one run: the balance between the discriminator D and the generator G", "several runs: a line each"
"""Titles of the two parts. The colour shows the run, so the lines of one run differ only by their markers."""

_LOW, _HIGH = "shading/low", "shading/high"
"""Tags of the bounds of the band; TensorBoard also draws a chart of each, at the end of its page."""


def layout(run: RunInfo) -> Any:
    """Return the `Summary.Value` with the layout of the page; charts of tags that a run never writes stay empty."""
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorboard.plugins.custom_scalar import layout_pb2, metadata

    parts = [(ONE, _charts_of_one(run)), (SEVERAL, _charts_of_several(run))]
    # TensorBoard 2.21 shows the margin charts of a category in reverse order
    categories = [
        layout_pb2.Category(title=title, chart=reversed(charts), closed=place > 0)
        for place, (title, charts) in enumerate(reversed(parts) if run.swept else parts)
    ]
    page = layout_pb2.Layout(category=categories)
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=tensor_shape_pb2.TensorShapeProto(),
        string_val=[page.SerializeToString()],
    )
    return summary_pb2.Summary.Value(tag=TAG, metadata=metadata.create_summary_metadata(), tensor=tensor)


def band(run: RunInfo, values: Mapping[str, float]) -> dict[str, float]:
    """Return the bounds of the accuracy chart's band, by tag; empty if `values` lacks the accuracy that it shows."""
    return dict(zip((_LOW, _HIGH), BAND, strict=True)) if _accuracy(run) in values else {}


def _charts_of_several(run: RunInfo) -> list[Any]:
    """Return the charts for several runs in reading order, without the band, which would hide the lines."""
    low, high = (f"{100 * bound:.0f}" for bound in BAND)
    decides = [tag for tag in run.measures[:1] if tag.startswith("metric/")]
    return [
        _chart(f"{_answers(run)}; folk rule: {low} to {high} %", _accuracy(run)),
        _chart("distance to held-out data: falls while G learns", "balance/distance"),
        *(_chart(tag.removeprefix("metric/"), tag) for tag in decides),
        _chart("diversity: ideal is 1", "balance/spread"),
        _chart("share of the data left out: ideal is 0", "balance/missed"),
        _chart("signal that reaches G: near 0 it learns nothing", "balance/signal"),
    ]


def _answers(run: RunInfo) -> str:
    return "D's right answers" if run.has_cut else "pairs D ranks right"


def _charts_of_one(run: RunInfo) -> list[Any]:
    """Return the charts for one run in reading order: from left to right, three in a row."""
    low, high = (f"{100 * bound:.0f}" for bound in BAND)
    return [
        _chart(f"{_answers(run)}; shaded: {low} to {high} %, folk rule", (_accuracy(run), _LOW, _HIGH)),
        _chart("losses: ◼ D, ◆ G", "loss/discriminator", "loss/generator"),
        _chart("distance to held-out data: ◼ falls, ◆ real data", "balance/distance", "floor/distance"),
        _chart("signal that reaches G: near 0 it learns nothing", "balance/signal"),
        _chart("gradient norms: ◼ D, ◆ G", "grad_norm/discriminator", "grad_norm/generator"),
        # r_v is last: it is missing without held-out data, and markers are assigned in order
        _chart("ideal: ◼ diversity 1, ◆ left out 0, ▲ memorised 0", "balance/spread", "balance/missed", "balance/r_v"),
    ]


def _accuracy(run: RunInfo) -> str:
    return "accuracy/discriminator" if run.has_cut else "accuracy/pairwise"


def _chart(title: str, *lines: str | tuple[str, str, str]) -> Any:
    """Return a chart with one line per tag. A tag may come with the tags of its lower and upper bound.

    TensorBoard colours lines by run and distinguishes the lines of a run by markers. A margin chart assigns markers in
    the order of the series, so a title can name them; in a multiline chart the order is random. A line without bounds
    is its own bound.
    """
    from tensorboard.plugins.custom_scalar import layout_pb2

    bounded = [(line, line, line) if isinstance(line, str) else line for line in lines]
    series = [
        layout_pb2.MarginChartContent.Series(**dict(zip(("value", "lower", "upper"), map(shown_as, line), strict=True)))
        for line in bounded
    ]
    return layout_pb2.Chart(title=title, margin=layout_pb2.MarginChartContent(series=series))
