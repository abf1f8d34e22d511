"""The page of charts, read back as TensorBoard's custom_scalars plugin reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2, metadata

from gan_cli.diagnosis.step_gauges import BAND
from gan_cli.telemetry.base import Outcome, RunInfo
from gan_cli.telemetry.layout import ONE, SEVERAL, TAG
from gan_cli.telemetry.tensorboard import TensorBoardSink

LOSSES = {"loss/discriminator": 1.2, "loss/generator": 0.7}
LOW, HIGH = "shading/low", "shading/high"
READING = {**LOSSES, "accuracy/discriminator": 0.6, "accuracy/pairwise": 0.8}


def info(folder: Path, *, start_step: int = 0, has_cut: bool = True) -> RunInfo:
    return RunInfo(folder, "test", 10, start_step, 8, "seed: 0\n", {}, has_cut)


def write(run: RunInfo, *steps: int, values: dict[str, float] = READING) -> EventAccumulator:
    sink = TensorBoardSink()
    sink.begin(run)
    for step in steps:
        sink.scalars(step, values)
    sink.end(Outcome("interrupted", steps[-1], "", {}, 1.0))
    events = EventAccumulator(str(run.folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    return events


def layouts(events: EventAccumulator) -> list[layout_pb2.Layout]:
    assert list(events.PluginTagToContent(metadata.PLUGIN_NAME)) == [metadata.CONFIG_SUMMARY_TAG] == [TAG]
    return [layout_pb2.Layout.FromString(event.tensor_proto.string_val[0]) for event in events.Tensors(TAG)]


def series(events: EventAccumulator, part: str = ONE) -> dict[str, list[tuple[str, str, str]]]:
    """Value, lower and upper tag of each line, by the title of its chart, as they are shown."""
    (page,) = layouts(events)
    category = next(each for each in page.category if each.title == part)
    return {
        chart.title: [(line.value, line.lower, line.upper) for line in chart.margin.series]
        for chart in reversed(category.chart)
    }


def points(events: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(point.step, pytest.approx(point.value)) for point in events.Scalars(tag)]


@pytest.mark.parametrize(("has_cut", "accuracy"), [(True, "4 accuracy/discriminator"), (False, "4 accuracy/pairwise")])
def test_the_accuracy_stands_first_inside_its_band(tmp_path: Path, has_cut: bool, accuracy: str) -> None:
    events = write(info(tmp_path, has_cut=has_cut), 1, 2)
    title, lines = next(iter(series(events).items()))
    assert "50 to 70 %" in title
    assert lines == [(accuracy, LOW, HIGH)]
    assert points(events, LOW) == [(1, BAND[0]), (2, BAND[0])]
    assert points(events, HIGH) == [(1, BAND[1]), (2, BAND[1])]


def test_the_titles_name_the_marks_of_the_lines(tmp_path: Path) -> None:
    """TensorBoard marks the first line of a margin chart with a square, the second with a diamond, then a triangle."""
    shown = series(write(info(tmp_path), 1))
    assert len(shown) == 6
    for title, lines in shown.items():
        marks = [mark for mark in title if mark in "◼◆▲"]
        assert marks == list("◼◆▲"[: len(lines)] if len(lines) > 1 else ""), title
        assert len(title) <= 50, "more does not fit above a chart"
    for what in ("5 loss", "grad_norm"):
        values = [[line[0] for line in lines] for lines in shown.values()]
        assert [f"{what}/discriminator", f"{what}/generator"] in values


def test_several_runs_have_a_line_each_and_no_band_that_hides_them(tmp_path: Path) -> None:
    shown = series(write(replace(info(tmp_path), measures=["metric/recall", "balance/distance"]), 1), SEVERAL)
    assert all(len(lines) == 1 for lines in shown.values())
    assert all(len(set(line)) == 1 for lines in shown.values() for line in lines)
    assert ("3 metric/recall",) * 3 in [lines[0] for lines in shown.values()]
    assert all(len(title) <= 50 for title in shown)


@pytest.mark.parametrize(("swept", "first"), [(False, ONE), (True, SEVERAL)])
def test_the_part_that_fits_is_open_and_comes_first(tmp_path: Path, swept: bool, first: str) -> None:
    (page,) = layouts(write(replace(info(tmp_path), swept=swept), 1))
    assert page.category[0].title == first
    assert [part.closed for part in page.category] == [False, True]


def test_without_an_accuracy_there_is_no_band(tmp_path: Path) -> None:
    """The plugin complains of bounds whose steps are not those of the value."""
    assert LOW not in write(info(tmp_path), 1, values=LOSSES).Tags()["scalars"]


def test_a_resumed_run_has_one_layout(tmp_path: Path) -> None:
    write(info(tmp_path), 1, 2, 3)
    events = write(info(tmp_path, start_step=2), 3, 4)
    assert len(layouts(events)) == 1
    assert [step for step, _ in points(events, LOW)] == [1, 2, 3, 4]


def test_a_run_of_an_older_version_gets_one_when_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as old:
        old.setattr("gan_cli.telemetry.layout.layout", lambda run: _nothing())
        write(info(tmp_path), 1, 2)
    assert len(layouts(write(info(tmp_path, start_step=2), 3))) == 1


def test_the_plugin_itself_serves_it(tmp_path: Path) -> None:
    from tensorboard import context
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.custom_scalar.custom_scalars_plugin import CustomScalarsPlugin

    write(info(tmp_path), 1, 2)
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(tmp_path)).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(tmp_path))
    plugin = CustomScalarsPlugin(base_plugin.TBContext(data_provider=provider))
    answer = plugin.layout_impl(context.RequestContext(), "")
    parts = json.loads(answer)["category"] if isinstance(answer, str) else answer["category"]
    assert [(part["title"], len(part["chart"])) for part in parts] == [(ONE, 6), (SEVERAL, 5)]


def _nothing() -> object:
    from tensorboard.compat.proto import summary_pb2

    return summary_pb2.Summary.Value(tag="final/none", simple_value=0.0)
